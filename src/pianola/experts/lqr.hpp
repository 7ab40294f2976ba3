// The linear-quadratic regulator: u = u₀ − K (x − x₀).
//
// On a linear system without options it is that system's own expert, K its `gain`. Otherwise K solves the discrete
// Riccati equation (systems/riccati) with the weights q and r, for the system's linear model about (x₀, u₀): exact for
// linear systems, where the gain is the same about any point; numerical for MuJoCo ones, where the point must be an
// equilibrium, |f(x₀, u₀) − x₀| ≤ 1e-4 · max(1, |x₀|) in each observation.
// L = ‖K‖₂, proven (the singular value is rounded up).
#pragma once

#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/experts/deterministic.hpp"

namespace pianola {

struct LqrConfig {
  std::vector<double> q{}, r{}, x0{}, u0{};
  template <class V>
  void visit(V&& v) {
    v("q", q, "weights of the observation: one number, its diagonal or the whole matrix; empty: 1");
    v("r", r, "weights of the action, as q; empty: 1");
    v("x0", x0, "observation to hold; empty: 0");
    v("u0", u0, "action that holds it; empty: 0");
  }
};

class Lqr final : public DeterministicExpert {
 public:
  /// Keeps no reference to `system`.
  /// @throws UsageError if sizes do not fit, x0 or u0 is not finite or no equilibrium (names the drift), the system has
  /// no linear model in its observations or there, or no gain stabilises it (names the eigenvalue).
  Lqr(const LqrConfig& config, const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override;
  /// K [action_dim × observation_dim] row-major.
  [[nodiscard]] std::span<const double> gain() const { return gain_; }

 private:
  ExpertInfo info_;
  std::vector<double> gain_, x0_, u0_;
};

ExpertEntry entry_lqr();

}  // namespace pianola
