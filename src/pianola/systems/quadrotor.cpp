#include "pianola/systems/quadrotor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <complex>
#include <numbers>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "quadrotor";
constexpr std::size_t kStates = 6, kRotors = 2;

template <class T>
using State = std::array<T, kStates>;
template <class T>
using Thrust = std::array<T, kRotors>;

template <class T>
State<T> slope(const QuadrotorConfig& plant, const State<T>& x, const Thrust<T>& u) {
  const double mass = Quadrotor::kMass + plant.payload;
  const T thrust = Quadrotor::kMass * Quadrotor::kGravity + plant.rotor_gain * (u[0] + u[1]);
  return {x[3],
          x[4],
          x[5],
          -thrust * std::sin(x[2]) / mass,
          thrust * std::cos(x[2]) / mass - Quadrotor::kGravity,
          Quadrotor::kArm * plant.rotor_gain * (u[0] - u[1]) / Quadrotor::kInertia};
}

template <class T>
State<T> moved(const State<T>& x, double factor, const State<T>& slope) {
  State<T> out;
  for (std::size_t i = 0; i < kStates; ++i) out[i] = x[i] + factor * slope[i];
  return out;
}

template <class T>
State<T> stepped(const QuadrotorConfig& plant, const State<T>& x, const Thrust<T>& u) {
  constexpr double dt = Quadrotor::kStepSeconds;
  const State<T> k1 = slope(plant, x, u), k2 = slope(plant, moved(x, dt / 2, k1), u);
  const State<T> k3 = slope(plant, moved(x, dt / 2, k2), u), k4 = slope(plant, moved(x, dt, k3), u);
  State<T> next = x;
  for (std::size_t i = 0; i < kStates; ++i) next[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
  return next;
}

double reward(const State<double>& x, const Thrust<double>& u) {
  return 1.0 - std::min(1.0, 0.5 * std::hypot(x[0], x[1]) + 0.5 * std::abs(x[2]) + 0.05 * std::hypot(u[0], u[1]));
}

bool gone(const State<double>& x) {
  return std::abs(x[0]) > Quadrotor::kRoom || std::abs(x[1]) > Quadrotor::kRoom || std::abs(x[2]) > std::numbers::pi;
}

class QuadrotorSimulation final : public Simulation {
 public:
  QuadrotorSimulation(const Quadrotor& system, std::size_t lanes)
      : system_(system), streams_(lanes), state_(kStates * lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return streams_.lanes(); }

  void reset(const NoiseKey& key, Ids ids) override {
    constexpr State<double> kSpread{1.0, 1.0, 0.6, 0.5, 0.5, 0.5};
    streams_.reset(key, ids);
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const auto draw = static_cast<std::uint32_t>(i % kStates);
      state_[i] = kSpread[draw] * (2.0 * uniform(streams_.initial(), ids[i / kStates], 0, draw) - 1.0);
    }
  }

  void observe(std::span<double> out) const override { save(out); }

  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == kRotors * lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    for (std::size_t i = 0; i < lanes(); ++i) {
      rewards[i] = 0.0;
      if (outcomes[i] != Outcome::running) continue;
      const auto at = state_.begin() + static_cast<std::ptrdiff_t>(kStates * i);
      State<double> x;
      std::copy_n(at, kStates, x.begin());
      const Thrust<double> u{clipped(actions[kRotors * i]), clipped(actions[kRotors * i + 1])};
      rewards[i] = reward(x, u);
      x = stepped(system_.config(), x, u);
      blow(x, i, h[i]);
      std::copy(x.begin(), x.end(), at);
      if (gone(x)) outcomes[i] = Outcome::terminated;
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
  static double clipped(double action) { return std::clamp(action, -Quadrotor::kMaxThrust, Quadrotor::kMaxThrust); }

  void blow(State<double>& x, std::size_t lane, std::uint32_t h) const {
    const double wind = system_.config().wind;
    if (wind == 0.0) return;
    std::array<double, 2> noise{};
    normals(streams_.noise(), streams_.id(lane), h, noise);
    for (std::size_t i = 0; i < 2; ++i) x[3 + i] += wind * Quadrotor::kStepSeconds * noise[i];
  }

  const Quadrotor& system_;
  LaneStreams streams_;
  std::vector<double> state_;
};

}  // namespace

Quadrotor::Quadrotor(const QuadrotorConfig& config) : config_(config) {
  checked_std(kName, "wind", config_.wind);
  checked_within(kName, "payload", config_.payload, 0.0, 0.4);
  checked_within(kName, "rotor_gain", config_.rotor_gain, 0.1, 10.0);
  info_.spec = write_spec(kName, config_).text();
  info_.observation_dim = info_.state_size = kStates;
  info_.action_dim = kRotors;
  info_.horizon = checked_horizon(kName, config_.horizon);
  info_.action_range = {{-kMaxThrust, -kMaxThrust}, {kMaxThrust, kMaxThrust}};
  info_.action_kinds.assign(kRotors, ActionKind::linear);
  info_.reward_low = 0.0;
  info_.reward_high = 1.0;
  info_.reward_lipschitz = std::sqrt(0.5);
  info_.deterministic = config_.wind == 0.0;
  // About the hover that carries the payload.
  const double hover = config_.payload * kGravity / (2.0 * config_.rotor_gain);
  info_.default_expert = "lqr:q='10;10;10;1;1;0.1',r=1";
  if (hover > 0.0) info_.default_expert += fmt::format(",u0='{};{}'", hover, hover);
  info_.step_seconds = kStepSeconds;
}

std::unique_ptr<Simulation> Quadrotor::simulate(std::size_t lanes) const {
  return std::make_unique<QuadrotorSimulation>(*this, lanes);
}

std::optional<LinearModel> Quadrotor::linearise(std::span<const double> x0, std::span<const double> u0) const {
  if (x0.size() != kStates || u0.size() != kRotors) {
    throw UsageError(fmt::format("system '{}' has {} states and {} actions; cannot be linearised about {} and {}",
                                 info_.spec, kStates, kRotors, x0.size(), u0.size()));
  }
  for (std::size_t i = 0; i < kRotors; ++i) {
    if (std::abs(u0[i]) < kMaxThrust) continue;
    throw UsageError(
        fmt::format("system '{}' has no linear model where an action is on or beyond its bounds; action {} is {}, but "
                    "must lie inside ±{}",
                    info_.spec, i, u0[i], kMaxThrust));
  }
  using Complex = std::complex<double>;
  constexpr double kStep = 1e-150;  // its square vanishes, and nothing is subtracted
  LinearModel out{kStates, kRotors, std::vector<double>(kStates * kStates), std::vector<double>(kStates * kRotors)};
  for (std::size_t input = 0; input < kStates + kRotors; ++input) {
    State<Complex> x;
    Thrust<Complex> u;
    std::copy(x0.begin(), x0.end(), x.begin());
    std::copy(u0.begin(), u0.end(), u.begin());
    (input < kStates ? x[input] : u[input - kStates]) += Complex(0.0, kStep);
    const State<Complex> next = stepped(config_, x, u);
    for (std::size_t i = 0; i < kStates; ++i) {
      const double derivative = next[i].imag() / kStep;
      (input < kStates ? out.a[i * kStates + input] : out.b[i * kRotors + input - kStates]) = derivative;
    }
  }
  return out;
}

SystemEntry system_entry_quadrotor() {
  return {kName, "a planar quadrotor that has to hover, unstable in open loop; expert: LQR, which saturates",
          describe_options<QuadrotorConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<Quadrotor>(read_options<QuadrotorConfig>(spec, "system 'quadrotor'"));
          },
          ""};
}

}  // namespace pianola
