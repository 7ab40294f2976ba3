#include "pianola/quantizers/smoothed_codebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'twohot' with a codebook";

void check_options(const TwoHotConfig& config) {
  if (checked_smoothing(config, kWho) != TwoHot::Smoothing::spatial) {
    throw UsageError(
        fmt::format("{}: needs smoothing=spatial, not '{}', which smooths over levels", kWho, config.smoothing));
  }
  TwoHotConfig own = config;
  own.smoothing = TwoHotConfig().smoothing;
  own.sigma = TwoHotConfig().sigma;
  own.codebook.clear();
  const Spec others = write_spec("twohot", own);
  if (others.options.empty()) return;
  throw UsageError(fmt::format("{}: option '{}' is the codebook's; write it into codebook='{}'", kWho,
                               others.options[0].first, config.codebook));
}

void check_codebook(const QuantizerInfo& info, bool scalar) {
  const bool single = info.fixed_length && (info.max_tokens == info.chunk || info.max_tokens == 1);
  const bool even = std::all_of(info.vocabularies.begin(), info.vocabularies.end(),
                                [&](std::uint32_t v) { return v == info.vocabularies[0]; });
  if (single && even && !scalar && info.finite_codebook && !info.random && info.memory_size == 0 &&
      info.vocabularies[0] <= SmoothedCodebook::kMaxCodes) {
    return;
  }
  throw UsageError(fmt::format(
      "{}: '{}' has no joint codes, up to {} of them and one token a step or chunk; take one such as kmeans:k=64", kWho,
      info.spec, SmoothedCodebook::kMaxCodes));
}

}  // namespace

SmoothedCodebook::SmoothedCodebook(TwoHotConfig config, std::unique_ptr<const Quantizer> codebook)
    : config_(std::move(config)), codebook_(std::move(codebook)), info_(codebook_->info()) {
  check_options(config_);
  check_codebook(info_, !codebook_->levels(0).empty() && info_.action_dim > 1);
  config_.codebook = info_.spec;
  info_.spec = write_spec("twohot", config_).text();
  size_ = info_.chunk * info_.action_dim / info_.max_tokens;
  read_codes();
  width_ = config_.sigma * median_spacing();
}

/// Decodes every token, in sequences that hold another token at each position: a scheme whose tokens decide together,
/// such as the layers of a residual one, is found out here.
void SmoothedCodebook::read_codes() {
  const std::size_t n = info_.vocabularies[0], width = info_.max_tokens;
  std::vector<Token> tokens(n * width);
  std::vector<std::uint32_t> lengths(n, static_cast<std::uint32_t>(width));
  std::vector<float> decoded(n * width * size_);
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<Token>((i / width + i % width) % n);
  codebook_->decode({tokens, lengths}, {}, decoded, {});
  codes_.resize(n * size_);
  for (std::size_t k = 0; k < n; ++k) std::copy_n(&decoded[k * width * size_], size_, &codes_[k * size_]);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (std::equal(&decoded[i * size_], &decoded[i * size_] + size_, &codes_[tokens[i] * size_])) continue;
    throw UsageError(fmt::format("{}: a token of '{}' does not stand for one code; take one such as kmeans:k=64", kWho,
                                 config_.codebook));
  }
}

double SmoothedCodebook::distance2(std::span<const float> u, std::size_t k) const {
  double sum = 0.0;
  for (std::size_t j = 0; j < size_; ++j) {
    const double away = static_cast<double>(u[j]) - static_cast<double>(codes_[k * size_ + j]);
    sum += away * away;
  }
  return sum;
}

/// Codes at the same place count once; 0 where all are.
double SmoothedCodebook::median_spacing() const {
  std::vector<double> nearest;
  const std::size_t n = codes_.size() / size_;
  for (std::size_t k = 0; k < n; ++k) {
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t other = 0; other < n; ++other) {
      const double square = distance2(std::span(codes_).subspan(k * size_, size_), other);
      if (square > 0.0) best = std::min(best, square);
    }
    if (std::isfinite(best)) nearest.push_back(std::sqrt(best));
  }
  if (nearest.empty()) return 0.0;
  const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
  std::nth_element(nearest.begin(), middle, nearest.end());
  return *middle;
}

std::unique_ptr<SmoothedCodebook> SmoothedCodebook::fit(const TwoHotConfig& config, const FitContext& context) {
  check_options(config);
  if (parse_spec(config.codebook).name == "twohot") {
    throw UsageError(fmt::format("{}: '{}' is no codebook; take one such as kmeans:k=64", kWho, config.codebook));
  }
  return std::make_unique<SmoothedCodebook>(config, make_quantizer(config.codebook, context));
}

std::unique_ptr<SmoothedCodebook> SmoothedCodebook::load(const TwoHotConfig& config,
                                                         const nlohmann::ordered_json& saved) {
  const auto found = saved.find("codebook");
  if (found == saved.end()) throw DataError("key 'codebook' is missing");
  const auto inner = found->is_object() ? found->find("spec") : found->end();
  const bool named = found->is_object() && inner != found->end() && inner->is_string();
  if (!named || inner->get<std::string>() != config.codebook || parse_spec(config.codebook).name == "twohot") {
    throw DataError(fmt::format("key 'codebook' must be a saved '{}', as the key 'spec' says", config.codebook));
  }
  return std::make_unique<SmoothedCodebook>(config, load_quantizer(*found, "key 'codebook'"));
}

void SmoothedCodebook::encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const {
  codebook_->encode(chunks, context, batch);
}

void SmoothedCodebook::decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
                              std::span<DecodeStatus> status) const noexcept {
  codebook_->decode(batch, context, chunks, status);
}

void SmoothedCodebook::quantize(std::span<const double> actions, const CodecContext& context,
                                std::span<double> out) const {
  codebook_->quantize(actions, context, out);
}

void SmoothedCodebook::allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept {
  codebook_->allowed(prefix, mask);
}

void SmoothedCodebook::targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const {
  assert(p.size() == info_.vocabularies[position]);
  if (width_ == 0.0) return codebook_->targets(chunk, position, p);
  const std::span<const float> u = chunk.subspan(position * size_, size_);
  double nearest = std::numeric_limits<double>::infinity(), sum = 0.0;
  for (std::size_t k = 0; k < p.size(); ++k) nearest = std::min(nearest, distance2(u, k));
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double weight = std::exp((nearest - distance2(u, k)) / (2.0 * width_ * width_));
    p[k] = static_cast<float>(weight);
    sum += weight;
  }
  for (float& share : p) share = static_cast<float>(static_cast<double>(share) / sum);
}

void SmoothedCodebook::saturated(std::span<const double> actions, std::span<bool> flags) const {
  codebook_->saturated(actions, flags);
}

nlohmann::ordered_json SmoothedCodebook::save() const {
  return {{"format_version", kQuantizerFormatVersion}, {"spec", info_.spec}, {"codebook", codebook_->save()}};
}

}  // namespace pianola
