// An open-loop sequence of actions: step h plays row h, whatever the state. L = 0 in the observation, proven.
#pragma once

#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/experts/deterministic.hpp"

namespace pianola {

struct ScriptedConfig {
  std::vector<double> actions{};
  std::string path{};
  std::string after = "hold";
  template <class V>
  void visit(V&& v) {
    v("actions", actions, "T·action_dim numbers, step by step");
    v("path", path, "CSV file instead: a line of action_dim numbers a step; # starts a comment");
    v("after", after, "what follows the last row: hold (repeat it), zero, or loop (from the first)");
  }
};

class Scripted final : public DeterministicExpert {
 public:
  /// @throws UsageError unless exactly one of `actions` and `path` is given, with whole finite rows, and `after` is
  /// known; DataError naming file, line and column of what is wrong in a CSV file.
  Scripted(const ScriptedConfig& config, const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override;
  [[nodiscard]] std::size_t steps() const { return rows_.size() / info_.action_dim; }

 private:
  enum class After { hold, zero, loop };
  After after_;
  ExpertInfo info_;
  std::vector<double> rows_;  // [steps × action_dim]
};

ExpertEntry entry_scripted();

}  // namespace pianola
