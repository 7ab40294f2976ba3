#include "pianola/experts/position_target.hpp"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'position_target'";

const PositionServo& require_servo(const System& system) {
  const PositionServo* servo = position_servo(system);
  if (servo == nullptr) {
    throw UsageError(fmt::format("{} plays system 'position_control' only, not '{}'", kWho, system.info().spec));
  }
  if (servo->hidden.empty()) return *servo;
  throw UsageError(
      fmt::format("{}: the observation of system '{}' does not show position and velocity of the joint '{}' as they "
                  "are, and targets "
                  "are relative to them; observe qpos and qvel of each motor's joint",
                  kWho, system.info().spec, servo->hidden));
}

}  // namespace

PositionTarget::PositionTarget(const PositionTargetConfig& config, std::shared_ptr<const System> system)
    : system_(std::move(system)), servo_(require_servo(*system_)), inner_(make_expert(config.expert, servo_.inner)) {
  const ExpertInfo& inner = inner_->info();
  if (inner.needs_plant) {
    throw UsageError(fmt::format("{}: the expert '{}' plans on the plant that it was made for, which is not this one",
                                 kWho, inner.spec));
  }
  info_.spec = write_spec("position_target", config).text();
  info_.observation_dim = system_->info().observation_dim;
  info_.action_dim = system_->info().action_dim;
  info_.deterministic = inner.deterministic;
  if (inner.lipschitz) info_.lipschitz = 1.0 + (*inner.lipschitz + servo_.kd) / servo_.kp;
}

double PositionTarget::target(const double* seen, std::size_t i, double effort) const {
  return seen[servo_.positions[i]] + (effort + servo_.kd * seen[servo_.velocities[i]]) / servo_.kp;
}

void PositionTarget::act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const {
  inner_->act(key, situation, actions);
  const std::size_t n = info_.observation_dim, m = info_.action_dim;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    actions[i] = target(&situation.observations[i / m * n], i % m, actions[i]);
  }
}

bool PositionTarget::law(const Situation& situation, std::span<ActionLaw> laws) const {
  if (!inner_->law(situation, laws)) return false;
  const std::size_t m = info_.action_dim;
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const double* seen = &situation.observations[lane * info_.observation_dim];
    for (std::size_t i = 0; i < laws[lane].means.size(); ++i) {
      laws[lane].means[i] = target(seen, i % m, laws[lane].means[i]);
    }
    for (double& deviation : laws[lane].stds) deviation /= servo_.kp;
  }
  return true;
}

ExpertEntry entry_position_target() {
  return {"position_target", "plays an expert of efforts through the PD loop of system position_control",
          describe_options<PositionTargetConfig>(), [](const Spec& spec, std::shared_ptr<const System> system) {
            return std::shared_ptr<const Expert>(
                std::make_shared<PositionTarget>(read_options<PositionTargetConfig>(spec, kWho), std::move(system)));
          }};
}

}  // namespace pianola
