#include "pianola/quantizers/dither.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/dither_noise.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'dither'";
constexpr std::size_t kPairs = 128;  // whose noise is drawn together

UniformBins ends_of(int bins, std::size_t chunk, const ActionRange& range) {
  if (bins < 2 || bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, bins));
  }
  for (std::size_t d = 0; d < std::min(range.low.size(), range.high.size()); ++d) {
    require_bounds(kWho, d, range.low[d], range.high[d]);
  }
  UniformBinsConfig ends;
  ends.bins = bins;
  ends.representatives = "ends";
  return UniformBins(ends, chunk, range);
}

/// t of the header.
double place(double u, double low, double scale, double last) {
  const double t = (u - low) * scale, above = t > 0.0 ? t : 0.0;
  return above < last ? above : last;
}

}  // namespace

Dither::Dither(DitherConfig config, std::size_t chunk, const ActionRange& range)
    : config_(std::move(config)), ends_(ends_of(config_.bins, chunk, range)) {
  make_axes(range);
  read_levels();
  describe(chunk);
}

void Dither::make_axes(const ActionRange& range) {
  const std::size_t dim = range.low.size();
  const double steps = config_.bins - 1;
  for (std::size_t i = 0; i < dim + 2 * kPairs; ++i) {
    const std::size_t d = i % dim;
    const bool constant = ends_.info().vocabularies[d] == 1;
    const double length = range.high[d] - range.low[d];
    axes_.low.push_back(range.low[d]);
    axes_.scale.push_back(constant ? 0.0 : steps / length);
    axes_.last.push_back(constant ? 0.0 : steps);
    axes_.spacing.push_back(constant ? 0.0 : length / steps);
    axes_.first.push_back(static_cast<std::uint32_t>(d) * static_cast<std::uint32_t>(config_.bins));
  }
  spacings_.assign(axes_.spacing.begin(), axes_.spacing.begin() + static_cast<std::ptrdiff_t>(dim));
}

/// In double, from the one place that computes them: each is the level nearest to itself.
void Dither::read_levels() {
  const UniformBins step = ends_of(config_.bins, 1, ends_.range());
  const auto bins = static_cast<std::size_t>(config_.bins);
  std::vector<double> near(dim()), level(dim());
  levels_.resize(dim() * bins);
  for (std::size_t k = 0; k < bins; ++k) {
    for (std::size_t d = 0; d < dim(); ++d) near[d] = axes_.low[d] + static_cast<double>(k) * spacings_[d];
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
  info_.spec = canonical_spec("dither", config_, {"bins"});
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

bool Dither::has_noise(const CodecContext& context, std::size_t n) const noexcept {
  return context.key != nullptr && context.ids.size() == n && context.h.size() == n;
}

void Dither::require_noise(const CodecContext& context, std::size_t n) const {
  if (context.key == nullptr || has_noise(context, n)) return;
  throw UsageError(fmt::format("{}: noise of {} chunks needs as many ids and steps, got {} and {}", kWho, n,
                               context.ids.size(), context.h.size()));
}

/// visit(run) for all values of the flattened chunks, in runs whose noise lies in a row.
template <class Visit>
void Dither::with_noise(const CodecContext& context, std::size_t chunks, const Visit& visit) const noexcept {
  const bool noisy = has_noise(context, chunks);
  const std::size_t width = info_.max_tokens, pairs = dither_pairs(width), all = chunks * pairs;
  std::array<double, 2 * kPairs> noise;
  noise.fill(0.5);
  std::size_t value = 0, p = 0;  // p: place in the chunk
  for (std::size_t first = 0; first < all; first += kPairs) {
    const std::size_t numbers = 2 * std::min(kPairs, all - first);
    if (noisy) dither_noise(*context.key, context.ids, context.h, width, first, std::span(noise).first(numbers));
    for (std::size_t j = 0; j < numbers;) {
      const std::size_t run = std::min(width - p, numbers - j);  // to the chunk's end, or this block's
      visit(Run{value, p % dim(), run, &noise[j]});
      value += run;
      p = p + run < width ? p + run : 0;
      j += run + (p == 0 ? width % 2 : 0);  // the number that no value takes
    }
  }
}

/// ⌊t + U⌋. The sum may round up to the next whole number where U is close to 1, but not beyond the last level.
template <class Value>
void Dither::round(std::span<const Value> values, const Run& run, std::uint32_t* tokens) const noexcept {
  const Value* const u = &values[run.value];
  const double *low = &axes_.low[run.d], *scale = &axes_.scale[run.d], *last = &axes_.last[run.d];
  for (std::size_t i = 0; i < run.size; ++i) {
    const double sum = place(static_cast<double>(u[i]), low[i], scale[i], last[i]) + run.noise[i];
    tokens[i] = static_cast<std::uint32_t>(static_cast<std::int32_t>(sum < last[i] ? sum : last[i]));
  }
}

void Dither::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch);
  require_noise(context, n);
  with_noise(context, n, [&](const Run& run) { round(chunks, run, &batch.tokens[run.value]); });
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void Dither::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                    std::span<DecodeStatus> status) const noexcept {
  ends_.decode(batch, {}, chunks, status);
  if (!config_.subtractive || !has_noise(context, batch.lengths.size())) return;
  with_noise(context, batch.lengths.size(), [&](const Run& run) {
    const std::size_t chunk = run.value / info_.max_tokens, length = chunk * info_.max_tokens + batch.lengths[chunk];
    const std::size_t end = std::min(run.value + run.size, length);  // missing tokens keep their substitute
    for (std::size_t v = run.value; v < end; ++v) {
      const std::size_t i = v - run.value, d = run.d + i;
      const auto token = std::min(batch.tokens[v], static_cast<std::uint32_t>(axes_.last[d]));
      chunks[v] = static_cast<float>(levels_[axes_.first[d] + token] + (0.5 - run.noise[i]) * axes_.spacing[d]);
    }
  });
}

void Dither::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % info_.max_tokens == 0);
  const std::size_t n = actions.size() / info_.max_tokens;
  require_noise(context, n);
  std::array<std::uint32_t, 2 * kPairs> tokens;
  with_noise(context, n, [&](const Run& run) {
    round(actions, run, tokens.data());
    for (std::size_t i = 0; i < run.size; ++i) {
      const std::size_t d = run.d + i;
      const double level = levels_[axes_.first[d] + tokens[i]];
      out[run.value + i] = config_.subtractive ? level + (0.5 - run.noise[i]) * axes_.spacing[d] : level;
    }
  });
}

void Dither::targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const {
  assert(p.size() == info_.vocabularies[position]);
  const std::size_t d = position % dim();
  const double t = place(static_cast<double>(chunk[position]), axes_.low[d], axes_.scale[d], axes_.last[d]);
  const double whole = std::floor(t);
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
  return saved_with(info_, {{"low", ends_.range().low}, {"high", ends_.range().high}});
}

namespace {

std::unique_ptr<Quantizer> fit_dither(const Spec& spec, const FitContext& context) {
  return Dither::fit(read_options<DitherConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_dither(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<DitherConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  return std::make_unique<Dither>(config, chunk, ActionRange{fields.numbers("low", dim), fields.numbers("high", dim)});
}

}  // namespace

QuantizerEntry entry_dither() {
  return {"dither", "stochastic rounding between neighbouring levels: no bias, and smooth in total variation",
          describe_options<DitherConfig>(), fit_dither, load_dither};
}

}  // namespace pianola
