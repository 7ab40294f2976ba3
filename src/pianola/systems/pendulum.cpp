#include "pianola/systems/pendulum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "pendulum";
constexpr double kPi = std::numbers::pi;

/// θ to [−π, π), as Gymnasium does: ((θ + π) mod 2π) − π with a modulus that is never negative.
double wrap(double angle) {
  const double turned = std::fmod(angle + kPi, 2.0 * kPi);
  return (turned < 0.0 ? turned + 2.0 * kPi : turned) - kPi;
}

/// State of a lane: (θ, θ̇).
class PendulumSimulation final : public Simulation {
 public:
  PendulumSimulation(const Pendulum& system, std::size_t lanes) : system_(system), streams_(lanes), state_(2 * lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return streams_.lanes(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    for (std::size_t i = 0; i < lanes(); ++i) {
      state_[2 * i] = kPi * (2.0 * uniform(streams_.initial(), ids[i], 0, 0) - 1.0);
      state_[2 * i + 1] = 2.0 * uniform(streams_.initial(), ids[i], 0, 1) - 1.0;
    }
  }

  void observe(std::span<double> out) const override {
    assert(out.size() == 3 * lanes());
    for (std::size_t i = 0; i < lanes(); ++i) {
      out[3 * i] = std::cos(state_[2 * i]);
      out[3 * i + 1] = std::sin(state_[2 * i]);
      out[3 * i + 2] = state_[2 * i + 1];
    }
  }

  void step(std::span<const std::uint32_t>, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    for (std::size_t i = 0; i < lanes(); ++i) {
      rewards[i] = outcomes[i] == Outcome::running ? advance(&state_[2 * i], actions[i]) : 0.0;
    }
  }

  void save(std::span<double> out) const override {
    assert(out.size() == state_.size());
    std::copy(state_.begin(), state_.end(), out.begin());
  }

  void restore(std::span<const double> saved) override {
    assert(saved.size() == state_.size());
    std::copy(saved.begin(), saved.end(), state_.begin());
  }

 private:
  /// Moves one state; its reward, of the state and torque before the step.
  double advance(double* state, double action) const {
    const double torque = std::clamp(action, -Pendulum::kMaxTorque, Pendulum::kMaxTorque);
    const double angle = wrap(state[0]), speed = state[1];
    const double acceleration = 1.5 * system_.gravity() * std::sin(state[0]) + 3.0 * torque;
    state[1] = std::clamp(speed + acceleration * Pendulum::kStepSeconds, -Pendulum::kMaxSpeed, Pendulum::kMaxSpeed);
    state[0] += state[1] * Pendulum::kStepSeconds;
    return -(angle * angle + 0.1 * speed * speed + 0.001 * torque * torque);
  }

  const Pendulum& system_;
  LaneStreams streams_;
  std::vector<double> state_;
};

}  // namespace

Pendulum::Pendulum(const PendulumConfig& config) : config_(config) {
  if (checked_finite(kName, "g", config_.g) < 0.0) {
    throw UsageError(fmt::format("system 'pendulum': option 'g' must be ≥ 0, not {}", config_.g));
  }
  info_.spec = write_spec(kName, config_).text();
  info_.observation_dim = 3;
  info_.action_dim = 1;
  info_.state_size = 2;
  info_.horizon = checked_horizon(kName, config_.horizon);
  info_.action_range = {{-kMaxTorque}, {kMaxTorque}};
  info_.action_kinds = {ActionKind::linear};
  info_.reward_low = -(kPi * kPi + 0.1 * kMaxSpeed * kMaxSpeed + 0.001 * kMaxTorque * kMaxTorque);
  info_.reward_high = 0.0;
  info_.reward_lipschitz = std::hypot(2.0 * kPi, 0.2 * kMaxSpeed);
  info_.default_expert = "swing_up";
  info_.step_seconds = kStepSeconds;
}

std::unique_ptr<Simulation> Pendulum::simulate(std::size_t lanes) const {
  return std::make_unique<PendulumSimulation>(*this, lanes);
}

SystemEntry system_entry_pendulum() {
  return {kName, "Gymnasium's Pendulum-v1: swing up and hold with a weak motor; expert: swing_up",
          describe_options<PendulumConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<Pendulum>(read_options<PendulumConfig>(spec, "system 'pendulum'"));
          },
          ""};
}

}  // namespace pianola
