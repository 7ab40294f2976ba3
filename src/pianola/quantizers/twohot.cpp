#include "pianola/quantizers/twohot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/saved_fields.hpp"
#include "pianola/quantizers/smoothed_codebook.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'twohot'";
constexpr double kReach = 9.0;  // standard deviations beyond which a Gaussian's mass is below what float32 resolves

UniformBins cells_of(const TwoHotConfig& config, std::size_t chunk, const ActionRange& range) {
  if (config.bins < 2 || config.bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, config.bins));
  }
  UniformBinsConfig cells;
  cells.bins = config.bins;
  cells.representatives = checked_smoothing(config, kWho) == TwoHot::Smoothing::gaussian ? "centre" : "ends";
  return UniformBins(cells, chunk, range);
}

/// Tokens whose level may have mass: those within `reach` spacings of t.
struct Window {
  std::size_t first, end;
};

Window window(double t, double reach, std::size_t bins) {
  const double low = std::max(0.0, std::floor(t - reach)), high = std::min(static_cast<double>(bins), t + reach + 2.0);
  return {static_cast<std::size_t>(low), static_cast<std::size_t>(high)};
}

void normalise(std::span<float> p, const Window& at, double sum) {
  for (std::size_t k = at.first; k < at.end; ++k) p[k] = static_cast<float>(static_cast<double>(p[k]) / sum);
}

/// t = (u − first level)/Δ in 0 … K − 1.
void two_hot(double t, std::span<float> p) {
  const double whole = std::floor(t);
  const auto k = static_cast<std::size_t>(whole);
  p[k] = static_cast<float>(1.0 - (t - whole));
  if (t > whole) p[k + 1] = static_cast<float>(t - whole);
}

/// t = (u − low)/Δ in 0 … K; cell k is [k, k + 1]. The Gaussian's mass between 0 and K is Z = Σ of the cells' masses.
void gaussian(double t, double sigma, std::span<float> p) {
  const Window at = window(t, kReach * sigma, p.size());
  const double scale = 1.0 / (sigma * std::numbers::sqrt2);
  double sum = 0.0, below = std::erf((static_cast<double>(at.first) - t) * scale);
  for (std::size_t k = at.first; k < at.end; ++k) {
    const double above = std::erf((static_cast<double>(k + 1) - t) * scale);
    p[k] = static_cast<float>(above - below);
    sum += above - below;
    below = above;
  }
  normalise(p, at, sum);
}

/// t as of two_hot. Weights are relative to the nearest level's, so that no σ makes them all 0.
void spatial(double t, double sigma, std::span<float> p) {
  const Window at = window(t, kReach * sigma, p.size());
  const double nearest = t - std::round(t), scale = 0.5 / (sigma * sigma);
  double sum = 0.0;
  for (std::size_t k = at.first; k < at.end; ++k) {
    const double away = t - static_cast<double>(k), weight = std::exp((nearest * nearest - away * away) * scale);
    p[k] = static_cast<float>(weight);
    sum += weight;
  }
  normalise(p, at, sum);
}

}  // namespace

TwoHot::Smoothing checked_smoothing(const TwoHotConfig& config, std::string_view who) {
  static const std::vector<std::string> known{"twohot", "gaussian", "spatial"};
  const auto found = std::find(known.begin(), known.end(), config.smoothing);
  if (found == known.end()) throw_unknown_name(fmt::format("{}: smoothing", who), config.smoothing, known);
  if (!(config.sigma >= 0.01 && config.sigma <= 1000.0)) {
    throw UsageError(
        fmt::format("{}: option 'sigma' must lie in 0.01 … 1000 spacings of the levels, not at {}", who, config.sigma));
  }
  return static_cast<TwoHot::Smoothing>(found - known.begin());
}

TwoHot::TwoHot(TwoHotConfig config, std::size_t chunk, const ActionRange& range)
    : config_(std::move(config)),
      smoothing_(checked_smoothing(config_, kWho)),
      cells_(cells_of(config_, chunk, range)),
      info_(cells_.info()) {
  info_.spec = canonical_spec("twohot", config_, {"bins"});
}

std::unique_ptr<TwoHot> TwoHot::fit(const TwoHotConfig& config, const FitContext& context) {
  return std::make_unique<TwoHot>(config, context.chunk, fit_range(config.range, context, kWho));
}

void TwoHot::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  cells_.encode(chunks, context, batch);
}

void TwoHot::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                    std::span<DecodeStatus> status) const noexcept {
  cells_.decode(batch, context, chunks, status);
}

void TwoHot::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  cells_.quantize(actions, context, out);
}

void TwoHot::targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const {
  assert(p.size() == info_.vocabularies[position]);
  std::fill(p.begin(), p.end(), 0.0F);
  if (p.size() == 1) {
    p[0] = 1.0F;
    return;
  }
  const std::size_t d = position % info_.action_dim;
  const double low = cells_.range().low[d], high = cells_.range().high[d];
  const double share = (std::clamp(static_cast<double>(chunk[position]), low, high) - low) / (high - low);
  const auto bins = static_cast<double>(p.size());
  if (smoothing_ == Smoothing::gaussian) return gaussian(std::min(share * bins, bins), config_.sigma, p);
  const double t = std::min(share * (bins - 1.0), bins - 1.0);
  smoothing_ == Smoothing::spatial ? spatial(t, config_.sigma, p) : two_hot(t, p);
}

std::vector<double> TwoHot::cell_widths(std::size_t position) const { return cells_.cell_widths(position); }

void TwoHot::saturated(std::span<const double> actions, std::span<bool> flags) const {
  cells_.saturated(actions, flags);
}

nlohmann::ordered_json TwoHot::save() const {
  return saved_with(info_, {{"low", cells_.range().low}, {"high", cells_.range().high}});
}

namespace {

std::unique_ptr<Quantizer> fit_twohot(const Spec& spec, const FitContext& context) {
  const auto config = read_options<TwoHotConfig>(spec, kWho);
  if (!config.codebook.empty()) return SmoothedCodebook::fit(config, context);
  return TwoHot::fit(config, context);
}

std::unique_ptr<Quantizer> load_twohot(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<TwoHotConfig>(kWho);
  if (!config.codebook.empty()) return SmoothedCodebook::load(config, saved);
  const auto [dim, chunk] = fields.chunk_shape();
  return std::make_unique<TwoHot>(config, chunk, ActionRange{fields.numbers("low", dim), fields.numbers("high", dim)});
}

}  // namespace

QuantizerEntry entry_twohot() {
  return {"twohot", "soft targets for log-loss with mean decoding: two-hot, HL-Gauss or spatial smoothing",
          describe_options<TwoHotConfig>(), fit_twohot, load_twohot};
}

}  // namespace pianola
