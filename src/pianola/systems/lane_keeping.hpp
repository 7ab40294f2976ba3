// Lane keeping: a car on a curving road with obstacles in the middle of its lane, which are passed on either side.
//
// The car is a kinematic bicycle (reference point: rear axle, wheelbase L = 2.7 m) of constant speed v, steered by the
// angle δ of its front wheel; the road is a curve of curvature κ(s), s the way along it; e is the offset to the left
// of the middle, ψ the heading against the road:
//
//   ṡ = v cos ψ / (1 − κ(s) e),   ė = v sin ψ,   ψ̇ = v tan(δ)/L − κ(s) ṡ
//   κ(s) = κ₀ sin(2π s / 170 m);   an obstacle every `gap` m, felt within W = 30 m:  p(s) = ½ (1 + cos(π Δ/W)), |Δ| ≤ W
//
// One step is 0.1 s of a fourth-order Runge–Kutta step, δ held and clipped to ±0.35 rad; then ψ += σ ω, ω ~ N(0, 1)
// (option `noise`, 0 by default: deterministic). Observation (5): e [m], ψ [rad], κ(s) [1/m], p(s), and p(s + 0.8 s ·
// v), the obstacle as it will be felt; it is not the whole state (s, e, ψ), so there is no linear model.
//
// Either side of an obstacle will do: the wanted path is e = ± w p(s), and the reward is of the state before the step
//
//   r = 1 − min(1, | |e| − w p | / 1.5 m + |δ − atan(L κ)| / 1 rad),   δ clipped; in [0, 1]
//   L_r = √((1 + w²) / 1.5² + L²) in observations and δ: | |e| − w p | has gradient √(1 + w²), atan(L κ) at most L
//
// Driving straight at an obstacle, the mean of left and right, pays nothing there. Beyond |e| = 6 m or |ψ| = 1 rad the
// car has left the road: terminated. Trajectories start between obstacles: e ~ N(0, 0.2²) m, ψ ~ N(0, 0.02²) rad.
// Source: Rajamani, Vehicle Dynamics and Control (2012), §2.2 (kinematic bicycle), §2.5 (errors against the road). The
// multimodal driver as a hard case of behavior cloning: Codevilla et al., arXiv:1710.02410.
#pragma once

#include <memory>

#include "pianola/base/spec.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct LaneKeepingConfig {
  double speed = 10.0, curvature = 0.015, gap = 100.0, width = 1.8, noise = 0.0;
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("speed", speed, "m/s, above 0");
    v("curvature", curvature, "largest curvature of the road, 1/m; 0: straight");
    v("gap", gap, "metres between obstacles, at least 90; 0: none");
    v("width", width, "offset at which an obstacle is passed, m");
    v("noise", noise, "standard deviation of the noise added to the heading, rad, each step");
    v("horizon", horizon, "steps of 0.1 s");
  }
};

class LaneKeeping final : public System {
 public:
  static constexpr double kWheelbase = 2.7, kMaxSteering = 0.35, kStepSeconds = 0.1, kWave = 170.0;
  static constexpr double kReach = 30.0;     ///< W, m
  static constexpr double kPreview = 0.8;    ///< seconds between the two views of the obstacle
  static constexpr double kTolerance = 1.5;  ///< m off the wanted path at which the reward is 0
  static constexpr double kRoad = 6.0, kMaxHeading = 1.0;
  /// Places in an observation.
  static constexpr std::size_t kOffset = 0, kHeading = 1, kCurvature = 2, kObstacle = 3, kObstacleAhead = 4;

  /// @throws UsageError if an option is not finite or out of range: speed 1 … 40, |curvature| ≤ 0.05, gap 0 or ≥ 90,
  /// width 0.5 … 3, noise ≥ 0, horizon ≥ 1.
  explicit LaneKeeping(const LaneKeepingConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] const LaneKeepingConfig& config() const { return config_; }
  /// κ(s), 1/m.
  [[nodiscard]] double curvature(double s) const;
  /// p(s) in [0, 1].
  [[nodiscard]] double obstacle(double s) const;

 private:
  LaneKeepingConfig config_;
  SystemInfo info_;
};

SystemEntry system_entry_lane_keeping();

}  // namespace pianola
