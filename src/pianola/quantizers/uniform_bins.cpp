#include "pianola/quantizers/uniform_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/compatible_bins.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'uniform'";
constexpr double kLargestScale = 1e36;  // in tokens per action unit: float32 holds it and its products

UniformBins::Representatives representatives_of(const std::string& name) {
  static const std::vector<std::string> known{"centre", "ends", "mean"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) throw_unknown_name(fmt::format("{}: representatives", kWho), name, known);
  return static_cast<UniformBins::Representatives>(found - known.begin());
}

/// (i·high + (n − i)·low)/n, the same bits on every processor: both products take part in a fused sum, so that no
/// compiler has anything left to fuse. Exact at both ends, and 0 in the middle of a range that is symmetric about 0.
double between(double low, double high, std::uint32_t i, std::uint32_t n) {
  if (i == 0) return low;
  if (i == n) return high;
  const double up = i, down = n - i;
  return 0.5 * (std::fma(up, high, down * low) + std::fma(down, low, up * high)) / n;
}

std::uint32_t float_token(const UniformGrid& grid, std::size_t d, float u) {
  const float t = (u - grid.origin()[d]) * grid.scale()[d];
  return t > 0.0F ? static_cast<std::uint32_t>(std::min(t, static_cast<float>(grid.bins() - 1))) : 0;
}

/// `level`, or a neighbouring float that lies in cell k where rounding has pushed it over the cell's edge.
float settled(const UniformGrid& grid, std::size_t d, std::uint32_t k, float level) {
  const float wanted = level;
  for (int step = 0; step < 8; ++step) {
    const std::uint32_t token = float_token(grid, d, level);
    if (token == k) return level;
    level = std::nextafter(level, token < k ? HUGE_VALF : -HUGE_VALF);
  }
  return wanted;
}

}  // namespace

std::uint32_t UniformBins::Axis::token(double u, std::uint32_t last) const {
  const double t = (u - origin) * scale;
  return t > 0.0 ? static_cast<std::uint32_t>(std::min(t, static_cast<double>(last))) : 0;
}

UniformBins::Axis UniformBins::make_axis(double low, double high) const {
  const double cells = kind_ == Representatives::ends ? config_.bins - 1 : config_.bins;
  const double width = (high - low) / cells;
  const bool constant = static_cast<float>(low) == static_cast<float>(high) || width < 1.0 / kLargestScale;
  if (constant) return {low, high, low, 0.0};
  return {low, high, kind_ == Representatives::ends ? low - 0.5 * width : low, cells / (high - low)};
}

double UniformBins::even_representative(const Axis& axis, std::uint32_t k) const {
  if (axis.scale == 0.0) return std::midpoint(axis.low, axis.high);
  if (kind_ == Representatives::ends) return between(axis.low, axis.high, k, bins() - 1);
  return between(axis.low, axis.high, 2 * k + 1, 2 * bins());
}

double UniformBins::largest_error(std::size_t d) const {
  const Axis& axis = axes_[d];
  const double length = axis.high - axis.low;
  if (axis.scale == 0.0) return 0.5 * length;
  if (kind_ == Representatives::ends) return 0.5 * length / (bins() - 1);
  double error = 0.5 * length / bins();
  if (kind_ == Representatives::centre) return error;
  for (std::uint32_t k = 0; k < bins(); ++k) {
    const double at = representatives_[d * bins() + k];
    error = std::max(
        {error, at - between(axis.low, axis.high, k, bins()), between(axis.low, axis.high, k + 1, bins()) - at});
  }
  return error;
}

std::vector<double> UniformBins::data_means(const ActionSource& source) const {
  std::vector<double> means = representatives_;
  std::vector<std::uint64_t> counts(means.size());
  const std::size_t dim = axes_.size();
  scan_actions(source, kWho, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const Axis& axis = axes_[i % dim];
      if (axis.scale == 0.0) continue;
      const double u = std::clamp(actions[i], axis.low, axis.high);
      const std::size_t cell = i % dim * bins() + axis.token(u, bins() - 1);
      if (counts[cell]++ == 0) means[cell] = u;
      means[cell] += (u - means[cell]) / static_cast<double>(counts[cell]);  // stays between the values of the cell
    }
  });
  return means;
}

void UniformBins::place_representatives(std::vector<double> given) {
  if (!given.empty() && (given.size() != axes_.size() * bins() || kind_ != Representatives::mean)) {
    throw UsageError(fmt::format("{}: representatives are given for 'mean' only, {} × {} of them, not {}", kWho,
                                 axes_.size(), bins(), given.size()));
  }
  representatives_ = std::move(given);
  const bool even = representatives_.empty();
  representatives_.resize(axes_.size() * bins());
  for (std::size_t i = 0; i < representatives_.size(); ++i) {
    const Axis& axis = axes_[i / bins()];
    const auto k = static_cast<std::uint32_t>(i % bins());
    if (even) representatives_[i] = even_representative(axis, k);
    const double at = representatives_[i];
    const bool inside = at >= axis.low && at <= axis.high && (axis.scale == 0.0 || axis.token(at, bins() - 1) == k);
    if (!even && !inside) {
      throw UsageError(fmt::format(
          "{}: representatives[{}], of token {} in dimension {}, must lie in its own cell of [{}, {}], not at {}", kWho,
          i, k, i / bins(), axis.low, axis.high, at));
    }
  }
}

void UniformBins::make_grid() {
  std::vector<float> origin, scale;
  for (const Axis& axis : axes_) {
    origin.push_back(static_cast<float>(axis.origin));
    scale.push_back(static_cast<float>(axis.scale));
  }
  std::vector<float> levels(representatives_.begin(), representatives_.end());
  if (kind_ == Representatives::mean) {
    const UniformGrid cells(origin, scale, bins(), levels);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (axes_[i / bins()].scale == 0.0) continue;
      levels[i] = settled(cells, i / bins(), static_cast<std::uint32_t>(i % bins()), levels[i]);
    }
  }
  grid_ = std::make_unique<UniformGrid>(origin, scale, bins(), std::move(levels));
}

bool UniformBins::is_projection() const {
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    for (std::uint32_t k = 0; k < vocabulary(d); ++k) {
      const std::size_t i = d * bins() + k;
      if (axes_[d].token(representatives_[i], bins() - 1) != k) return false;
      if (float_token(*grid_, d, grid_->levels()[i]) != k) return false;
    }
  }
  return true;
}

void UniformBins::describe(std::size_t chunk) {
  const std::size_t dim = axes_.size();
  double square = 0.0;
  for (std::size_t d = 0; d < dim; ++d) square = std::fma(largest_error(d), largest_error(d), square);
  Spec spec = write_spec("uniform", config_);
  if (spec.find("bins") == nullptr) spec.options.insert(spec.options.begin(), {"bins", std::to_string(config_.bins)});
  info_.spec = spec.text();
  info_.action_dim = dim;
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) info_.vocabularies.push_back(vocabulary(p % dim));
  info_.epsilon_sup = std::sqrt(square);
  info_.binning = true;
  info_.projection = is_projection();  // false only for cells that are finer than float32 resolves
}

UniformBins::UniformBins(UniformBinsConfig config, std::size_t chunk, ActionRange range,
                         std::vector<double> representatives)
    : config_(std::move(config)), kind_(representatives_of(config_.representatives)), range_(std::move(range)) {
  const std::size_t dim = range_.low.size();
  if (config_.bins < 2 || config_.bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, config_.bins));
  }
  if (dim < 1 || range_.high.size() != dim || chunk < 1 || chunk > kMaxChunkValues / dim ||
      dim > UniformGrid::kMaxLevels / bins()) {
    throw UsageError(
        fmt::format("{}: {} dimensions in chunks of {} with {} bins are none or too many; {} levels and {} "
                    "values a chunk are the most",
                    kWho, dim, chunk, config_.bins, UniformGrid::kMaxLevels, kMaxChunkValues));
  }
  for (std::size_t d = 0; d < dim; ++d) {
    const double low = range_.low[d], high = range_.high[d];
    if (!(low <= high && low >= -kLargestRangeBound && high <= kLargestRangeBound)) {
      throw UsageError(fmt::format("{}: the range of dimension {} must have low ≤ high within ±{:g}, not [{}, {}]",
                                   kWho, d, kLargestRangeBound, low, high));
    }
    axes_.push_back(make_axis(low, high));
  }
  place_representatives(std::move(representatives));
  make_grid();
  describe(chunk);
}

std::unique_ptr<UniformBins> UniformBins::fit(const UniformBinsConfig& config, const FitContext& context) {
  auto bins = std::make_unique<UniformBins>(config, context.chunk, fit_range(config.range, context, kWho));
  if (bins->kind_ != Representatives::mean) return bins;
  if (context.data == nullptr) {
    throw UsageError(
        fmt::format("{}: 'representatives=mean' needs data; give a dataset, or take centre or ends", kWho));
  }
  return std::make_unique<UniformBins>(config, context.chunk, bins->range_, bins->data_means(*context.data));
}

void UniformBins::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  encode_uniform(*grid_, chunks, batch.tokens);
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void UniformBins::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                         std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.max_tokens;
  assert(batch.tokens.size() == n * width && chunks.size() == n * width);
  assert(status.empty() || status.size() == n);
  const bool whole =
      std::all_of(batch.lengths.begin(), batch.lengths.end(), [&](std::uint32_t l) { return l == width; });
  if (whole) decode_uniform(*grid_, batch.tokens, chunks);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t length = std::min<std::size_t>(batch.lengths[i], width);
    const std::span<const Token> tokens = batch.tokens.subspan(i * width, length);
    if (!whole) {
      decode_uniform(*grid_, tokens, chunks.subspan(i * width, length));
      for (std::size_t p = length; p < width; ++p) chunks[i * width + p] = levels(p)[info_.vocabularies[p] / 2];
    }
    if (!status.empty())
      status[i] = batch.lengths[i] == width && known(tokens) ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

bool UniformBins::known(std::span<const Token> tokens) const noexcept {
  bool all = true;
  for (std::size_t p = 0; p < tokens.size(); ++p) all &= tokens[p] < info_.vocabularies[p];
  return all;
}

void UniformBins::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % info_.max_tokens == 0);
  const std::size_t dim = axes_.size();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t d = i % dim;
    out[i] = representatives_[d * bins() + axes_[d].token(actions[i], bins() - 1)];
  }
}

std::span<const float> UniformBins::levels(std::size_t position) const {
  const std::size_t d = position % axes_.size();
  return grid_->levels().subspan(d * bins(), vocabulary(d));
}

std::vector<double> UniformBins::cell_widths(std::size_t position) const {
  const Axis& axis = axes_[position % axes_.size()];
  if (axis.scale == 0.0) return {};
  const bool ends = kind_ == Representatives::ends;
  const double width = (axis.high - axis.low) / (ends ? bins() - 1 : bins());
  std::vector<double> widths(bins(), width);
  if (ends) widths.front() = widths.back() = 0.5 * width;
  return widths;
}

void UniformBins::saturated(std::span<const double> actions, std::span<bool> flags) const {
  assert(actions.size() == flags.size());
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const Axis& axis = axes_[i % axes_.size()];
    flags[i] = actions[i] < axis.low || actions[i] > axis.high;
  }
}

nlohmann::ordered_json UniformBins::save() const {
  nlohmann::ordered_json saved{{"format_version", kQuantizerFormatVersion},
                               {"spec", info_.spec},
                               {"action_dim", info_.action_dim},
                               {"chunk", info_.chunk},
                               {"low", range_.low},
                               {"high", range_.high}};
  if (kind_ == Representatives::mean) saved["representatives"] = representatives_;
  return saved;
}

namespace {

std::unique_ptr<Quantizer> fit_uniform(const Spec& spec, const FitContext& context) {
  if (spec.find("mode") != nullptr) {
    return CompatibleBins::fit(read_options<CompatibleBinsConfig>(spec, kWho), context);
  }
  return UniformBins::fit(read_options<UniformBinsConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_uniform(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const Spec spec = parse_spec(fields.text("spec"));
  if (spec.find("mode") != nullptr) return load_compatible_bins(saved);
  const auto config = read_options<UniformBinsConfig>(spec, kWho);
  const std::size_t dim = fields.count("action_dim", 1, kMaxChunkValues);
  const std::size_t chunk = fields.count("chunk", 1, kMaxChunkValues / dim);
  ActionRange range{fields.numbers("low", dim), fields.numbers("high", dim)};
  std::vector<double> representatives;
  if (config.representatives == "mean") {
    representatives = fields.numbers("representatives", dim * static_cast<std::size_t>(std::max(config.bins, 0)));
  }
  return std::make_unique<UniformBins>(config, chunk, std::move(range), std::move(representatives));
}

}  // namespace

QuantizerEntry entry_uniform() {
  std::vector<OptionHelp> options = describe_options<UniformBinsConfig>();
  for (const OptionHelp& option : describe_options<CompatibleBinsConfig>()) {
    const auto same = [&](const OptionHelp& known) { return known.name == option.name; };
    if (std::none_of(options.begin(), options.end(), same)) options.push_back(option);
  }
  return {"uniform", "equal bins for each action dimension by itself", options, fit_uniform, load_uniform};
}

}  // namespace pianola
