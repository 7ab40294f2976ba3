#include "pianola/quantizers/dither.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/dither_noise.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'dither'";
constexpr std::size_t kBlock = 256;  // values whose noise is drawn together

UniformBins ends_of(int bins, std::size_t chunk, const ActionRange& range) {
  if (bins < 2 || bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, bins));
  }
  for (std::size_t d = 0; d < std::min(range.low.size(), range.high.size()); ++d) {
    const double low = range.low[d], high = range.high[d];
    if (low <= high && low >= -kLargestRangeBound && high <= kLargestRangeBound) continue;
    throw UsageError(fmt::format("{}: the range of dimension {} must have low ≤ high within ±{:g}, not [{}, {}]", kWho,
                                 d, kLargestRangeBound, low, high));
  }
  UniformBinsConfig ends;
  ends.bins = bins;
  ends.representatives = "ends";
  return UniformBins(ends, chunk, range);
}

/// ⌊t + U⌋. The sum may round up to the next whole number where U is close to 1, but not beyond the last level.
std::uint32_t dithered(double t, double noise, double last) {
  return static_cast<std::uint32_t>(std::min(t + noise, last));
}

}  // namespace

Dither::Dither(DitherConfig config, std::size_t chunk, const ActionRange& range)
    : config_(std::move(config)), ends_(ends_of(config_.bins, chunk, range)) {
  const double steps = config_.bins - 1;
  for (std::size_t d = 0; d < range.low.size(); ++d) {
    const bool constant = ends_.info().vocabularies[d] == 1;
    const double length = range.high[d] - range.low[d];
    spacings_.push_back(constant ? 0.0 : length / steps);
    axes_.push_back({range.low[d], constant ? 0.0 : steps / length, constant ? 0.0 : steps});
  }
  read_levels();
  describe(chunk);
}

/// In double, from the one place that computes them: each is the level nearest to itself.
void Dither::read_levels() {
  const UniformBins step = ends_of(config_.bins, 1, ends_.range());
  const auto bins = static_cast<std::size_t>(config_.bins);
  std::vector<double> near(dim()), level(dim());
  levels_.resize(dim() * bins);
  for (std::size_t k = 0; k < bins; ++k) {
    for (std::size_t d = 0; d < dim(); ++d) near[d] = axes_[d].low + static_cast<double>(k) * spacings_[d];
    step.quantize(near, {}, level);
    for (std::size_t d = 0; d < dim(); ++d) levels_[d * bins + k] = level[d];
  }
}

void Dither::describe(std::size_t chunk) {
  double square = 0.0;
  for (std::size_t d = 0; d < dim(); ++d) {
    const double constant = 0.5 * (ends_.range().high[d] - ends_.range().low[d]);
    const double error = spacings_[d] == 0.0 ? constant : config_.subtractive ? 0.5 * spacings_[d] : spacings_[d];
    square += error * error;
  }
  Spec spec = write_spec("dither", config_);
  if (spec.find("bins") == nullptr) spec.options.insert(spec.options.begin(), {"bins", std::to_string(config_.bins)});
  info_.spec = spec.text();
  info_.action_dim = dim();
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim();
  info_.vocabularies = ends_.info().vocabularies;
  info_.epsilon_sup = std::sqrt(square);
  info_.random = true;
}

std::unique_ptr<Dither> Dither::fit(const DitherConfig& config, const FitContext& context) {
  return std::make_unique<Dither>(config, context.chunk, fit_range(config.range, context, kWho));
}

double Dither::place(double u, std::size_t d) const {
  const Axis& axis = axes_[d];
  const double t = (u - axis.low) * axis.scale;
  return t > 0.0 ? std::min(t, axis.last) : 0.0;
}

bool Dither::has_noise(const CodecContext& context, std::size_t n) const noexcept {
  return context.key != nullptr && context.ids.size() == n && context.h.size() == n;
}

void Dither::require_noise(const CodecContext& context, std::size_t n) const {
  if (context.key == nullptr || has_noise(context, n)) return;
  throw UsageError(fmt::format("{}: noise of {} chunks needs as many ids and steps, got {} and {}", kWho, n,
                               context.ids.size(), context.h.size()));
}

/// visit(i, d, U) for each value i of the flattened chunks.
template <class Visit>
void Dither::with_noise(const CodecContext& context, std::size_t values, const Visit& visit) const noexcept {
  const bool noisy = has_noise(context, values / info_.max_tokens);
  std::array<double, kBlock> noise;
  noise.fill(0.5);
  std::size_t d = 0;
  for (std::size_t first = 0; first < values; first += kBlock) {
    const std::size_t n = std::min(kBlock, values - first);
    if (noisy) {
      dither_noise(*context.key, context.ids, context.h, info_.max_tokens, first, std::span(noise).first(n));
    }
    for (std::size_t j = 0; j < n; ++j) {
      visit(first + j, d, noise[j]);
      d = d + 1 < dim() ? d + 1 : 0;
    }
  }
}

double Dither::decoded(std::size_t d, std::uint32_t token, double noise) const {
  const double level = levels_[d * static_cast<std::size_t>(config_.bins) + token];
  return config_.subtractive ? level + (0.5 - noise) * spacings_[d] : level;
}

void Dither::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch);
  require_noise(context, n);
  with_noise(context, chunks.size(), [&](std::size_t i, std::size_t d, double noise) {
    batch.tokens[i] = dithered(place(static_cast<double>(chunks[i]), d), noise, axes_[d].last);
  });
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void Dither::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                    std::span<DecodeStatus> status) const noexcept {
  ends_.decode(batch, {}, chunks, status);
  if (!config_.subtractive || !has_noise(context, batch.lengths.size())) return;
  with_noise(context, chunks.size(), [&](std::size_t i, std::size_t d, double noise) {
    const bool missing = i % info_.max_tokens >= batch.lengths[i / info_.max_tokens];
    const std::uint32_t last = info_.vocabularies[d] - 1;
    if (!missing) chunks[i] = static_cast<float>(decoded(d, std::min(batch.tokens[i], last), noise));
  });
}

void Dither::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % info_.max_tokens == 0);
  require_noise(context, actions.size() / info_.max_tokens);
  with_noise(context, actions.size(), [&](std::size_t i, std::size_t d, double noise) {
    out[i] = decoded(d, dithered(place(actions[i], d), noise, axes_[d].last), noise);
  });
}

void Dither::targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const {
  assert(p.size() == info_.vocabularies[position]);
  const double t = place(static_cast<double>(chunk[position]), position % dim()), whole = std::floor(t);
  const auto k = static_cast<std::size_t>(whole);
  std::fill(p.begin(), p.end(), 0.0F);
  p[k] = static_cast<float>(1.0 - (t - whole));
  if (t > whole) p[k + 1] = static_cast<float>(t - whole);
}

std::span<const float> Dither::levels(std::size_t position) const {
  if (config_.subtractive) return {};
  return ends_.levels(position);
}

void Dither::saturated(std::span<const double> actions, std::span<bool> flags) const {
  ends_.saturated(actions, flags);
}

nlohmann::ordered_json Dither::save() const {
  return {{"format_version", kQuantizerFormatVersion},
          {"spec", info_.spec},
          {"action_dim", info_.action_dim},
          {"chunk", info_.chunk},
          {"low", ends_.range().low},
          {"high", ends_.range().high}};
}

namespace {

std::unique_ptr<Quantizer> fit_dither(const Spec& spec, const FitContext& context) {
  return Dither::fit(read_options<DitherConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_dither(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = read_options<DitherConfig>(parse_spec(fields.text("spec")), kWho);
  const std::size_t dim = fields.count("action_dim", 1, kMaxChunkValues);
  const std::size_t chunk = fields.count("chunk", 1, kMaxChunkValues / dim);
  return std::make_unique<Dither>(config, chunk, ActionRange{fields.numbers("low", dim), fields.numbers("high", dim)});
}

}  // namespace

QuantizerEntry entry_dither() {
  return {"dither", "stochastic rounding between neighbouring levels: no bias, and smooth in total variation",
          describe_options<DitherConfig>(), fit_dither, load_dither};
}

}  // namespace pianola
