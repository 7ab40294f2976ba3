// Logarithmic bins: cells that shrink in proportion to the action, so that the *relative* error is bounded. The
// coarsest quantizer that stabilises a linear plant is of this kind.
//
//   M the largest |action|, L = (bins − 1)/2 cells on either side, ρ = `ratio` in (0, 1), δ = (1 − ρ)/(1 + ρ)
//   edges ±M·ρ^i, i = 0 … L;   level of the cell between M·ρ^(i+1) and M·ρ^i: M·ρ^i·(1 − δ), so that
//   |q(u) − u| ≤ δ·|u|  for  M·ρ^L ≤ |u| ≤ M
//   dead zone |u| < M·ρ^L: level 0, error below M·ρ^L;   |u| > M: the outermost level, and saturated() counts it
//
// Which ratio: `ratio=ρ`; or `a=`, the plant's unstable gain, with `gain=`, that of the expert: x' = a·x + u under
// u = −k·x (for x' = a·x + b·u under u = −K·x it is k = b·K). An error of δ·|u| does not let |x| grow if and only if
//
//   |a − k| + |k|·δ ≤ 1,   so the coarsest is   δ = (1 − |a − k|)/|k|,   ρ = (1 − δ)/(1 + δ)
//
// and there is none unless |a − k| < 1. `a=` alone is for the dead-beat expert k = a: δ = 1/|a|, ρ = (|a| − 1)/(|a| +
// 1) (Elia and Mitter). Every other gain takes a finer one: a linear-quadratic regulator, say, whose k is below a; give
// its gain, or neither. With neither `ratio` nor `a`, the dead zone is `dead`·M and ρ = dead^(1/L). With `a` or `ratio`
// the resolution is given, and `bins` only says how far down the levels reach: a loop settles at about the dead zone,
// which halves with every log(½)/log(ρ) more cells a side. At the coarsest ratio a state that asks for more than M
// grows: `low=` and `high=` must hold the actions of all starts that are meant, not of the demonstrations alone.
//
// When it applies: actions that regulate to 0, over decades of size. About a resting action other than 0 it is coarse
// where it should be fine: take `uniform`. ε_sup is that of the outermost cells, M·δ, far more than small actions see.
// Source: N. Elia, S. K. Mitter, "Stabilization of linear systems with limited information", IEEE TAC 46 (2001), §III.
// Differs: finitely many levels, hence the dead zone and saturation.
#pragma once

#include <optional>
#include <vector>

#include "pianola/quantizers/edge_bins.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct LogBinsConfig {
  int bins = 31;                     ///< tokens a dimension, odd, 3 … 65,535
  std::optional<double> ratio = {};  ///< ρ
  std::optional<double> a = {};      ///< |a| > 1
  std::optional<double> gain = {};   ///< k, |a − k| < 1
  double dead = 1e-3;                ///< half-width of the dead zone as a share of M, where neither is given
  RangeOptions range = {};           ///< M is the larger of |low| and |high|

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension: 0 and as many on either side, so odd, 3 … 65535");
    v("ratio", ratio, "ρ of neighbouring edges, in (0, 1); auto: from a, else from dead");
    v("a", a, "the plant's unstable gain, |a| > 1: the coarsest ρ that holds it under the expert of gain=");
    v("gain", gain,
      "with a: k of the expert u = −k·x on x' = a·x + u (b·k on a·x + b·u); auto: a, the dead-beat expert");
    v("dead", dead, "without ratio and a: half-width of the dead zone, a share of the largest action, in (0, 1)");
    range.visit(v);
  }
};

/// ρ of `a=` and `gain=`: with it |x| just never grows under u = −gain·x. |a − gain| < 1.
double coarsest_log_ratio(double a, double gain);

class LogBins final : public EdgeBins {
 public:
  /// @throws UsageError for options out of range, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<LogBins> fit(const LogBinsConfig& config, const FitContext& context);

  /// reach: [action_dim], M ≥ 0, at most kLargestRangeBound; where it is 0 the only token stands for 0.
  /// @throws UsageError for what breaks this, or a dead zone below what float32 can hold.
  LogBins(const LogBinsConfig& config, std::size_t chunk, std::vector<double> reach);

  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// ρ and δ of the header.
  [[nodiscard]] double ratio() const { return ratio_; }
  [[nodiscard]] double relative_error() const { return (1.0 - ratio_) / (1.0 + ratio_); }

 private:
  std::vector<double> reach_;
  double ratio_;
};

}  // namespace pianola
