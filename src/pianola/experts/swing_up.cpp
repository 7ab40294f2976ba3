#include "pianola/experts/swing_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/experts/finite_options.hpp"
#include "pianola/systems/pendulum.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'swing_up'";

const Pendulum& require_pendulum(const System& system) {
  if (const auto* pendulum = dynamic_cast<const Pendulum*>(&system)) return *pendulum;
  throw UsageError(fmt::format("expert 'swing_up' plays system 'pendulum' only, not '{}'", system.info().spec));
}

}  // namespace

SwingUp::SwingUp(const SwingUpConfig& config, const System& system)
    : config_(config), gravity_(require_pendulum(system).gravity()) {
  require_finite_options(config_, kWho);
  info_.spec = write_spec("swing_up", config).text();
  info_.observation_dim = system.info().observation_dim;
  info_.action_dim = system.info().action_dim;
}

void SwingUp::act(const Situation& situation, std::span<double> actions) const {
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const double cosine = situation.observations[3 * lane], sine = situation.observations[3 * lane + 1];
    const double speed = situation.observations[3 * lane + 2];
    const double hold = config_.kp * std::atan2(sine, cosine) + config_.kd * speed;
    const double missing = config_.surplus - (0.5 * speed * speed + 1.5 * gravity_ * (cosine - 1.0));
    const bool catches = cosine > 0.0 && std::abs(hold) < config_.band;
    const double torque = catches ? -hold : config_.pump * missing * (speed >= 0.0 ? 1.0 : -1.0);
    actions[lane] = std::clamp(torque, -Pendulum::kMaxTorque, Pendulum::kMaxTorque);
  }
}

ExpertEntry entry_swing_up() {
  return {"swing_up", "swings the pendulum up by energy and holds it", describe_options<SwingUpConfig>(),
          [](const Spec& spec, std::shared_ptr<const System> system) {
            return std::shared_ptr<const Expert>(
                std::make_shared<SwingUp>(read_options<SwingUpConfig>(spec, kWho), *system));
          }};
}

}  // namespace pianola
