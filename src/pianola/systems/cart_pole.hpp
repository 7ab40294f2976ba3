// A pole on a cart that a motor pushes along a rail: unstable, four-dimensional, one bounded action.
//
// Observation (4): x [m], θ [rad, 0 is upright], ẋ [m/s], θ̇ [rad/s]; it is the whole state, so linearise() exists and
// the default expert is LQR. The action is a force of kForce·u N, u in [−1, 1], held for 0.02 s. Trajectories start
// with the pole tilted to either side, near what the force can still right: LQR, which knows no bounds, saturates in
// about one step in twenty and all but never fails, while an expert that cannot reach the bounds (few bins, their
// centres) often does. Options change the pole and the cart's friction, so that a plant can differ from what an expert
// was made for. Reward in [0, 1] and termination: see models/cart_pole.toml. Needs MuJoCo; model and task are
// embedded in the library.
#pragma once

namespace pianola {

/// Numbers of models/cart_pole.xml that others may plan with. A test compares the two.
struct CartPole {
  static constexpr double kForce = 6.0;  ///< N at action 1
  static constexpr double kRail = 2.0;   ///< |x| beyond it ends the trajectory, m
  static constexpr double kFall = 0.8;   ///< |θ| beyond it ends the trajectory, rad
  static constexpr double kStepSeconds = 0.02;
};

}  // namespace pianola
