#include "pianola/experts/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/experts/finite_options.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'driver'";

const LaneKeeping& require_lane(const System& system) {
  if (const auto* lane = dynamic_cast<const LaneKeeping*>(&system)) return *lane;
  throw UsageError(fmt::format("expert 'driver' plays system 'lane_keeping' only, not '{}'", system.info().spec));
}

void check(const DriverConfig& config) {
  require_finite_options(config, kWho);
  if (config.tremor < 0.0) {
    throw UsageError(
        fmt::format("{}: option 'tremor' is a standard deviation and must be ≥ 0, not {}", kWho, config.tremor));
  }
  if (config.commit <= 0.0) {
    throw UsageError(fmt::format("{}: option 'commit' must be above 0, not {}", kWho, config.commit));
  }
  if (config.left <= 0.0 || config.left >= 1.0) {
    throw UsageError(fmt::format("{}: option 'left' is a probability inside (0, 1), not {}", kWho, config.left));
  }
}

}  // namespace

Driver::Driver(const DriverConfig& config, const System& system)
    : config_(config), speed_(require_lane(system).config().speed), width_(require_lane(system).config().width) {
  check(config_);
  info_.spec = write_spec("driver", config).text();
  info_.observation_dim = system.info().observation_dim;
  info_.action_dim = system.info().action_dim;
  info_.deterministic = false;
}

Driver::Modes Driver::modes(const double* seen) const {
  const double reach = LaneKeeping::kPreview * speed_;
  const double heading_for = seen[LaneKeeping::kOffset] + reach * seen[LaneKeeping::kHeading];
  const double logit = heading_for / config_.commit + std::log(config_.left / (1.0 - config_.left));
  const auto steer_to = [&](double offset) {
    const double curvature = seen[LaneKeeping::kCurvature] + 2.0 * (offset - heading_for) / (reach * reach);
    const double angle = std::atan(LaneKeeping::kWheelbase * curvature);
    return std::clamp(angle, -LaneKeeping::kMaxSteering, LaneKeeping::kMaxSteering);
  };
  const double aside = width_ * seen[LaneKeeping::kObstacleAhead];
  return {1.0 / (1.0 + std::exp(-logit)), steer_to(aside), steer_to(-aside)};
}

void Driver::act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const {
  assert(actions.size() == situation.lanes());
  const NoiseKey stream = key.child("expert");
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const Modes m = modes(&situation.observations[lane * info_.observation_dim]);
    const bool left = uniform(stream, situation.ids[lane], situation.h[lane], 0) < m.left_probability;
    actions[lane] = left ? m.left : m.right;
    if (config_.tremor > 0.0)
      actions[lane] += config_.tremor * normal(stream, situation.ids[lane], situation.h[lane], 1);
  }
}

bool Driver::law(const Situation& situation, std::span<ActionLaw> laws) const {
  assert(laws.size() == situation.lanes());
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const Modes m = modes(&situation.observations[lane * info_.observation_dim]);
    laws[lane] = {1, {m.left_probability, 1.0 - m.left_probability}, {m.left, m.right}, {}};
    if (config_.tremor > 0.0) laws[lane].stds = {config_.tremor, config_.tremor};
  }
  return true;
}

ExpertEntry entry_driver() {
  return {
      "driver", "passes the obstacles of lane_keeping left or right: stochastic, bimodal, law known",
      describe_options<DriverConfig>(), [](const Spec& spec, std::shared_ptr<const System> system) {
        return std::shared_ptr<const Expert>(std::make_shared<Driver>(read_options<DriverConfig>(spec, kWho), *system));
      }};
}

}  // namespace pianola
