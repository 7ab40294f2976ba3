// A planar two-link arm that reaches for a random target: the smallest plant with contact-free but nonlinear dynamics.
//
//   fingertip(θ) = L₁ (cos θ₁, sin θ₁) + L₂ (cos(θ₁+θ₂), sin(θ₁+θ₂))
//
// The arm lies in a horizontal plane (no gravity), shoulder at the origin; θ₂ is relative to the upper arm.
// Targets are uniform on the annulus kTargetNear ≤ r ≤ kTargetFar and stay where they are for a whole trajectory.
// Actions are shoulder and elbow commands in [−1, 1]; a command c is a torque of c·kShoulderGear or c·kElbowGear N m.
// Observation (8): θ₁, θ₂ [rad, not wrapped], θ̇₁, θ̇₂ [rad/s], target x, y [m], fingertip − target x, y [m].
// Reward in [0, 1]: see models/two_link_reacher.toml. Needs MuJoCo; model and task are embedded in the library.
#pragma once

#include <cstddef>

namespace pianola {

/// The arm as models/two_link_reacher.xml has it; for experts that plan with it. A test compares the two.
struct TwoLinkArm {
  static constexpr double kUpperArm = 0.30, kForearm = 0.25;                              ///< L₁, L₂, m
  static constexpr double kUpperMass = 1.0, kForearmMass = 0.6;                           ///< kg, uniform rods
  static constexpr double kJointDamping = 0.05;                                           ///< N m s/rad, both joints
  static constexpr double kShoulderGear = 2.0, kElbowGear = 0.8;                          ///< N m at command 1
  static constexpr double kTargetNear = 0.15, kTargetFar = 0.50;                          ///< m from the shoulder
  static constexpr std::size_t kAngles = 0, kVelocities = 2, kTarget = 4, kToTarget = 6;  ///< places in an observation
  static constexpr std::size_t kObservationDim = 8, kActionDim = 2;
};

}  // namespace pianola
