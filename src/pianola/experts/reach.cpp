#include "pianola/experts/reach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "pianola/base/error.hpp"
#include "pianola/experts/finite_options.hpp"
#include "pianola/systems/two_link_reacher.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'reach'";

using Arm = TwoLinkArm;
using Pair = std::array<double, 2>;

/// `angle` plus whole turns, nearest to `to`.
double nearest_turn(double angle, double to) { return to + std::remainder(angle - to, 2.0 * std::numbers::pi); }

/// Joint angles that put the fingertip on (x, y), or as near as the arm can.
Pair inverse_kinematics(double x, double y, const double* angles) {
  constexpr double a = Arm::kUpperArm, b = Arm::kForearm;
  const double cosine = std::clamp((x * x + y * y - a * a - b * b) / (2.0 * a * b), -1.0, 1.0);
  const double side = std::sin(angles[1]) >= 0.0 ? 1.0 : -1.0;
  const double elbow = side * std::acos(cosine);
  const double shoulder = std::atan2(y, x) - std::atan2(b * std::sin(elbow), a + b * cosine);
  return {nearest_turn(shoulder, angles[0]), nearest_turn(elbow, angles[1])};
}

/// Torques that accelerate the joints as asked, of two uniform rods with damped joints in a plane without gravity.
Pair inverse_dynamics(const double* angles, const double* speeds, const Pair& acceleration) {
  constexpr double a = Arm::kUpperArm, b = Arm::kForearm;
  constexpr double kCoupling = Arm::kForearmMass * a * b / 2.0;
  constexpr double kOuter = Arm::kForearmMass * b * b / 3.0;
  constexpr double kInner = Arm::kUpperMass * a * a / 3.0 + Arm::kForearmMass * a * a + kOuter;
  const double c = kCoupling * std::cos(angles[1]), s = kCoupling * std::sin(angles[1]);
  return {(kInner + 2.0 * c) * acceleration[0] + (kOuter + c) * acceleration[1] -
              s * speeds[1] * (2.0 * speeds[0] + speeds[1]) + Arm::kJointDamping * speeds[0],
          (kOuter + c) * acceleration[0] + kOuter * acceleration[1] + s * speeds[0] * speeds[0] +
              Arm::kJointDamping * speeds[1]};
}

}  // namespace

Reach::Reach(const ReachConfig& config, const System& system) : config_(config) {
  if (parse_spec(system.info().spec).name != "two_link_reacher") {
    throw UsageError(fmt::format("expert 'reach' plays system 'two_link_reacher' only, not '{}'", system.info().spec));
  }
  require_finite_options(config_, kWho);
  info_.spec = write_spec("reach", config).text();
  info_.observation_dim = Arm::kObservationDim;
  info_.action_dim = Arm::kActionDim;
}

void Reach::act(const Situation& situation, std::span<double> actions) const {
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const double* seen = &situation.observations[lane * Arm::kObservationDim];
    const double* angles = seen + Arm::kAngles;
    const double* speeds = seen + Arm::kVelocities;
    const Pair goal = inverse_kinematics(seen[Arm::kTarget], seen[Arm::kTarget + 1], angles);
    Pair acceleration;
    for (std::size_t i = 0; i < 2; ++i) {
      acceleration[i] = config_.kp * (goal[i] - angles[i]) - config_.kd * speeds[i];
    }
    const Pair torque = inverse_dynamics(angles, speeds, acceleration);
    actions[2 * lane] = torque[0] / Arm::kShoulderGear;
    actions[2 * lane + 1] = torque[1] / Arm::kElbowGear;
  }
}

ExpertEntry entry_reach() {
  return {
      "reach", "computed torque to the inverse kinematics of the two-link reacher", describe_options<ReachConfig>(),
      [](const Spec& spec, std::shared_ptr<const System> system) {
        return std::shared_ptr<const Expert>(std::make_shared<Reach>(read_options<ReachConfig>(spec, kWho), *system));
      }};
}

}  // namespace pianola
