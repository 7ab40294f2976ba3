#include "pianola/systems/lane_keeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "lane_keeping";
constexpr double kPi = std::numbers::pi;

using State = std::array<double, 3>;  // s, e, ψ

State moved(const State& x, double factor, const State& slope) {
  return {x[0] + factor * slope[0], x[1] + factor * slope[1], x[2] + factor * slope[2]};
}

class LaneKeepingSimulation final : public Simulation {
 public:
  LaneKeepingSimulation(const LaneKeeping& system, std::size_t lanes)
      : system_(system), streams_(lanes), state_(3 * lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return streams_.lanes(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    for (std::size_t i = 0; i < lanes(); ++i) {
      state_[3 * i] = start(uniform(streams_.initial(), ids[i], 0, 0));
      state_[3 * i + 1] = 0.2 * normal(streams_.initial(), ids[i], 0, 1);
      state_[3 * i + 2] = 0.02 * normal(streams_.initial(), ids[i], 0, 2);
    }
  }

  void observe(std::span<double> out) const override {
    assert(out.size() == 5 * lanes());
    const double ahead = LaneKeeping::kPreview * system_.config().speed;
    for (std::size_t i = 0; i < lanes(); ++i) {
      const double s = state_[3 * i];
      out[5 * i + LaneKeeping::kOffset] = state_[3 * i + 1];
      out[5 * i + LaneKeeping::kHeading] = state_[3 * i + 2];
      out[5 * i + LaneKeeping::kCurvature] = system_.curvature(s);
      out[5 * i + LaneKeeping::kObstacle] = system_.obstacle(s);
      out[5 * i + LaneKeeping::kObstacleAhead] = system_.obstacle(s + ahead);
    }
  }

  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    for (std::size_t i = 0; i < lanes(); ++i) {
      rewards[i] = 0.0;
      if (outcomes[i] != Outcome::running) continue;
      State x{state_[3 * i], state_[3 * i + 1], state_[3 * i + 2]};
      const double steering = std::clamp(actions[i], -LaneKeeping::kMaxSteering, LaneKeeping::kMaxSteering);
      rewards[i] = reward(x, steering);
      x = advance(x, steering);
      if (const double sigma = system_.config().noise; sigma > 0.0) {
        x[2] += sigma * normal(streams_.noise(), streams_.id(i), h[i]);
      }
      std::copy(x.begin(), x.end(), state_.begin() + static_cast<std::ptrdiff_t>(3 * i));
      const bool left = std::abs(x[1]) > LaneKeeping::kRoad || std::abs(x[2]) > LaneKeeping::kMaxHeading;
      if (left) outcomes[i] = Outcome::terminated;
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
  /// Where on the road: uniform over a hundred gaps, out of reach of their obstacles (at the multiples of `gap`).
  [[nodiscard]] double start(double u) const {
    const double gap = system_.config().gap > 0.0 ? system_.config().gap : 100.0;
    const double place = 100.0 * u, number = std::floor(place);
    return number * gap + LaneKeeping::kReach + (place - number) * (gap - 2.0 * LaneKeeping::kReach);
  }

  [[nodiscard]] double reward(const State& x, double steering) const {
    const double off = std::abs(std::abs(x[1]) - system_.config().width * system_.obstacle(x[0]));
    const double extra = std::abs(steering - std::atan(LaneKeeping::kWheelbase * system_.curvature(x[0])));
    return 1.0 - std::min(1.0, off / LaneKeeping::kTolerance + extra);
  }

  [[nodiscard]] State slope(const State& x, double steering) const {
    const double speed = system_.config().speed, curvature = system_.curvature(x[0]);
    const double along = speed * std::cos(x[2]) / (1.0 - curvature * x[1]);
    return {along, speed * std::sin(x[2]), speed * std::tan(steering) / LaneKeeping::kWheelbase - curvature * along};
  }

  [[nodiscard]] State advance(const State& x, double steering) const {
    constexpr double dt = LaneKeeping::kStepSeconds;
    const State k1 = slope(x, steering), k2 = slope(moved(x, dt / 2, k1), steering);
    const State k3 = slope(moved(x, dt / 2, k2), steering), k4 = slope(moved(x, dt, k3), steering);
    State next = x;
    for (std::size_t i = 0; i < 3; ++i) next[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
    return next;
  }

  const LaneKeeping& system_;
  LaneStreams streams_;
  std::vector<double> state_;
};

void check_within(const char* option, double value, double low, double high) {
  if (checked_finite(kName, option, value) >= low && value <= high) return;
  throw UsageError(
      fmt::format("system 'lane_keeping': option '{}' must be in [{}, {}], not {}", option, low, high, value));
}

}  // namespace

LaneKeeping::LaneKeeping(const LaneKeepingConfig& config) : config_(config) {
  check_within("speed", config_.speed, 1.0, 40.0);
  check_within("curvature", config_.curvature, -0.05, 0.05);
  check_within("width", config_.width, 0.5, 3.0);
  if (config_.gap != 0.0) check_within("gap", config_.gap, 90.0, 1e6);
  checked_std(kName, "noise", config_.noise);
  info_.spec = write_spec(kName, config_).text();
  info_.observation_dim = 5;
  info_.action_dim = 1;
  info_.state_size = 3;
  info_.horizon = checked_horizon(kName, config_.horizon);
  info_.action_range = {{-kMaxSteering}, {kMaxSteering}};
  info_.action_kinds = {ActionKind::linear};
  info_.reward_low = 0.0;
  info_.reward_high = 1.0;
  info_.reward_lipschitz = std::hypot(std::hypot(1.0, config_.width) / kTolerance, kWheelbase);
  info_.deterministic = config_.noise == 0.0;
  info_.default_expert = "driver";
  info_.step_seconds = kStepSeconds;
}

double LaneKeeping::curvature(double s) const { return config_.curvature * std::sin(2.0 * kPi * s / kWave); }

double LaneKeeping::obstacle(double s) const {
  if (config_.gap == 0.0) return 0.0;
  const double distance = std::abs(std::remainder(s, config_.gap));
  return distance < kReach ? 0.5 * (1.0 + std::cos(kPi * distance / kReach)) : 0.0;
}

std::unique_ptr<Simulation> LaneKeeping::simulate(std::size_t lanes) const {
  return std::make_unique<LaneKeepingSimulation>(*this, lanes);
}

SystemEntry system_entry_lane_keeping() {
  return {kName, "a car on a curving road passes obstacles on either side; expert: driver, stochastic and bimodal",
          describe_options<LaneKeepingConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<LaneKeeping>(read_options<LaneKeepingConfig>(spec, "system 'lane_keeping'"));
          },
          ""};
}

}  // namespace pianola
