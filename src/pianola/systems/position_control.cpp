#include "pianola/systems/position_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"
#include "pianola/systems/mujoco.hpp"

#ifdef PIANOLA_WITH_MUJOCO
#include "pianola/systems/mujoco_system.hpp"
#endif

namespace pianola {
namespace {

constexpr const char* kName = "position_control";

struct PositionControlOptions {
  std::string system = "cart_pole";
  double kp = 20.0, kd = 2.0;
  template <class V>
  void visit(V&& v) {
    v("system", system, "spec of a MuJoCo system of motors, in quotes if it has options");
    v("kp", kp, "control per rad or m that the target is away, above 0");
    v("kd", kd, "control per rad/s or m/s against the motion");
  }
};

void check(const PositionControlOptions& options) {
  if (checked_finite(kName, "kp", options.kp) <= 0.0) {
    throw UsageError(fmt::format("system 'position_control': option 'kp' must be above 0, not {}", options.kp));
  }
  if (checked_finite(kName, "kd", options.kd) < 0.0) {
    throw UsageError(fmt::format("system 'position_control': option 'kd' must be ≥ 0, not {}", options.kd));
  }
}

#ifdef PIANOLA_WITH_MUJOCO

/// Of each motor: its joint's places in qpos and qvel, and its control range.
struct Motor {
  int position, velocity, joint;
  double low, high;
};

std::string name_of(const mjModel& model, mjtObj kind, int id) {
  const char* name = mj_id2name(&model, kind, id);
  return name != nullptr && *name != '\0' ? name : fmt::format("number {}", id);
}

Motor motor_of(const mjModel& model, int id, const std::string& inner) {
  const int joint = model.actuator_trnid[2 * id];
  const bool plain = model.actuator_trntype[id] == mjTRN_JOINT && model.actuator_gaintype[id] == mjGAIN_FIXED &&
                     model.actuator_biastype[id] == mjBIAS_NONE && model.actuator_dyntype[id] == mjDYN_NONE;
  if (!plain || (model.jnt_type[joint] != mjJNT_HINGE && model.jnt_type[joint] != mjJNT_SLIDE)) {
    throw UsageError(fmt::format(
        "system 'position_control': actuator '{}' of system '{}' is no motor of a hinge or slide; a servo, muscle or "
        "tendon has its own way from commands to forces, and is used without position_control",
        name_of(model, mjOBJ_ACTUATOR, id), inner));
  }
  return {model.jnt_qposadr[joint], model.jnt_dofadr[joint], joint, 0.0, 0.0};
}

class PositionControl final : public MujocoSystem {
 public:
  PositionControl(const MujocoTask& task, std::shared_ptr<const System> inner, const PositionControlOptions& options)
      : MujocoSystem(task), servo_{options.kp, options.kd, std::move(inner), {}, {}, {}} {
    for (int i = 0; i < model().nu; ++i) {
      Motor motor = motor_of(model(), i, servo_.inner->info().spec);
      const auto at = static_cast<std::size_t>(i);
      motor.low = info_.action_range.low[at], motor.high = info_.action_range.high[at];
      std::tie(info_.action_range.low[at], info_.action_range.high[at]) = targets_of(motor);
      find_in_observation(motor);
      motors_.push_back(motor);
    }
    const bool playable = servo_.hidden.empty() && !servo_.inner->info().default_expert.empty();
    info_.default_expert = playable ? "position_target" : "";
  }

  [[nodiscard]] const PositionServo& servo() const { return servo_; }

  void drive(mjData& data, std::span<const double> action) const override {
    for (std::size_t i = 0; i < motors_.size(); ++i) data.ctrl[i] = command(data, i, action[i]);
  }

  void effort(const mjData& data, std::span<const double> action, std::span<double> out) const override {
    for (std::size_t i = 0; i < motors_.size(); ++i) out[i] = command(data, i, action[i]);
  }

 private:
  [[nodiscard]] double command(const mjData& data, std::size_t i, double target) const {
    const Motor& motor = motors_[i];
    target = std::clamp(target, info_.action_range.low[i], info_.action_range.high[i]);
    const double asked = servo_.kp * (target - data.qpos[motor.position]) - servo_.kd * data.qvel[motor.velocity];
    return std::clamp(asked, motor.low, motor.high);
  }

  [[nodiscard]] std::pair<double, double> targets_of(const Motor& motor) const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (!model().jnt_limited[motor.joint]) return {-kInfinity, kInfinity};
    const mjtNum* range = model().jnt_range + static_cast<std::ptrdiff_t>(2 * motor.joint);
    return {range[0] + motor.low / servo_.kp, range[1] + motor.high / servo_.kp};
  }

  /// Where the observation shows this number of `array` as it is; nothing if it does not.
  [[nodiscard]] std::optional<std::size_t> place(mjtNum* mjData::*array, int number) const {
    std::size_t begin = 0;
    for (const MujocoSlice& slice : terms().observation()) {
      const int within = number - slice.offset;
      if (slice.plain() && slice.array == array && within >= 0 && within < slice.count) {
        return begin + static_cast<std::size_t>(within);
      }
      begin += static_cast<std::size_t>(slice.count);
    }
    return std::nullopt;
  }

  void find_in_observation(const Motor& motor) {
    const auto position = place(&mjData::qpos, motor.position), velocity = place(&mjData::qvel, motor.velocity);
    if (!position || !velocity) servo_.hidden = name_of(model(), mjOBJ_JOINT, motor.joint);
    servo_.positions.push_back(position.value_or(0));
    servo_.velocities.push_back(velocity.value_or(0));
  }

  PositionServo servo_;
  std::vector<Motor> motors_;
};

std::shared_ptr<const System> make(const Spec& spec, const SystemContext& context) {
  const auto options = read_options<PositionControlOptions>(spec, "system 'position_control'");
  check(options);
  const auto inner = make_system(options.system, context);
  const auto* mujoco = dynamic_cast<const MujocoSystem*>(inner.get());
  if (mujoco == nullptr || position_servo(*inner) != nullptr) {
    throw UsageError(
        fmt::format("system 'position_control' drives the joints of a MuJoCo system (cart_pole, two_link_reacher, "
                    "gymnasium, mujoco), "
                    "not '{}'",
                    inner->info().spec));
  }
  MujocoTask task = mujoco->task();
  task.spec = write_spec(kName, options).text();
  return std::make_shared<const PositionControl>(task, inner, options);
}

#else

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  check(read_options<PositionControlOptions>(spec, "system 'position_control'"));
  throw UsageError("system 'position_control' is not in this build: " + mujoco_unavailable());
}

#endif

}  // namespace

const PositionServo* position_servo([[maybe_unused]] const System& system) {
#ifdef PIANOLA_WITH_MUJOCO
  if (const auto* controlled = dynamic_cast<const PositionControl*>(&system)) return &controlled->servo();
#endif
  return nullptr;
}

SystemEntry system_entry_position_control() {
  return {kName, "any MuJoCo system of motors through a PD loop: actions are joint targets; expert: position_target",
          describe_options<PositionControlOptions>(), make, mujoco_unavailable()};
}

}  // namespace pianola
