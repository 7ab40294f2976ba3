// Linear systems, stable or not:
//
//   x_{h+1} = A x_h + B u_h + σ ω_h,   ω_h ~ N(0, I),   x_1 = x_0 + s z,  z ~ N(0, I)
//   r(x, u) = 1 − min(1, ‖u − π*(x)‖),  π*(x) = −K x
//
// K is the option `gain`, by default that of the linear-quadratic regulator with Q = I, R = I (systems/riccati).
// The observation is the state. |Δr| ≤ ‖Δu‖ + ‖K‖₂ ‖Δx‖, so L_r = max(1, ‖K‖₂).
//
// low and high say where actions are expected to lie (quantizers take their range from them); the plant does not
// saturate: it stays linear. A trajectory is `diverged` once a step leads to a state that is not finite or beyond the
// option `limit` in modulus, by default 1e9 · max(1, ‖x_0‖_∞, s); its lane keeps the last state within that limit, and
// the reward of that last step counts. The initial state is not looked at: one beyond the limit may come back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// A system that is linear in state and action and knows the gain of its own expert.
class LinearSystem : public System {
 public:
  [[nodiscard]] virtual const LinearModel& model() const = 0;
  /// K [m × n] row-major: the system's own expert plays −K x.
  [[nodiscard]] virtual std::span<const double> gain() const = 0;
  /// σ, the standard deviation of the noise in each state.
  [[nodiscard]] virtual double noise() const = 0;
  /// The model itself, whatever (x₀, u₀). @throws UsageError if x₀ or u₀ has another dimension.
  [[nodiscard]] std::optional<LinearModel> linearise(std::span<const double> x0,
                                                     std::span<const double> u0) const override;
};

struct DenseLinearConfig {
  std::vector<double> a{1, 0.1, 0, 1};
  std::vector<double> b{0.005, 0.1};
  std::optional<int> n{};
  double noise = 0.0;
  std::vector<double> x0{};
  std::optional<double> x0_std{};
  std::vector<double> gain{};
  int horizon = 100;
  std::vector<double> low{}, high{};
  std::optional<double> limit{};
  template <class V>
  void visit(V&& v) {
    v("a", a, "A, n·n numbers row by row; default: a double integrator, 0.1 s a step");
    v("b", b, "B, n·m numbers row by row");
    v("n", n, "number of states; auto: the square root of the size of A");
    v("noise", noise, "standard deviation of the noise added to each state, each step");
    v("x0", x0, "mean of the initial state, n numbers; empty: 0");
    v("x0_std", x0_std, "standard deviation of the initial state; auto: 1, or 0 where x0 is given");
    v("gain", gain, "K of the expert −Kx, m·n numbers row by row; empty: LQR with Q = I, R = I");
    v("horizon", horizon, "steps");
    v("low", low, "expected smallest action: one number or m; empty: unbounded");
    v("high", high, "expected largest action: one number or m; empty: unbounded");
    v("limit", limit, "a state with |x_i| beyond it is divergence; auto: 1e9 · max(1, |x0|, x0_std)");
  }
};

/// The limit of a linear system: the option, by default 1e9 · max(1, |x0|, x0_std). x0: the largest |x_0| of a state.
/// @throws UsageError unless a limit that is given is finite and above x0.
double divergence_limit(const char* who, std::optional<double> limit, double x0, double x0_std);

/// Any size. Immutable; simulations keep a pointer to it.
class DenseLinear final : public LinearSystem {
 public:
  /// @throws UsageError if sizes do not fit, a number is not finite or negative where it must not be, the limit is not
  /// above |x0|, or no gain is
  /// given and no gain stabilises the pair.
  explicit DenseLinear(DenseLinearConfig config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] const LinearModel& model() const override { return model_; }
  [[nodiscard]] std::span<const double> gain() const override { return gain_; }
  [[nodiscard]] double noise() const override { return config_.noise; }
  [[nodiscard]] std::span<const double> initial_mean() const { return config_.x0; }
  [[nodiscard]] double initial_std() const { return *config_.x0_std; }
  /// |x_i| beyond this is divergence.
  [[nodiscard]] double limit() const { return limit_; }

 private:
  DenseLinearConfig config_;
  LinearModel model_;
  std::vector<double> gain_;
  double limit_ = 0.0;
  SystemInfo info_;
};

SystemEntry system_entry_linear();

}  // namespace pianola
