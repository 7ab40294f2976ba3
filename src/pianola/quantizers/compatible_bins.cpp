#include "pianola/quantizers/compatible_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'uniform'";

bool takes_mask(CompatibleMode mode) { return mode == CompatibleMode::openvla || mode == CompatibleMode::torchrl_tail; }

/// Ascends with the float32 number.
std::uint32_t key_of(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}
float number_of(std::uint32_t key) { return std::bit_cast<float>((key >> 31) != 0 ? key & 0x7FFFFFFFU : ~key); }

/// The least float32 number whose token is at least k; infinite if there is none.
float first_of_token(const CompatibleAxis& original, std::uint32_t k) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  std::uint32_t below = key_of(-kLargest), reached = key_of(kLargest);
  if (original.token(-kLargest) >= k) return -kLargest;
  if (original.token(kLargest) < k) return HUGE_VALF;
  while (reached - below > 1) {
    const std::uint32_t middle = below + (reached - below) / 2;
    (original.token(number_of(middle)) >= k ? reached : below) = middle;
  }
  return number_of(reached);
}

BinAxis table_of(CompatibleMode mode, std::uint32_t bins, const CompatibleAxis::Facts& facts) {
  const CompatibleAxis original(mode, bins, facts);
  BinAxis axis{facts.normalised ? facts.low : -1.0, facts.normalised ? facts.high : 1.0, {}, {}};
  for (std::uint32_t k = 0; k < bins; ++k) {
    if (k > 0) axis.edges.push_back(first_of_token(original, k));
    axis.representatives.push_back(original.representative(k));
  }
  // The others give the bound a token of its own, where there is no density.
  axis.density = (mode == CompatibleMode::octo || mode == CompatibleMode::torchrl || mode == CompatibleMode::openpi) &&
                 static_cast<float>(facts.low) < static_cast<float>(facts.high);
  return axis;
}

void check_options(const CompatibleBinsConfig& config, std::size_t dim) {
  const CompatibleMode mode = compatible_mode(config.mode);
  if (config.bins < 2 || config.bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, config.bins));
  }
  if (!takes_mask(mode) && (config.vocab != 0 || !config.mask.empty())) {
    throw UsageError(fmt::format("{}: options 'vocab' and 'mask' go with mode=openvla and mode=torchrl_tail, not {}",
                                 kWho, config.mode));
  }
  const std::size_t most = EdgeBins::kMaxLevels / dim;
  if (config.vocab != 0 && (config.vocab < config.bins || static_cast<std::size_t>(config.vocab) > most)) {
    throw UsageError(
        fmt::format("{}: option 'vocab' must be 0 or lie in {} … {} (bins to 2²⁴ over the dimensions), not "
                    "at {}",
                    kWho, config.bins, most, config.vocab));
  }
  if (config.mask.empty()) return;
  const bool binary =
      std::all_of(config.mask.begin(), config.mask.end(), [](double m) { return m == 0.0 || m == 1.0; });
  if (config.mask.size() != dim || !binary) {
    throw UsageError(fmt::format("{}: option 'mask' needs a 0 or 1 for each of {} dimensions", kWho, dim));
  }
}

std::vector<BinAxis> tables_of(const CompatibleBinsConfig& config, std::size_t chunk,
                               std::span<const CompatibleAxis::Facts> facts) {
  EdgeBins::check_size(facts.size(), static_cast<std::size_t>(std::max(config.bins, 1)), chunk, kWho);
  check_options(config, facts.size());
  std::vector<BinAxis> axes;
  for (std::size_t d = 0; d < facts.size(); ++d) {
    require_bounds(kWho, d, facts[d].low, facts[d].high);
    CompatibleAxis::Facts seen = facts[d];
    seen.normalised = config.mask.empty() || config.mask[d] == 1.0;
    axes.push_back(table_of(compatible_mode(config.mode), static_cast<std::uint32_t>(config.bins), seen));
  }
  return axes;
}

/// The range that the mode takes where none is asked for.
RangeOptions range_options(const CompatibleBinsConfig& config) {
  RangeOptions range = config.range;
  const CompatibleMode mode = compatible_mode(config.mode);
  const bool quantiles = takes_mask(mode) || mode == CompatibleMode::openpi;
  if (quantiles && range.range == "auto" && range.quantile == 0.0 && range.low.empty() && range.high.empty()) {
    range.quantile = 0.01;
  }
  return range;
}

}  // namespace

CompatibleBins::CompatibleBins(const CompatibleBinsConfig& config, std::size_t chunk,
                               std::vector<CompatibleAxis::Facts> facts)
    : EdgeBins(canonical_spec("uniform", config, {"bins"}), chunk, tables_of(config, chunk, facts), Levels::as_given,
               kWho),
      config_(config),
      bins_(static_cast<Token>(config.bins)),
      vocab_(static_cast<Token>(config.vocab)),
      facts_(std::move(facts)) {
  if (vocab_ == 0) return;
  std::fill(info_.vocabularies.begin(), info_.vocabularies.end(), vocab_);
  for (std::size_t d = 0; d < facts_.size(); ++d) {
    const std::span<const float> of_tokens = EdgeBins::levels(d);
    for (Token id = 0; id < vocab_; ++id) id_levels_.push_back(of_tokens[vocab_ - 1 - std::max(id, first_id())]);
  }
}

std::unique_ptr<CompatibleBins> CompatibleBins::fit(const CompatibleBinsConfig& config, const FitContext& context) {
  check_options(config, context.action_dim);
  const ActionRange range = fit_range(range_options(config), context, kWho);
  ActionRange extremes = range;
  const bool by_data = compatible_mode(config.mode) == CompatibleMode::openvla && context.data != nullptr;
  if (by_data) extremes = data_range(*context.data, kWho);
  std::vector<CompatibleAxis::Facts> facts;
  for (std::size_t d = 0; d < range.low.size(); ++d) {
    facts.push_back({range.low[d], range.high[d], true, extremes.low[d] == extremes.high[d]});
  }
  return std::make_unique<CompatibleBins>(config, context.chunk, std::move(facts));
}

void CompatibleBins::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  EdgeBins::encode(chunks, context, batch);
  if (vocab_ == 0) return;
  for (Token& token : batch.tokens) token = vocab_ - 1 - token;
}

void CompatibleBins::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                            std::span<DecodeStatus> status) const noexcept {
  if (vocab_ == 0) return EdgeBins::decode(batch, context, chunks, status);
  const std::size_t n = batch.lengths.size(), width = info_.max_tokens;
  assert(batch.tokens.size() == n * width && chunks.size() == n * width);
  for (std::size_t i = 0; i < n; ++i) {
    bool exact = batch.lengths[i] == width;
    for (std::size_t p = 0; p < width; ++p) {
      const Token middle = vocab_ - 1 - bins_ / 2, id = p < batch.lengths[i] ? batch.tokens[i * width + p] : middle;
      exact = exact && id >= first_id() && id < vocab_;
      chunks[i * width + p] = EdgeBins::levels(p)[vocab_ - 1 - std::clamp(id, first_id(), vocab_ - 1)];
    }
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

void CompatibleBins::allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept {
  const bool more = prefix.size() < info_.max_tokens;
  const Token first = vocab_ == 0 ? 0 : first_id();
  for (std::size_t id = 0; id < mask.size(); ++id) mask[id] = more && id >= first;
}

std::span<const float> CompatibleBins::levels(std::size_t position) const {
  if (vocab_ == 0) return EdgeBins::levels(position);
  return std::span(id_levels_).subspan(position % facts_.size() * vocab_, vocab_);
}

std::vector<double> CompatibleBins::cell_widths(std::size_t position) const {
  return vocab_ == 0 ? EdgeBins::cell_widths(position) : std::vector<double>();  // most ids have no cell
}

nlohmann::ordered_json CompatibleBins::save() const {
  std::vector<double> low, high;
  std::vector<int> constant;
  for (const CompatibleAxis::Facts& facts : facts_) {
    low.push_back(facts.low), high.push_back(facts.high);
    constant.push_back(facts.constant ? 1 : 0);
  }
  return saved_with(info_, {{"low", low}, {"high", high}, {"constant", constant}});
}

std::unique_ptr<Quantizer> load_compatible_bins(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<CompatibleBinsConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  const std::vector<double> low = fields.numbers("low", dim), high = fields.numbers("high", dim);
  const std::vector<std::uint32_t> constant = fields.counts("constant", dim, 0, 1);
  std::vector<CompatibleAxis::Facts> facts(dim);
  for (std::size_t d = 0; d < dim; ++d) facts[d] = {low[d], high[d], true, constant[d] == 1};
  return std::make_unique<CompatibleBins>(config, chunk, std::move(facts));
}

}  // namespace pianola
