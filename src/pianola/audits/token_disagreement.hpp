// s_h = TV(q#π*(· | x_h), π̂(· | x_h)), how much a learner's token law differs from that of the quantized expert.
//
// For a deterministic expert q#π* is a point mass, and s_h = 1 − π̂(token of q(u_h) | x_h) exactly, π̂ the law that is
// deployed: after temperature, top-k, top-p and grammar; 0 or 1 for argmax (docs/theory.md §8). Of a stochastic expert
// that knows its law as atoms, chunk 1: s_h = 1 − Σ min(P, π̂) over the token sequences of its atoms, exactly too.
// Decoding by the mean or by beams has no such law over tokens.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/expert_pass.hpp"

namespace pianola {

class TokenDisagreement {
 public:
  explicit TokenDisagreement(const AuditPlan& plan);
  ~TokenDisagreement();

  /// Whether there is a learner; without one s_h = 0.
  [[nodiscard]] bool needed() const { return needed_; }
  /// Whether of() says anything; why_not() else.
  [[nodiscard]] bool known() const { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

  /// s_h at each step of the trajectory, 0 from its end to the horizon; at a chunk's first step that of the chunk, at
  /// its others 0. Empty where it is not needed or not known. observations and actions of `t` are read: what the expert
  /// would do (of a stochastic one its law is asked). Cost: a decision of the policy a chunk
  /// and atom.
  [[nodiscard]] std::vector<double> of(const ExpertTrajectory& t, const NoiseKey& key, std::size_t horizon);

 private:
  struct Work;
  bool needed_ = false;
  std::string why_not_;
  std::unique_ptr<Work> work_;  // null: not needed or not known
};

}  // namespace pianola
