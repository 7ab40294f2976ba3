// The expert of the paper's trap (docs/theory.md §6): u = arctan x, in each dimension. L = 1, proven.
#pragma once

#include "pianola/experts/deterministic.hpp"

namespace pianola {

class Arctan final : public DeterministicExpert {
 public:
  /// @throws UsageError unless the system has as many observations as actions.
  explicit Arctan(const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override;

 private:
  ExpertInfo info_;
};

ExpertEntry entry_arctan();

}  // namespace pianola
