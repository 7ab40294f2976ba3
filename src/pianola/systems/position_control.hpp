// `position_control:SYSTEM,kp=…,kd=…`: any MuJoCo system of motors, commanded by joint positions, as most robots are.
//
//   control = clamp(k_p (target − q) − k_d q̇, ctrlrange)     before every simulator step
//
// The action is the target position of the joint of each motor, in its order, rad or m; it is held for a step, while
// the loop closes at the simulator's own rate. k_p is in control units per rad (or m), k_d per rad/s. The gains decide
// how soon errors of actions are forgotten: stability against gains is what this system is for. Observation, reward,
// termination and start are those of SYSTEM; where a reward or observation term reads the action, it reads the command
// of the step's beginning, clamped. Targets are clipped to the joint's range, widened by ctrlrange / k_p so that a
// motor can give all it has at the joint's stop; they are unbounded where joint or motor is.
//
// For motors of hinges and slides only (fixed gain, no bias, no dynamics): a servo of the model has its own loop. The
// expert is `position_target`, which plays SYSTEM's own expert through the loop, where the observation shows q and q̇ of
// each motor's joint; else there is none. Needs MuJoCo.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// How a position-controlled system makes commands of targets, for experts that invert it.
struct PositionServo {
  double kp = 0.0, kd = 0.0;
  std::shared_ptr<const System> inner;             ///< the system that is commanded by efforts
  std::vector<std::size_t> positions, velocities;  ///< of each action: where the observation shows q and q̇
  std::string hidden;                              ///< a joint that the observation does not show; "" if it shows all
};

/// Of a system `position_control`; null for any other.
const PositionServo* position_servo(const System& system);

SystemEntry system_entry_position_control();

}  // namespace pianola
