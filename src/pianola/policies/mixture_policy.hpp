// Mixtures over actions (mixture_weights.hpp) without LibTorch.
//
// argmax is the mean of the component whose density at its own mean, w_j / Π_d σ_jd, is largest (w_j alone where there
// are no σ): the mode where components do not overlap. A temperature divides a and multiplies σ by √T.
#pragma once

#include <memory>

#include "pianola/policies/action_policy.hpp"
#include "pianola/policies/mixture_weights.hpp"
#include "pianola/policies/mlp_policy.hpp"

namespace pianola {

class MixturePolicy final : public ActionPolicy {
 public:
  /// @throws UsageError if the trunk's layers do not fit together.
  explicit MixturePolicy(MixtureWeights weights);
  [[nodiscard]] const ActionPolicyInfo& info() const override { return info_; }
  /// The session keeps a reference to the policy.
  [[nodiscard]] std::unique_ptr<ActionSession> session(std::size_t lanes) const override;
  [[nodiscard]] const MixtureWeights& weights() const { return weights_; }
  [[nodiscard]] const MlpPolicy& trunk() const { return trunk_; }

 private:
  MixtureWeights weights_;
  MlpPolicy trunk_;
  ActionPolicyInfo info_;
};

}  // namespace pianola
