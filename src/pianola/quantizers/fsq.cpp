#include "pianola/quantizers/fsq.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/data/order_statistics.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/fsq_options.hpp"
#include "pianola/quantizers/level_tokens.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'fsq'";
constexpr std::size_t kBlock = 256;  // chunks whose digits are held at a time

/// Range of each latent over the sample, by quantiles; 0: least and largest.
LatentRange latent_range(std::span<const float> latents, std::size_t dim, double quantile) {
  const std::vector<double> p{quantile, 1.0 - quantile};
  LatentRange range;
  std::vector<double> of_latent(latents.size() / dim);
  for (std::size_t d = 0; d < dim; ++d) {
    for (std::size_t i = 0; i < of_latent.size(); ++i) of_latent[i] = latents[i * dim + d];
    const std::vector<double> ends = exact_quantiles(of_latent, p);
    range.low.push_back(ends[0]);
    range.high.push_back(ends[1]);
  }
  return range;
}

}  // namespace

// ---------------------------------------------------------------- making one

Fsq::Fsq(FsqConfig config, ChunkEncoder encoder, LatentRange range)
    : config_(std::move(config)), encoder_(std::move(encoder)), range_(std::move(range)) {
  check_range();
  const EncoderShape& shape = encoder_.shape();
  const std::vector<std::uint32_t> levels = fsq_levels(config_);
  const FsqVariant variant = fsq_variant(config_.variant, kWho);
  const std::size_t ranges = range_.low.size();
  for (std::size_t j = 0; j < shape.latent; ++j) {
    const std::uint32_t wide = levels[j % levels.size()];
    const std::size_t r = ranges == 0 ? 0 : j % ranges;
    const bool fixed = ranges != 0 && is_point(range_.low[r], range_.high[r], wide);
    codes_.emplace_back(fixed ? 1 : FsqCode(wide, variant).levels(), variant);
  }
  if (config_.packed) {
    const bool whole = identity() ? levels.size() == shape.width() : levels.size() == 1;
    group_ = whole ? shape.latent : identity() ? shape.action_dim : levels.size();
  }
  if (identity()) {
    const std::size_t period = levels.size() > shape.action_dim ? shape.latent : shape.action_dim;
    grid_ = std::make_unique<FsqGrid>(range_, std::span(codes_).first(period), kWho);
  }
  describe();
}

void Fsq::check_range() const {
  const EncoderShape& shape = encoder_.shape();
  const EncoderShape wanted = fsq_shape(config_, shape.action_dim, shape.chunk);
  const std::size_t ranges = shape.kind == EncoderKind::identity ? shape.action_dim
                             : shape.kind == EncoderKind::pca    ? shape.latent
                                                                 : 0;
  if (wanted.kind != shape.kind || wanted.latent != shape.latent || range_.low.size() != ranges ||
      range_.high.size() != ranges) {
    throw UsageError(fmt::format("{}: encoder and ranges must be those of its options, with {} ranges", kWho, ranges));
  }
  for (std::size_t j = 0; j < ranges; ++j) {
    const double low = range_.low[j], high = range_.high[j];
    if (usable_bounds(low, high)) continue;
    throw UsageError(fmt::format("{}: 'low' and 'high' must have low ≤ high within ±{:g}; number {} has [{}, {}]", kWho,
                                 kLargestRangeBound, j, low, high));
  }
}

/// Of token p: the product of its digits' levels.
std::uint32_t Fsq::vocabulary_of(std::size_t p) const {
  std::size_t vocabulary = 1;
  for (std::size_t j = p * group_; j < (p + 1) * group_; ++j) {
    vocabulary *= codes_[j].levels();
    if (vocabulary <= kMostPacked) continue;
    throw UsageError(
        fmt::format("{}: {} digits in one token make a vocabulary beyond {}; leave out packed, or take fewer levels",
                    kWho, group_, kMostPacked));
  }
  return static_cast<std::uint32_t>(vocabulary);
}

void Fsq::describe() {
  const EncoderShape& shape = encoder_.shape();
  FsqConfig shown = config_;
  if (shown.levels == FsqConfig().levels) shown.levels = fmt::format("{}", fmt::join(fsq_levels(config_), "x"));
  info_.spec = write_spec("fsq", shown).text();
  info_.action_dim = shape.action_dim;
  info_.chunk = shape.chunk;
  info_.max_tokens = shape.latent / group_;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) info_.vocabularies.push_back(vocabulary_of(p));
  if (!identity()) return;
  info_.epsilon_sup = grid_->largest_error(shape.action_dim);
  info_.binning = true;
  info_.projection = grid_->is_projection();
}

std::unique_ptr<Fsq> Fsq::fit(const FsqConfig& config, const FitContext& context) {
  const EncoderShape shape = fsq_shape(config, context.action_dim, context.chunk);
  const FsqVariant variant = fsq_variant(config.variant, kWho);
  if (shape.kind == EncoderKind::identity) {
    const ActionRange range = fit_range(config.range, context, kWho);
    return std::make_unique<Fsq>(config, ChunkEncoder(shape, {}, kWho), LatentRange{range.low, range.high});
  }
  if (context.data == nullptr) {
    throw UsageError(fmt::format("{}: encoder={} is fitted to data; give a dataset, or an expert to collect from", kWho,
                                 config.encoder.encoder));
  }
  const ChunkSample sample = sample_chunks(*context.data, context.chunk, kWho);
  const std::vector<std::uint32_t> levels = fsq_levels(config);
  ScalarBottleneck bottleneck;
  for (std::size_t j = 0; j < shape.latent; ++j) bottleneck.codes.emplace_back(levels[j % levels.size()], variant);
  FittedEncoder fitted = fit_encoder(shape, config.encoder, bottleneck, sample, context, kWho);
  LatentRange range;
  if (shape.kind == EncoderKind::pca) {
    range = latent_range(encode_sample(fitted.encoder, sample), shape.latent, config.range.quantile);
  }
  return std::make_unique<Fsq>(config, std::move(fitted.encoder), std::move(range));
}

// ---------------------------------------------------------------- chunks to digits and back

double Fsq::normalised(std::size_t j, double z) const noexcept {
  return (2.0 * z - range_.low[j] - range_.high[j]) / (range_.high[j] - range_.low[j]);
}

void Fsq::encode_latents(std::span<const float> chunks, std::span<std::uint32_t> digits) const {
  std::vector<float> latents(digits.size());
  encoder_.encode(chunks, latents);
  const bool learned = range_.low.empty();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t j = i % codes_.size();
    const double z = static_cast<double>(latents[i]);
    if (codes_[j].levels() == 1) {
      digits[i] = 0;
    } else {
      digits[i] = learned ? codes_[j].digit(z) : codes_[j].clipped_digit(normalised(j, z));
    }
  }
}

void Fsq::encode_digits(std::span<const float> chunks, std::span<std::uint32_t> digits) const {
  if (identity()) {
    encode_uniform(grid_->kernel(), chunks, digits);
  } else {
    encode_latents(chunks, digits);
  }
}

void Fsq::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch), width = info_.chunk * info_.action_dim;
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
  if (identity() && group_ == 1) {
    encode_digits(chunks, batch.tokens);
    return;
  }
  const std::size_t latent = codes_.size();
  std::vector<std::uint32_t> digits(std::min(n, kBlock) * latent);
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    encode_digits(chunks.subspan(first * width, rows * width), std::span(digits).first(rows * latent));
    const auto tokens = batch.tokens.subspan(first * info_.max_tokens, rows * info_.max_tokens);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const std::size_t from = t % info_.max_tokens * group_;
      std::uint32_t token = 0;
      for (std::size_t j = group_; j-- > 0;) token = token * codes_[from + j].levels() + digits[t * group_ + j];
      tokens[t] = token;
    }
  }
}

double Fsq::latent_of(std::size_t j, std::uint32_t digit) const noexcept {
  if (range_.low.empty()) return codes_[j].value(digit);
  return std::midpoint(range_.low[j], range_.high[j]) +
         0.5 * (range_.high[j] - range_.low[j]) * codes_[j].position(digit);
}

/// Digits of one chunk; false if any token had to be repaired.
bool Fsq::unpack(std::span<const Token> tokens, std::uint32_t length, std::span<std::uint32_t> digits) const noexcept {
  bool exact = length == info_.max_tokens;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) {
    const bool there = p < length;
    exact = exact && (!there || tokens[p] < info_.vocabularies[p]);
    std::uint32_t rest = there ? std::min(tokens[p], info_.vocabularies[p] - 1) : 0;
    for (std::size_t j = p * group_; j < (p + 1) * group_; ++j) {
      const std::uint32_t levels = codes_[j].levels();
      digits[j] = there ? rest % levels : levels / 2;
      rest /= levels;
    }
  }
  return exact;
}

void Fsq::decode_digits(std::span<std::uint32_t> digits, std::span<float> chunks) const noexcept {
  if (identity()) {
    decode_uniform(grid_->kernel(), std::span<const std::uint32_t>(digits), chunks);
    return;
  }
  std::vector<float> latents(digits.size());
  for (std::size_t i = 0; i < digits.size(); ++i) {
    latents[i] = static_cast<float>(latent_of(i % codes_.size(), digits[i]));
  }
  encoder_.decode(latents, chunks);
}

void Fsq::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                 std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.chunk * info_.action_dim, most = info_.max_tokens;
  assert(batch.tokens.size() == n * most && chunks.size() == n * width);
  if (identity() && group_ == 1) {
    decode_levels(grid_->kernel(), info_, batch, chunks, status);
    return;
  }
  const std::size_t latent = codes_.size();
  std::vector<std::uint32_t> digits(std::min(n, kBlock) * latent);
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    for (std::size_t i = 0; i < rows; ++i) {
      const bool exact = unpack(batch.tokens.subspan((first + i) * most, most), batch.lengths[first + i],
                                std::span(digits).subspan(i * latent, latent));
      if (!status.empty()) status[first + i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
    }
    decode_digits(std::span(digits).first(rows * latent), chunks.subspan(first * width, rows * width));
  }
}

void Fsq::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  if (!identity()) {
    Quantizer::quantize(actions, context, out);
    return;
  }
  assert(actions.size() == out.size() && actions.size() % (info_.chunk * info_.action_dim) == 0);
  grid_->quantize(actions, out);
}

// ---------------------------------------------------------------- what a scalar token means

std::span<const float> Fsq::levels(std::size_t position) const {
  if (!identity() || group_ != 1) return {};
  return grid_->levels(position % grid_->period());
}

std::vector<TokenRun> Fsq::token_runs() const {
  const std::size_t digits = identity() ? grid_->period() : encoder_.shape().latent;
  return {{info_.max_tokens, std::max<std::size_t>(digits / group_, 1), identity() && digits == info_.action_dim}};
}

std::vector<double> Fsq::cell_widths(std::size_t position) const {
  if (!identity() || group_ != 1) return {};
  return grid_->cell_widths(position % grid_->period());
}

void Fsq::saturated(std::span<const double> actions, std::span<bool> flags) const {
  assert(actions.size() == flags.size());
  if (identity()) {
    flag_outside({range_.low, range_.high}, actions, flags);
    return;
  }
  std::fill(flags.begin(), flags.end(), false);
  const std::size_t width = info_.chunk * info_.action_dim, latent = codes_.size();
  if (range_.low.empty() || actions.size() % width != 0) return;
  const std::vector<float> chunks(actions.begin(), actions.end());
  std::vector<float> latents(actions.size() / width * latent);
  encoder_.encode(chunks, latents);
  for (std::size_t i = 0; i < latents.size(); ++i) {
    const double z = static_cast<double>(latents[i]);
    if (z >= range_.low[i % latent] && z <= range_.high[i % latent]) continue;
    const auto chunk = flags.subspan(i / latent * width, width);
    std::fill(chunk.begin(), chunk.end(), true);
  }
}

// ---------------------------------------------------------------- saved

nlohmann::ordered_json Fsq::save() const {
  nlohmann::ordered_json saved = saved_with(info_);
  if (!range_.low.empty()) {
    saved["low"] = range_.low;
    saved["high"] = range_.high;
  }
  encoder_.save(saved);
  return saved;
}

namespace {

std::unique_ptr<Quantizer> fit_fsq(const Spec& spec, const FitContext& context) {
  return Fsq::fit(read_options<FsqConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_fsq(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<FsqConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  const EncoderShape shape = fsq_shape(config, dim, chunk);
  LatentRange range;
  if (shape.kind != EncoderKind::mlp) {
    const std::size_t size = shape.kind == EncoderKind::identity ? dim : shape.latent;
    range = {fields.numbers("low", size), fields.numbers("high", size)};
  }
  return std::make_unique<Fsq>(config, ChunkEncoder::load(shape, fields, kWho), std::move(range));
}

}  // namespace

QuantizerEntry entry_fsq() {
  return {"fsq", "finite scalar quantization, canonical or openpi's, of actions or latents",
          describe_options<FsqConfig>(), fit_fsq, load_fsq};
}

}  // namespace pianola
