// The source of systems/sequence.hpp as an expert: draws the next token from the chain's law P(· | s), which is known.
//
//   the first u with P(0 | s) + … + P(u | s) > U,  U = uniform(key.child("expert"), id, h)
//
// The state s is more than what is observed, so the plant is needed.
#pragma once

#include <memory>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/sequence.hpp"

namespace pianola {

class SourceExpert final : public Expert {
 public:
  explicit SourceExpert(std::shared_ptr<const Sequence> system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  /// @throws UsageError without a plant.
  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const override;
  bool law(const Situation& situation, std::span<ActionLaw> laws) const override;

 private:
  [[nodiscard]] std::vector<double> states(const Situation& situation) const;
  std::shared_ptr<const Sequence> system_;
  ExpertInfo info_;
};

}  // namespace pianola
