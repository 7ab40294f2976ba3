#include "pianola/control/chunk_play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/data/action_representation.hpp"

namespace pianola {
namespace {

ChunkSchedule checked_schedule(const std::string& who, const ChunkPlayConfig& config, std::size_t chunk) {
  ChunkSchedule out{.chunk = chunk, .execute = 1, .delay = static_cast<std::size_t>(config.delay), .first = 0};
  if (config.delay > 1'000'000)
    throw UsageError(fmt::format("{}: delay is {} steps; at most 10⁶ make sense", who, config.delay));
  if (config.late && config.delay == 0) {
    throw UsageError(who + ": late is about a delay, and there is none; give delay=d, or leave it out");
  }
  if (config.delay == 0 || config.late) {
    out.execute = checked_execute(who, config.execute, chunk);
    return out;
  }
  out.first = out.delay;
  if (out.delay < chunk) out.execute = checked_execute(who, config.execute, chunk);
  if (!config.execute && out.delay < chunk) out.execute = chunk - out.delay;
  if (out.delay < chunk && out.delay + out.execute <= chunk) return out;
  if (out.delay >= chunk) {
    throw UsageError(fmt::format(
        "{}: a chunk of {} actions begins with the {} that are committed when it is decided (delay), so none "
        "is left to execute; use longer chunks (--chunk), or late=true to play whole chunks late",
        who, chunk, out.delay));
  }
  throw UsageError(fmt::format(
      "{}: a chunk of {} actions begins with the {} that are committed when it is decided (delay), so at most {} are "
      "left to execute, not {}; use longer chunks (--chunk), or late=true to play whole chunks late",
      who, chunk, out.delay, chunk - out.delay, config.execute.value_or(0)));
}

/// Relative dimensions know their state; of the others nobody does.
void require_state(const std::string& who, const Quantizer& quantizer) {
  const ActionRepresentation* const map = quantizer.representation();
  const auto knows = [](const ActionGroup& group) {
    const bool scalar = group.kind == ActionKind::linear || group.kind == ActionKind::angle;
    return scalar && group.frame != ActionFrame::absolute;
  };
  if (map != nullptr && std::ranges::all_of(map->groups(), knows)) return;
  throw UsageError(who +
                   ": start=hold plays the state, which is known where every action dimension is linear or an "
                   "angle relative to one (--frame, --state); give start=zero, or the numbers, start='0,0.5'");
}

void check_start(const std::string& who, const ChunkPlayConfig& config, const Quantizer& quantizer, ChunkPlay& play) {
  if (config.start == "zero") return;
  if (config.start == "hold") return require_state(who, quantizer);
  spec_detail::parse_value(who, "start", config.start, play.start_action);
  play.start.clear();
  const std::size_t dim = quantizer.info().action_dim;
  const bool finite = std::ranges::all_of(play.start_action, [](double u) { return std::isfinite(u); });
  if (play.start_action.size() == dim && finite) return;
  throw UsageError(fmt::format("{}: start takes zero, hold or {} finite numbers (one an action dimension), not '{}'",
                               who, dim, config.start));
}

void check_ensemble(const std::string& who, const ChunkPlayConfig& config, const Quantizer& quantizer) {
  if (!config.ensemble) return;
  if (!std::isfinite(*config.ensemble)) {
    throw UsageError(
        fmt::format("{}: ensemble is the decay of its weights, a finite number, not {}", who, *config.ensemble));
  }
  if (config.delay > 0 || config.execute.value_or(1) != 1) {
    throw UsageError(who + ": ensemble decides at every step and plays without delay; leave out execute and delay");
  }
  const ActionRepresentation* const map = quantizer.representation();
  const auto linear = [](const ActionGroup& group) { return group.kind == ActionKind::linear; };
  if (map == nullptr || std::ranges::all_of(map->groups(), linear)) return;
  throw UsageError(who +
                   ": ensemble takes means of actions, which angles, rotations and discrete dimensions do not have");
}

}  // namespace

ChunkPlay checked_play(const std::string& who, const ChunkPlayConfig& config, const Quantizer& quantizer) {
  ChunkPlay play;
  play.schedule = checked_schedule(who, config, quantizer.info().chunk);
  play.start = config.start;
  check_start(who, config, quantizer, play);
  check_ensemble(who, config, quantizer);
  play.ensemble = config.ensemble;
  if (config.ensemble) play.schedule.execute = 1;
  play.rate_limit = RateLimit(who, config.rate_limit, quantizer);
  return play;
}

void start_actions(const ChunkPlay& play, const Quantizer& quantizer, std::span<const double> observations,
                   std::span<double> out) {
  const std::size_t dim = quantizer.info().action_dim, lanes = out.size() / dim;
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < out.size() && !play.start_action.empty(); ++i) out[i] = play.start_action[i % dim];
  if (play.start != "hold") return;
  const ActionTransform t = quantizer.representation()->transform(1);
  const std::size_t width = observations.size() / std::max<std::size_t>(lanes, 1);
  for (const ActionGroup& group : t.groups) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (std::size_t i = 0; i < group.width; ++i) {
        out[lane * dim + group.first + i] = observations[lane * width + t.columns[group.state_first + i]];
      }
    }
  }
}

}  // namespace pianola
