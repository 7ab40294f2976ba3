#include "pianola/quantizers/uniform_bins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/compatible_bins.hpp"
#include "pianola/quantizers/level_tokens.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
QuantizerEntry entry_uniform();

namespace {

constexpr const char* kWho = "quantizer 'uniform'";

UniformAxis::Kind kind_of(const std::string& name) {
  static const std::vector<std::string> known{"centre", "ends", "mean"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) throw_unknown_name(fmt::format("{}: representatives", kWho), name, known);
  return static_cast<UniformAxis::Kind>(found - known.begin());
}

std::uint32_t float_token(const UniformGrid& grid, std::size_t d, float u) {
  const float t = (u - grid.origin()[d]) * grid.scale()[d];
  return t > 0.0F ? static_cast<std::uint32_t>(std::min(t, grid.last()[d])) : 0;
}

/// Which bounds hold more of the data than a token of their own costs (uniform_bins.hpp).
std::vector<BoundAtoms> bound_atoms(const ActionSource& source, std::span<const UniformAxis> axes) {
  const std::size_t dim = axes.size();
  std::vector<std::uint64_t> at_low(dim), at_high(dim);
  const std::size_t rows = scan_actions(source, kWho, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const UniformAxis& axis = axes[i % dim];
      const double tolerance = UniformAxis::atom_tolerance(axis.low, axis.high);
      at_low[i % dim] += actions[i] <= axis.low + tolerance ? 1 : 0;
      at_high[i % dim] += actions[i] >= axis.high - tolerance ? 1 : 0;
    }
  });
  std::vector<BoundAtoms> atoms(dim);
  for (std::size_t d = 0; d < dim; ++d) {
    const std::uint64_t price = 2 * (std::uint64_t{axes[d].bins} - 1);
    const auto pays = [&](std::uint64_t n) { return axes[d].bins >= 3 && n >= 2 && n * price > rows - n; };
    atoms[d] = {pays(at_low[d]), pays(at_high[d])};
  }
  return atoms;
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

void UniformBins::check(std::size_t chunk) const {
  const std::size_t dim = range_.low.size();
  if (config_.bins < 2 || config_.bins > 65536) {
    throw UsageError(fmt::format("{}: option 'bins' must lie in 2 … 65536, not at {}", kWho, config_.bins));
  }
  if (config_.atoms && (kind_ == UniformAxis::Kind::ends || config_.bins < 3)) {
    throw UsageError(
        fmt::format("{}: option 'atoms' needs at least 3 bins, and centre or mean: 'ends' reaches the "
                    "bounds already",
                    kWho));
  }
  const bool whole = dim >= 1 && range_.high.size() == dim && (found_.bins.empty() || found_.bins.size() == dim) &&
                     (found_.atoms.empty() || found_.atoms.size() == dim);
  std::size_t most = found_.bins.empty() ? static_cast<std::size_t>(config_.bins) : 0;
  for (const std::uint32_t bins : found_.bins) most = std::max<std::size_t>(most, bins == 0 ? 65537 : bins);
  if (!whole || chunk < 1 || chunk > kMaxChunkValues / dim || most > 65536 || dim > UniformGrid::kMaxLevels / most) {
    throw UsageError(
        fmt::format("{}: {} dimensions in chunks of {} with {} bins are none or too many; {} levels and {} "
                    "values a chunk are the most",
                    kWho, dim, chunk, most, UniformGrid::kMaxLevels, kMaxChunkValues));
  }
}

void UniformBins::make_axes() {
  for (std::size_t d = 0; d < range_.low.size(); ++d) {
    const double low = range_.low[d], high = range_.high[d];
    require_bounds(kWho, d, low, high);
    const std::uint32_t bins = found_.bins.empty() ? static_cast<std::uint32_t>(config_.bins) : found_.bins[d];
    const BoundAtoms atoms = found_.atoms.empty() ? BoundAtoms() : found_.atoms[d];
    axes_.emplace_back(low, high, bins, kind_, atoms);
    stride_ = std::max<std::size_t>(stride_, bins);
  }
}

std::vector<double> UniformBins::data_means(const ActionSource& source) const {
  std::vector<double> means = representatives_;
  std::vector<std::uint64_t> counts(means.size());
  const std::size_t dim = axes_.size();
  scan_actions(source, kWho, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const UniformAxis& axis = axes_[i % dim];
      if (axis.constant) continue;
      const double u = std::clamp(actions[i], axis.low, axis.high);
      const std::uint32_t k = axis.token(u);
      if ((axis.atoms.low && k == 0) || (axis.atoms.high && k == axis.bins - 1)) continue;  // stands for the bound
      const std::size_t cell = i % dim * stride_ + k;
      if (counts[cell]++ == 0) means[cell] = u;
      means[cell] += (u - means[cell]) / static_cast<double>(counts[cell]);  // stays between the values of the cell
    }
  });
  return means;
}

void UniformBins::place_representatives(std::vector<double> given) {
  if (!given.empty() && (given.size() != axes_.size() * stride_ || kind_ != UniformAxis::Kind::mean)) {
    throw UsageError(fmt::format("{}: representatives are given for 'mean' only, {} × {} of them, not {}", kWho,
                                 axes_.size(), stride_, given.size()));
  }
  representatives_ = std::move(given);
  const bool even = representatives_.empty();
  representatives_.resize(axes_.size() * stride_);
  for (std::size_t i = 0; i < representatives_.size(); ++i) {
    const UniformAxis& axis = axes_[i / stride_];
    const auto k = std::min(static_cast<std::uint32_t>(i % stride_), axis.bins - 1);
    if (even) representatives_[i] = axis.even_representative(k);
    const double at = representatives_[i];
    if (even || (at >= axis.low && at <= axis.high && axis.token(at) == k)) continue;
    throw UsageError(fmt::format(
        "{}: representatives[{}], of token {} in dimension {}, must lie in its own cell of [{}, {}], not at {}", kWho,
        i, k, i / stride_, axis.low, axis.high, at));
  }
}

void UniformBins::make_grid() {
  std::vector<float> origin, scale;
  std::vector<std::uint32_t> bins;
  for (const UniformAxis& axis : axes_) {
    origin.push_back(static_cast<float>(axis.origin));
    scale.push_back(static_cast<float>(axis.scale));
    bins.push_back(axis.constant ? static_cast<std::uint32_t>(stride_) : axis.bins);  // alike where they can be
  }
  std::vector<float> levels(representatives_.begin(), representatives_.end());
  if (kind_ == UniformAxis::Kind::mean) {
    const UniformGrid cells(origin, scale, bins, levels);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const UniformAxis& axis = axes_[i / stride_];
      if (axis.bins == 1) continue;
      const auto k = std::min(static_cast<std::uint32_t>(i % stride_), axis.bins - 1);
      levels[i] = settled(cells, i / stride_, k, levels[i]);
    }
  }
  EvenLevels even;
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    const double first = representatives(d).front(), last = representatives(d).back();
    even.middle.push_back(std::midpoint(first, last));
    even.step.push_back(axes_[d].bins == 1 ? 0.0 : (last - first) / (axes_[d].bins - 1));
  }
  grid_ = std::make_unique<UniformGrid>(origin, scale, bins, std::move(levels), even);
}

bool UniformBins::is_projection() const {
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    for (std::uint32_t k = 0; k < axes_[d].bins; ++k) {
      if (axes_[d].token(representatives(d)[k]) != k) return false;
      if (float_token(*grid_, d, grid_->levels()[d * stride_ + k]) != k) return false;
    }
  }
  return true;
}

void UniformBins::describe(std::size_t chunk) {
  const std::size_t dim = axes_.size();
  double square = 0.0;
  for (std::size_t d = 0; d < dim; ++d) {
    const double error = axes_[d].largest_error(representatives(d));
    square = std::fma(error, error, square);
  }
  info_.spec = canonical_spec("uniform", config_, {"bins"});
  info_.action_dim = dim;
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) info_.vocabularies.push_back(axes_[p % dim].bins);
  info_.epsilon_sup = std::sqrt(square);
  info_.binning = true;
  info_.projection = is_projection();  // false only for cells that are finer than float32 resolves
}

UniformBins::UniformBins(UniformBinsConfig config, std::size_t chunk, ActionRange range, UniformFit found)
    : config_(std::move(config)),
      kind_(kind_of(config_.representatives)),
      range_(std::move(range)),
      found_(std::move(found)) {
  check(chunk);
  make_axes();
  place_representatives(std::move(found_.representatives));
  found_.representatives.clear();
  make_grid();
  describe(chunk);
}

std::unique_ptr<UniformBins> UniformBins::fit(const UniformBinsConfig& config, const FitContext& context) {
  const ActionRange range = fit_range(config.range, context, kWho);
  UniformFit found;
  if (!config.bits.bits.empty() || config.bits.total_bits != 0 || !config.bits.sensitivity.empty()) {
    found.bins = bins_per_dimension(config.bits, std::max(config.bins, 2), 16, context, kWho);
  }
  const bool means = config.representatives == "mean";
  if ((means || config.atoms) && context.data == nullptr) {
    throw UsageError(fmt::format("{}: '{}' needs data; give a dataset, or take centre or ends", kWho,
                                 means ? "representatives=mean" : "atoms=true"));
  }
  auto bins = std::make_unique<UniformBins>(config, context.chunk, range, found);
  if (config.atoms) {
    found.atoms = bound_atoms(*context.data, bins->axes_);
    bins = std::make_unique<UniformBins>(config, context.chunk, range, found);
  }
  if (!means) return bins;
  found.representatives = bins->data_means(*context.data);
  return std::make_unique<UniformBins>(config, context.chunk, range, found);
}

void UniformBins::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  encode_uniform(*grid_, chunks, batch.tokens);
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void UniformBins::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                         std::span<DecodeStatus> status) const noexcept {
  decode_levels(*grid_, info_, batch, chunks, status);
}

void UniformBins::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % info_.max_tokens == 0);
  const std::size_t dim = axes_.size();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t d = i % dim;
    out[i] = representatives_[d * stride_ + axes_[d].token(actions[i])];
  }
}

std::span<const float> UniformBins::levels(std::size_t position) const {
  const std::size_t d = position % axes_.size();
  return grid_->levels().subspan(d * stride_, axes_[d].bins);
}

std::vector<double> UniformBins::cell_widths(std::size_t position) const {
  return axes_[position % axes_.size()].cell_widths();
}

void UniformBins::saturated(std::span<const double> actions, std::span<bool> flags) const {
  flag_outside(range_, actions, flags);
}

nlohmann::ordered_json UniformBins::save() const {
  nlohmann::ordered_json saved = saved_with(info_, {{"low", range_.low}, {"high", range_.high}});
  if (!found_.bins.empty()) saved["bins_per_dimension"] = found_.bins;
  if (config_.atoms) {
    std::vector<int> atoms;  // 1: at low, 2: at high, 3: at both
    atoms.reserve(axes_.size());
    for (const UniformAxis& axis : axes_) atoms.push_back((axis.atoms.low ? 1 : 0) + (axis.atoms.high ? 2 : 0));
    saved["atoms"] = atoms;
  }
  if (kind_ == UniformAxis::Kind::mean) saved["representatives"] = representatives_;
  return saved;
}

namespace {

template <class Config>
bool is_option(const std::string& key) {
  const auto options = describe_options<Config>();
  return std::ranges::any_of(options, [&](const OptionHelp& option) { return option.name == key; });
}

/// Which options there are depends on `mode`; what is unknown to both is met with the names of all.
void check_options(const Spec& spec) {
  const std::string* const mode = spec.find("mode");
  for (const auto& [key, value] : spec.options) {
    const bool own = is_option<UniformBinsConfig>(key), other = is_option<CompatibleBinsConfig>(key);
    if (key.empty() || (mode != nullptr ? other : own)) continue;
    if (own) throw UsageError(fmt::format("{}: option '{}' does not go with mode={}; leave it out", kWho, key, *mode));
    if (other) throw UsageError(fmt::format("{}: option '{}' goes with mode=openvla or torchrl_tail", kWho, key));
    std::vector<std::string> known;
    for (const OptionHelp& option : entry_uniform().options) known.push_back(option.name);
    throw_unknown_name(fmt::format("{}: option", kWho), key, known);
  }
}

std::unique_ptr<Quantizer> fit_uniform(const Spec& spec, const FitContext& context) {
  check_options(spec);
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
  const auto [dim, chunk] = fields.chunk_shape();
  ActionRange range = saved_bounds(fields, dim);
  UniformFit found;
  std::size_t most = static_cast<std::size_t>(std::max(config.bins, 0));
  if (!config.bits.bits.empty()) {
    found.bins = fields.counts("bins_per_dimension", dim, 1, 65536);
    most = *std::max_element(found.bins.begin(), found.bins.end());
  }
  if (config.atoms) {
    for (const std::uint32_t a : fields.counts("atoms", dim, 0, 3)) found.atoms.push_back({a % 2 == 1, a >= 2});
  }
  if (config.representatives == "mean") found.representatives = fields.numbers("representatives", dim * most);
  return std::make_unique<UniformBins>(config, chunk, std::move(range), std::move(found));
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
