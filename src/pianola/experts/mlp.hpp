// A multilayer perceptron from a file, as training scripts leave it:
//
//   z = (x − obs_mean) / obs_std,  y ← act(W_i y + b_i) for all layers but the last, which has no activation
//   u = that                                   (the mean of a Gaussian policy; sample=false, the default)
//   u = that + exp(logstd) · ξ,  ξ ~ N(0, I)   (sample=true; noise from key.child("expert"))
//
// Keys: obs_mean, obs_std [observation_dim]; W0, b0, W1, b1, …; logstd [action_dim], read if sample=true. Weights stand
// [in × out] (x W + b) or [out × in] (W x + b): whichever fits the shapes; a file of square layers only is taken as
// [in × out] unless `weights` says otherwise. HDF5 or .npz (experts/array_file).
//
// Observations are normalised in double, the rest is float32 (base/dense).
// L = ‖W_0 diag(1/obs_std)‖₂ · Π ‖W_i‖₂: tanh and relu are 1-Lipschitz, so this is a proven upper bound of the exact
// network's constant (singular values rounded up); evaluation in float32 adds rounding, no more. Only for sample=false.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/dense.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/experts/expert.hpp"

namespace pianola {

struct MlpExpertConfig {
  std::string path{};
  std::string activation = "tanh";
  std::string weights = "auto";
  bool sample = false;
  template <class V>
  void visit(V&& v) {
    v("path", path, "HDF5 or .npz file with obs_mean, obs_std, W0, b0, W1, b1, …");
    v("activation", activation, "of hidden layers: tanh or relu");
    v("weights", weights, "layout: in_out (x W + b), out_in (W x + b), or auto: what fits the shapes");
    v("sample", sample, "true: a stochastic expert with the standard deviations exp(logstd) of the file");
  }
};

class MlpExpert final : public Expert {
 public:
  /// Reads the file; make_expert() compares its dimensions with the system's.
  /// @throws UsageError for a bad option; DataError naming file and key if one is missing, has a shape that does not
  /// fit, holds a number that is not finite (in float32 too), an obs_std ≤ 0, or a logstd whose exponential is 0 or ∞.
  explicit MlpExpert(const MlpExpertConfig& config);
  ~MlpExpert() override;
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  /// Cost: 2 · lanes · Σ in·out flops; two buffers [lanes × widest layer] belong to the thread, so that no call but
  /// its first of so many lanes allocates.
  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const override;
  bool law(const Situation& situation, std::span<ActionLaw> laws) const override;

 private:
  struct Layer;
  void mean(const Situation& situation, std::span<double> actions) const;

  ExpertInfo info_;
  Activation activation_;
  std::vector<double> observation_mean_, inverse_std_, std_;  // std_ empty: deterministic
  std::vector<Layer> layers_;
  std::size_t widest_ = 0;
};

ExpertEntry entry_mlp();

}  // namespace pianola
