#include "pianola/quantizers/beast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/b_spline.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'beast'";
constexpr int kMostBases = 1024, kHighestDegree = 8;
constexpr double kLargestWeight = 1e38;  // ranges of actions are smaller by far; products stay finite

BeastConfig checked(BeastConfig config, std::size_t chunk, std::size_t dim) {
  const auto within = [](const char* option, int value, int low, int high) {
    if (value >= low && value <= high) return;
    throw UsageError(fmt::format("{}: option '{}' must lie in {} … {}, not at {}", kWho, option, low, high, value));
  };
  within("bases", config.bases, 1, kMostBases);
  within("degree", config.degree, 0, kHighestDegree);
  within("bins", config.bins, 2, 65536);
  for (const double d : config.gripper) {
    if (d == std::floor(d) && d >= -1.0 && d < static_cast<double>(dim)) continue;
    throw UsageError(fmt::format("{}: option 'gripper' must hold dimensions in -1 … {}, not {}", kWho, dim - 1, d));
  }
  if (dim < 1 || chunk < 1 || chunk > std::min(Beast::kMostSteps, kMaxChunkValues / dim)) {
    throw UsageError(fmt::format("{}: a chunk must have 1 … {} steps and at most {} values, not {} × {}", kWho,
                                 Beast::kMostSteps, kMaxChunkValues, chunk, dim));
  }
  return config;
}

bool is_gripper(const BeastConfig& config, std::size_t d, std::size_t dim) {
  return std::any_of(config.gripper.begin(), config.gripper.end(), [&](double g) {
    return static_cast<std::size_t>(g < 0.0 ? static_cast<double>(dim - 1) : g) == d;
  });
}

bool is_constant(double low, double high) { return !(high - low > 1e-7 * std::max(std::abs(low), std::abs(high))); }

}  // namespace

/// Scratch of one thread.
struct Beast::Workspace {
  explicit Workspace(const Beast& beast)
      : steps(beast.info_.chunk * StepMatrix::stride(beast.info_.action_dim)),
        weights(beast.bases_ * StepMatrix::stride(beast.info_.action_dim)) {
    for (const Splines& splines : beast.splines_) {
      fitted.resize(std::max(fitted.size(), splines.fit.result_size(beast.info_.action_dim)));
      sampled.resize(std::max(sampled.size(), splines.samples.result_size(beast.info_.action_dim)));
    }
  }
  std::vector<double> steps, weights, fitted, sampled;
};

std::size_t Beast::bases_of(const BeastConfig& config, std::size_t chunk) {
  return std::min<std::size_t>(static_cast<std::size_t>(std::max(config.bases, 1)), chunk);
}

void Beast::make_splines(std::size_t degree, std::vector<std::size_t> dimensions) {
  if (dimensions.empty()) return;
  const std::size_t chunk = info_.chunk;
  const auto samples = b_spline_samples(chunk, bases_, std::min(degree, bases_ - 1));
  const auto fit = least_squares_weights(samples, chunk, bases_);
  std::vector<double> residual(chunk), offset(chunk);
  for (std::size_t i = 0; i < chunk * chunk; ++i) {
    const std::size_t n = i / chunk, m = i % chunk;
    double entry = n == m ? 1.0 : 0.0;
    for (std::size_t b = 0; b < bases_; ++b) entry -= samples[n * bases_ + b] * fit[b * chunk + m];
    residual[n] += std::abs(entry);
    offset[n] += entry;
  }
  splines_.push_back({StepMatrix(bases_, chunk, fit), StepMatrix(chunk, bases_, samples), std::move(dimensions),
                      std::move(residual), std::move(offset)});
}

Beast::Beast(BeastConfig config, std::size_t chunk, ActionRange range, WeightRange weights)
    : config_(checked(std::move(config), chunk, range.low.size())),
      bases_(bases_of(config_, chunk)),
      range_(std::move(range)),
      weight_range_(std::move(weights)) {
  const std::size_t dim = range_.low.size();
  if (range_.high.size() != dim || weight_range_.low.size() != bases_ * dim ||
      weight_range_.high.size() != bases_ * dim) {
    throw UsageError(fmt::format("{}: {} dimensions with {} weights each need ranges of as many", kWho, dim, bases_));
  }
  for (std::size_t i = 0; i < bases_ * dim; ++i) {
    const double low = weight_range_.low[i], high = weight_range_.high[i];
    if (low <= high && low >= -kLargestWeight && high <= kLargestWeight) continue;
    throw UsageError(
        fmt::format("{}: the range of weight {} of dimension {} must have low ≤ high within ±{:g}, not "
                    "[{}, {}]",
                    kWho, i / dim, i % dim, kLargestWeight, low, high));
  }
  info_.action_dim = dim;
  info_.chunk = chunk;
  std::vector<std::size_t> smooth, grippers;
  for (std::size_t d = 0; d < dim; ++d) (is_gripper(config_, d, dim) ? grippers : smooth).push_back(d);
  make_splines(static_cast<std::size_t>(config_.degree), std::move(smooth));
  make_splines(0, std::move(grippers));
  describe();
}

/// Of a weight within its range: half a bin, or half of a range with one token.
double Beast::weight_error(std::size_t b, std::size_t d) const {
  const std::size_t at = b * info_.action_dim + d;
  const double half = 0.5 * (weight_range_.high[at] - weight_range_.low[at]);
  return info_.vocabularies[at] == 1 ? half : half / (config_.bins - 1);
}

double Beast::dimension_error(const Splines& splines, std::size_t d) const {
  const double middle = std::midpoint(range_.low[d], range_.high[d]), radius = 0.5 * (range_.high[d] - range_.low[d]);
  std::vector<double> weight_errors;
  for (std::size_t b = 0; b < bases_; ++b) weight_errors.push_back(weight_error(b, d));
  double worst = 0.0;
  for (std::size_t n = 0; n < info_.chunk; ++n) {
    double binned = 0.0;
    for (std::size_t b = 0; b < bases_; ++b) binned += splines.samples.at(n, b) * weight_errors[b];
    worst = std::max(worst, splines.residual[n] * radius + std::abs(splines.offset[n] * middle) + binned);
  }
  const double bound = std::max(std::abs(range_.low[d]), std::abs(range_.high[d]));
  return worst * (1.0 + 1e-9) + 0x1p-22 * (bound + worst);  // float32 in and out
}

void Beast::describe() {
  info_.spec = write_spec("beast", config_).text();
  info_.max_tokens = bases_ * info_.action_dim;
  for (std::size_t i = 0; i < info_.max_tokens; ++i) {
    const bool constant = is_constant(weight_range_.low[i], weight_range_.high[i]);
    info_.vocabularies.push_back(constant ? 1 : static_cast<std::uint32_t>(config_.bins));
  }
  double square = 0.0;
  for (const Splines& splines : splines_) {
    for (const std::size_t d : splines.dimensions) square += std::pow(dimension_error(splines, d), 2);
  }
  info_.epsilon_sup = std::sqrt(square);
}

Token Beast::token(double weight, std::size_t position) const {
  if (info_.vocabularies[position] == 1) return 0;
  const double low = weight_range_.low[position], high = weight_range_.high[position], last = config_.bins - 1;
  const double t = (weight - low) / (high - low) * last;
  return t > 0.0 ? static_cast<Token>(std::nearbyint(std::min(t, last))) : 0;
}

Beast::Levels Beast::levels_of(std::size_t position) const {
  const double low = weight_range_.low[position], high = weight_range_.high[position];
  if (info_.vocabularies[position] == 1) return {std::midpoint(low, high), 0.0};
  return {low, (high - low) / (config_.bins - 1)};
}

std::optional<ChunkCode> Beast::chunk_code() const {
  ChunkCode code;
  code.kind = ChunkCodeKind::beast;
  code.terms = bases_;
  code.matrix_of.resize(info_.action_dim);
  for (std::uint32_t i = 0; i < splines_.size(); ++i) {
    const std::span<const double> samples = splines_[i].samples.packed();
    code.matrices.insert(code.matrices.end(), samples.begin(), samples.end());
    for (const std::size_t d : splines_[i].dimensions) code.matrix_of[d] = i;
  }
  for (std::size_t p = 0; p < info_.max_tokens; ++p) {
    const auto [low, step] = levels_of(p);
    code.offset.push_back(low);
    code.factor.push_back(step);
  }
  return code;
}

void Beast::weights(std::span<const float> chunk, Workspace& workspace, std::span<double> out) const {
  const std::size_t dim = info_.action_dim, stride = StepMatrix::stride(dim);
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const std::size_t d = i % dim;
    workspace.steps[i / dim * stride + d] = std::max(range_.low[d], std::min(range_.high[d], double{chunk[i]}));
  }
  for (const Splines& splines : splines_) {
    splines.fit.multiply(workspace.steps.data(), info_.chunk, dim, workspace.fitted.data());
    for (std::size_t b = 0; b < bases_; ++b) {
      for (const std::size_t d : splines.dimensions) out[b * dim + d] = workspace.fitted[b * stride + d];
    }
  }
}

void Beast::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch), width = info_.chunk * info_.action_dim;
  Workspace workspace(*this);
  std::vector<double> w(info_.max_tokens);
  for (std::size_t i = 0; i < n; ++i) {
    weights(chunks.subspan(i * width, width), workspace, w);
    for (std::size_t p = 0; p < w.size(); ++p) batch.tokens[i * w.size() + p] = token(w[p], p);
    batch.lengths[i] = static_cast<std::uint32_t>(w.size());
  }
}

void Beast::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                   std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.chunk * info_.action_dim, most = info_.max_tokens;
  assert(batch.tokens.size() == n * most && chunks.size() == n * width);
  assert(status.empty() || status.size() == n);
  const std::size_t dim = info_.action_dim, stride = StepMatrix::stride(dim);
  Workspace workspace(*this);
  constexpr double kMost = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < n; ++i) {
    bool exact = batch.lengths[i] == most;
    for (std::size_t p = 0; p < most; ++p) {
      const Token last = info_.vocabularies[p] - 1;
      const Token token = p < batch.lengths[i] ? batch.tokens[i * most + p] : info_.vocabularies[p] / 2;
      exact = exact && token <= last;
      const auto [low, step] = levels_of(p);
      workspace.weights[p / dim * stride + p % dim] = low + static_cast<double>(std::min(token, last)) * step;
    }
    for (const Splines& splines : splines_) {
      splines.samples.multiply(workspace.weights.data(), bases_, dim, workspace.sampled.data());
      for (std::size_t h = 0; h < info_.chunk; ++h) {
        for (const std::size_t d : splines.dimensions) {
          const double u = std::max(-kMost, std::min(kMost, workspace.sampled[h * stride + d]));
          chunks[i * width + h * dim + d] = static_cast<float>(u);
        }
      }
    }
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

/// Whole chunks: also the dimensions whose weights leave their ranges.
void Beast::saturated(std::span<const double> actions, std::span<bool> flags) const {
  flag_outside(range_, actions, flags);
  const std::size_t width = info_.chunk * info_.action_dim, dim = info_.action_dim;
  if (actions.size() % width != 0) return;
  Workspace workspace(*this);
  std::vector<double> w(info_.max_tokens);
  std::vector<float> chunk(width);
  for (std::size_t first = 0; first < actions.size(); first += width) {
    std::copy_n(actions.begin() + static_cast<std::ptrdiff_t>(first), width, chunk.begin());
    weights(chunk, workspace, w);
    for (std::size_t p = 0; p < w.size(); ++p) {
      if (w[p] >= weight_range_.low[p] && w[p] <= weight_range_.high[p]) continue;
      for (std::size_t i = first + p % dim; i < first + width; i += dim) flags[i] = true;
    }
  }
}

std::unique_ptr<Beast> Beast::fit(const BeastConfig& given, const FitContext& context) {
  const std::size_t chunk = context.chunk, dim = context.action_dim, width = chunk * dim;
  const BeastConfig config = checked(given, chunk, dim);
  if (context.data == nullptr) {
    throw UsageError(fmt::format("{}: needs data for the ranges of its weights; give a dataset", kWho));
  }
  const ActionRange range = fit_range(config.range, context, kWho);
  const std::size_t count = bases_of(config, chunk) * dim;
  const Beast splines(config, chunk, range, {std::vector<double>(count), std::vector<double>(count)});
  WeightRange found{std::vector<double>(count, HUGE_VAL), std::vector<double>(count, -HUGE_VAL)};
  Workspace workspace(splines);
  std::vector<double> w(count);
  std::vector<float> values;
  scan_actions(*context.data, kWho, [&](std::span<const double> actions) {
    values.assign(actions.begin(), actions.end());
    for (std::size_t at = 0; at + width <= values.size(); at += dim) {
      splines.weights(std::span<const float>(values).subspan(at, width), workspace, w);
      for (std::size_t i = 0; i < count; ++i) {
        found.low[i] = std::min(found.low[i], w[i]);
        found.high[i] = std::max(found.high[i], w[i]);
      }
    }
  });
  if (found.low[0] > found.high[0]) {
    throw DataError(
        fmt::format("{}: every trajectory is shorter than a chunk of {} steps; take a smaller --chunk", kWho, chunk));
  }
  return std::make_unique<Beast>(config, chunk, range, std::move(found));
}

nlohmann::ordered_json Beast::save() const {
  return saved_with(info_, {{"low", range_.low},
                            {"high", range_.high},
                            {"weight_low", weight_range_.low},
                            {"weight_high", weight_range_.high}});
}

namespace {

std::unique_ptr<Quantizer> fit_beast(const Spec& spec, const FitContext& context) {
  return Beast::fit(read_options<BeastConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_beast(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<BeastConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  ActionRange range = saved_bounds(fields, dim);
  const std::size_t count = Beast::bases_of(config, chunk) * dim;
  WeightRange weights{fields.numbers("weight_low", count), fields.numbers("weight_high", count)};
  for (std::size_t i = 0; i < count; ++i) {
    const bool good = weights.low[i] <= weights.high[i] && std::abs(weights.low[i]) <= kLargestWeight &&
                      std::abs(weights.high[i]) <= kLargestWeight;
    if (!good) throw DataError(fmt::format("keys 'weight_low' and 'weight_high' hold no range at {}", i));
  }
  return std::make_unique<Beast>(config, chunk, std::move(range), std::move(weights));
}

}  // namespace

QuantizerEntry entry_beast() {
  return {"beast", "binned weights of a chunk's least-squares B-splines", describe_options<BeastConfig>(), fit_beast,
          load_beast};
}

}  // namespace pianola
