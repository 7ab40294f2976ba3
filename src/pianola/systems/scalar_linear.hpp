// The scalar linear system, the simplest plant there is and the specimen for new ones:
//
//   x_{h+1} = a x_h + b u_h + σ ω_h,   ω_h ~ N(0, 1),   x_1 = x_0 + s z,  z ~ N(0, 1)
//   r(x, u) = 1 − min(1, |u − π*(x)|),  π*(x) = −k x
//
// k is the option `gain`, by default that of the linear-quadratic regulator with Q = R = 1 (systems/riccati). The
// observation is the state. L_r = max(1, |k|). Range of actions and divergence as in systems/linear.hpp: the plant
// does not saturate; |x| beyond the option `limit`, by default 1e9 · max(1, |x_0|, s), is `diverged`.
#pragma once

#include <memory>
#include <optional>

#include "pianola/systems/linear.hpp"

namespace pianola {

struct ScalarLinearConfig {
  double a = 0.9;
  double b = 1.0;
  double noise = 0.0;
  std::optional<double> x0{}, x0_std{};
  std::optional<double> gain{};
  int horizon = 100;
  std::optional<double> low{}, high{}, limit{};
  template <class V>
  void visit(V&& v) {
    v("a", a, "x' = a x + b u");
    v("b", b, "x' = a x + b u");
    v("noise", noise, "standard deviation of the noise added to the state, each step");
    v("x0", x0, "mean of the initial state; auto: 0");
    v("x0_std", x0_std, "standard deviation of the initial state; auto: 1, or 0 where x0 is given");
    v("gain", gain, "k of the expert −kx; auto: LQR with Q = R = 1");
    v("horizon", horizon, "steps");
    v("low", low, "expected smallest action; auto: unbounded");
    v("high", high, "expected largest action; auto: unbounded");
    v("limit", limit, "|x| beyond it is divergence; auto: 1e9 · max(1, |x0|, x0_std)");
  }
};

class ScalarLinear final : public LinearSystem {
 public:
  /// @throws UsageError if a number is not finite, noise or x0_std is negative, horizon < 1, low ≥ high, limit ≤ |x0|,
  /// or no gain is given and none stabilises (|a| ≥ 1 and b = 0).
  explicit ScalarLinear(const ScalarLinearConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] const LinearModel& model() const override { return model_; }
  [[nodiscard]] std::span<const double> gain() const override { return {&constants_.k, 1}; }
  [[nodiscard]] double noise() const override { return constants_.noise; }

  /// What a step reads.
  struct Constants {
    double a, b, k, noise, x0, x0_std, limit;
  };
  [[nodiscard]] const Constants& constants() const { return constants_; }

 private:
  Constants constants_;
  LinearModel model_;
  SystemInfo info_;
};

SystemEntry system_entry_scalar_linear();

}  // namespace pianola
