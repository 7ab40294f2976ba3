#include "pianola/quantizers/zoom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'zoom'";

void require(bool holds, const std::string& what) {
  if (!holds) throw UsageError(fmt::format("{}: {}", kWho, what));
}

void check(const ZoomConfig& config) {
  require(
      config.bins >= 3 && config.bins <= 65536,
      fmt::format("option 'bins' must lie in 3 … 65536, two outermost cells and one inside, not at {}", config.bins));
  require(!config.grow || (*config.grow > 1.0 && *config.grow <= 1e6),
          fmt::format("option 'grow' must lie above 1, at most 1e6, not at {}: a scale that does not grow loses what "
                      "lies outside it; 2 would do",
                      config.grow.value_or(0.0)));
  require(
      !config.shrink || (*config.shrink > 0.0 && *config.shrink < 1.0),
      fmt::format("option 'shrink' must lie between 0 and 1, not at {}: the scale could never contract; 0.8 would do",
                  config.shrink.value_or(0.0)));
  require(config.smallest > 0.0 && config.smallest <= 1.0,
          fmt::format("option 'smallest' must lie in (0, 1], not at {}", config.smallest));
  require(config.largest >= 1.0 && config.largest <= 1e30,
          fmt::format("option 'largest' must lie in 1 … 1e30, not at {}", config.largest));
}

/// |a|/(K − 2), the least factor at which what an inner token has seen is seen again.
double least_shrink(const ZoomConfig& config) {
  const double a = std::abs(*config.a), least = a / (config.bins - 2);
  require(a <= 1e6, fmt::format("option 'a' must be a gain up to 1e6, not {}", *config.a));
  require(least < 1.0,
          fmt::format("{} bins cannot contract where the plant grows by {} a step; it takes more than |a| + 2: {} bins",
                      config.bins, a, std::floor(a) + 3.0));
  return least;
}

double grow_of(const ZoomConfig& config) {
  check(config);
  const double grow = config.grow ? *config.grow : config.a ? std::max(4.0, *config.a * *config.a) : 2.0;
  require(!config.a || grow > std::abs(*config.a),
          fmt::format("a scale that grows by {} is outrun by a plant that grows by {}; take a larger 'grow': {:.6g}, "
                      "as without the option",
                      grow, std::abs(config.a.value_or(0.0)),
                      std::max(4.0, config.a.value_or(0.0) * config.a.value_or(0.0))));
  return grow;
}

double shrink_of(const ZoomConfig& config) {
  if (!config.a) return config.shrink.value_or(0.8);
  const double least = least_shrink(config), shrink = config.shrink.value_or(0.5 * (1.0 + least));
  require(shrink >= least, fmt::format("a scale that shrinks by {} loses a plant that grows by {} a step with {} bins; "
                                       "take shrink={} or more",
                                       shrink, std::abs(*config.a), config.bins, least));
  return shrink;
}

}  // namespace

Zoom::Zoom(const ZoomConfig& config, std::size_t chunk, const ActionRange& range)
    : range_(range), grow_(grow_of(config)), shrink_(shrink_of(config)) {
  const std::size_t dim = range_.low.size();
  require(dim >= 1 && range_.high.size() == dim && chunk >= 1 && chunk <= kMaxChunkValues / dim,
          fmt::format("{} dimensions in chunks of {} are none or too many", dim, chunk));
  for (std::size_t d = 0; d < dim; ++d) {
    require_bounds(kWho, d, range_.low[d], range_.high[d]);
    const double half = 0.5 * (range_.high[d] - range_.low[d]);
    // A scale of 0 would never grow again.
    const double least = std::max(half * config.smallest, std::numeric_limits<double>::min());
    axes_.push_back({std::midpoint(range_.low[d], range_.high[d]), half, least,
                     std::min(half * config.largest, kLargestRangeBound),
                     half > 0.0 ? static_cast<std::uint32_t>(config.bins) : 1U});
  }
  info_.spec = canonical_spec("zoom", config, {"bins"});
  info_.action_dim = dim;
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim;
  info_.memory_size = dim;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) info_.vocabularies.push_back(axes_[p % dim].bins);
}

std::unique_ptr<Zoom> Zoom::fit(const ZoomConfig& config, const FitContext& context) {
  check(config);
  return std::make_unique<Zoom>(config, context.chunk, fit_range(config.range, context, kWho));
}

std::uint32_t Zoom::token(const Axis& axis, double scale, double u) {
  if (axis.bins == 1) return 0;
  const double place = 0.5 * ((u - axis.centre) / scale + 1.0) * axis.bins;
  return static_cast<std::uint32_t>(std::clamp(std::floor(place), 0.0, axis.bins - 1.0));
}

double Zoom::level(const Axis& axis, double scale, std::uint32_t token) {
  return axis.centre + scale * ((2.0 * token + 1.0) / axis.bins - 1.0);
}

double Zoom::next(const Axis& axis, double scale, std::uint32_t token) const {
  const bool outermost = token == 0 || token + 1 == axis.bins;
  return outermost ? std::min(scale * grow_, axis.most) : std::max(scale * shrink_, axis.least);
}

double Zoom::scale(std::span<const double> memory, std::size_t d) const {
  return d < memory.size() && memory[d] > 0.0 ? memory[d] : axes_[d].first;
}

/// visit(place of the value, axis, scale) → its token, for all values, each dimension of a chunk in order of time.
/// memory: of the lanes, or empty.
template <class Visit>
void Zoom::walk(std::span<double> memory, std::size_t chunks, const Visit& visit) const {
  const std::size_t dim = axes_.size();
  assert(memory.empty() || memory.size() == chunks * dim);
  for (std::size_t i = 0; i < chunks; ++i) {
    const std::span<double> lane = memory.empty() ? memory : memory.subspan(i * dim, dim);
    for (std::size_t d = 0; d < dim; ++d) {
      double s = scale(lane, d);
      for (std::size_t step = 0; step < info_.chunk; ++step) {
        s = next(axes_[d], s, visit((i * info_.chunk + step) * dim + d, axes_[d], s));
      }
      if (!lane.empty()) lane[d] = s;
    }
  }
}

void Zoom::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  walk(context.memory, checked_chunks(info_, chunks, batch), [&](std::size_t v, const Axis& axis, double s) {
    return batch.tokens[v] = token(axis, s, static_cast<double>(chunks[v]));
  });
  std::ranges::fill(batch.lengths, static_cast<std::uint32_t>(info_.max_tokens));
}

void Zoom::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                  std::span<DecodeStatus> status) const noexcept {
  const std::size_t width = info_.max_tokens;
  for (std::size_t i = 0; i < status.size(); ++i) {
    status[i] = batch.lengths[i] == width ? DecodeStatus::exact : DecodeStatus::repaired;
  }
  walk(context.memory, batch.lengths.size(), [&](std::size_t v, const Axis& axis, double s) {
    const std::size_t chunk = v / width;
    const bool there = v % width < batch.lengths[chunk];
    const Token given = there ? batch.tokens[v] : axis.bins / 2, known = std::min(given, axis.bins - 1);
    if (given != known && !status.empty()) status[chunk] = DecodeStatus::repaired;
    chunks[v] = static_cast<float>(level(axis, s, known));
    return known;
  });
}

void Zoom::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  assert(actions.size() == out.size());
  require(actions.size() % info_.max_tokens == 0, "actions to quantize must be whole chunks");
  walk(context.memory, actions.size() / info_.max_tokens, [&](std::size_t v, const Axis& axis, double s) {
    const std::uint32_t k = token(axis, s, actions[v]);
    out[v] = level(axis, s, k);
    return k;
  });
}

std::size_t Zoom::count_saturated(std::span<const double> actions, const CodecContext& context) const {
  std::vector<double> memory(context.memory.begin(), context.memory.end());  // looking does not advance it
  std::size_t count = 0;
  walk(memory, actions.size() / info_.max_tokens, [&](std::size_t v, const Axis& axis, double s) {
    count += std::abs(actions[v] - axis.centre) > s ? 1 : 0;
    return token(axis, s, actions[v]);
  });
  return count;
}

std::vector<std::string> Zoom::memory_features() const {
  std::vector<std::string> names;
  for (std::size_t d = 0; d < axes_.size(); ++d) names.push_back(fmt::format("log scale of action {}", d));
  return names;
}

void Zoom::observe_memory(std::span<const double> memory, std::span<double> out) const {
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    out[d] = axes_[d].first > 0.0 ? std::log(scale(memory, d) / axes_[d].first) : 0.0;
  }
}

void Zoom::follow(std::span<const float> action, std::span<double> memory) const {
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    const double s = scale(memory, d);
    memory[d] = next(axes_[d], s, token(axes_[d], s, static_cast<double>(action[d])));
  }
}

nlohmann::ordered_json Zoom::save() const { return saved_with(info_, {{"low", range_.low}, {"high", range_.high}}); }

namespace {

std::unique_ptr<Quantizer> fit_zoom(const Spec& spec, const FitContext& context) {
  return Zoom::fit(read_options<ZoomConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_zoom(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<ZoomConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  return std::make_unique<Zoom>(config, chunk, saved_bounds(fields, dim));
}

}  // namespace

QuantizerEntry entry_zoom() {
  return {"zoom", "uniform cells on a scale that the tokens grow and shrink: few bits on an unstable plant",
          describe_options<ZoomConfig>(), fit_zoom, load_zoom};
}

}  // namespace pianola
