// ρ_h = ‖x̃_h − x_h‖, how far the auxiliary state of Algorithm 1 is from the expert's (docs/theory.md §8, augmented):
// x̃ rolled by the deployed transition model from x_1 along the expert's OWN tokens, with the model's own noise.
//
// A policy decides at the first step of a chunk, from as many observations as it remembers: ρ_h is the largest distance
// of those, and 0 at steps at which nothing is decided. Distances are Euclidean in observations, as those of κ.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

class ModelDistance {
 public:
  /// @throws UsageError as make_controller, if the plan's controller is `augmented`.
  explicit ModelDistance(const AuditPlan& plan);

  /// Whether of() says anything; why_not() else.
  [[nodiscard]] bool known() const { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  /// Whether other tokens would lead x̃ elsewhere; the exact model of a deterministic expert does not look at them.
  [[nodiscard]] bool follows_tokens() const { return follows_tokens_; }

  /// [horizon], ∞ where x̃ is no number; 0 from the trajectory's end on. Empty where it is not known.
  /// `t` is one of the plan's own rollouts, whose start is made again from its id. Cost: a step of the model a step.
  [[nodiscard]] std::vector<double> of(const ExpertTrajectory& t);

 private:
  void start(const ExpertTrajectory& t);
  void encode(const ExpertTrajectory& t, std::size_t step);

  const AuditPlan& plan_;
  std::string why_not_;
  bool follows_tokens_ = true;
  std::size_t history_ = 1;
  std::shared_ptr<const TransitionModel> model_;
  std::unique_ptr<TransitionSession> session_;
  std::unique_ptr<Simulation> plant_;
  std::vector<double> auxiliary_, memory_;
  std::vector<float> chunk_;
  std::vector<Token> tokens_;
};

/// The largest of each number and the `window` − 1 before it. Cost: values × window.
std::vector<double> largest_of_last(std::span<const double> values, std::size_t window);

}  // namespace pianola
