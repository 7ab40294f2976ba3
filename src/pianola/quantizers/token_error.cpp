#include "pianola/quantizers/token_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/statistics.hpp"
#include "pianola/quantizers/fast.hpp"

namespace pianola {
namespace {

double largest_step(const Quantizer& quantizer, std::span<const float> a, std::span<const float> b) {
  const std::size_t dim = quantizer.info().action_dim;
  const std::vector<double> wanted(b.begin(), b.end()), got(a.begin(), a.end());
  std::vector<double> errors(a.size());
  action_errors(quantizer, wanted, got, errors);
  double largest = 0.0;
  for (std::size_t at = 0; at < errors.size(); at += dim) {
    double square = 0.0;
    for (std::size_t d = 0; d < dim; ++d) square += errors[at + d] * errors[at + d];
    largest = std::max(largest, std::sqrt(square));
  }
  return largest;
}

/// 0 … count − 1 from a uniform number.
std::size_t pick_below(std::size_t count, double u) {
  return std::min(static_cast<std::size_t>(u * static_cast<double>(count)), count - 1);
}

}  // namespace

TokenErrors::TokenErrors(const Quantizer& quantizer, const NoiseKey& key, std::size_t chunks, std::size_t samples)
    : quantizer_(quantizer), fast_(dynamic_cast<const Fast*>(&quantizer)), key_(key.child("token_error")) {
  for (std::size_t s = 0; s < samples; ++s) picks_.push_back({pick_below(chunks, uniform(key_, s, 0, 0)), s});
  std::sort(picks_.begin(), picks_.end(),
            [](const Pick& a, const Pick& b) { return a.chunk != b.chunk ? a.chunk < b.chunk : a.sample < b.sample; });
}

void TokenErrors::visit(const ChunkBlock& block) {
  for (; next_ < picks_.size() && picks_[next_].chunk < seen_ + block.n; ++next_) {
    replace_one(block, picks_[next_].chunk - seen_, picks_[next_].sample);
  }
  seen_ += block.n;
}

std::size_t TokenErrors::draw_position(std::size_t length, std::size_t sample) const {
  const auto& vocabularies = quantizer_.info().vocabularies;
  std::vector<std::size_t> candidates;
  for (std::size_t p = 0; p < length; ++p) {
    if (vocabularies[p] > 1) candidates.push_back(p);
  }
  return candidates.empty() ? length : candidates[pick_below(candidates.size(), uniform(key_, sample, 0, 1))];
}

Token TokenErrors::draw_other(Token right, std::uint32_t vocabulary, std::size_t sample) const {
  const auto other = static_cast<Token>(pick_below(vocabulary - 1, uniform(key_, sample, 0, 2)));
  return other >= right ? other + 1 : other;
}

void TokenErrors::count_repairs(std::span<const Token> tokens) {
  const FastRepairs repairs = fast_->repairs(tokens);
  repaired_.missing_symbols += repairs.missing_symbols > 0 ? 1.0 : 0.0;
  repaired_.surplus_symbols += repairs.surplus_symbols > 0 ? 1.0 : 0.0;
  repaired_.unknown_tokens += repairs.unknown_tokens > 0 ? 1.0 : 0.0;
  repaired_.broken_bytes += repairs.broken_bytes > 0 ? 1.0 : 0.0;
}

void TokenErrors::replace_one(const ChunkBlock& block, std::size_t i, std::size_t sample) {
  const QuantizerInfo& info = quantizer_.info();
  std::uint32_t length = block.lengths[i];
  const std::size_t position = draw_position(length, sample);
  if (position == length) return;
  const auto row = block.tokens.subspan(i * info.max_tokens, info.max_tokens);
  std::vector<Token> tokens(row.begin(), row.end());
  tokens[position] = draw_other(row[position], info.vocabularies[position], sample);
  const auto before = block.context.memory.subspan(i * info.memory_size, info.memory_size);
  std::vector<double> memory(before.begin(), before.end());
  const std::size_t observed = block.context.observations.size() / block.n;
  const CodecContext context{block.context.key, block.context.ids.subspan(i, 1), block.context.h.subspan(i, 1), memory,
                             block.context.observations.subspan(i * observed, observed)};
  const std::size_t width = info.chunk * info.action_dim;
  std::vector<float> decoded(width);
  DecodeStatus status = DecodeStatus::exact;
  quantizer_.decode({tokens, std::span(&length, 1)}, context, decoded, std::span(&status, 1));
  undecodable_ += status != DecodeStatus::exact;
  if (fast_ != nullptr) count_repairs(std::span(tokens).first(length));
  errors_.push_back(largest_step(quantizer_, decoded, block.decoded.subspan(i * width, width)));
}

TokenError TokenErrors::result() const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (errors_.empty()) return {kNaN, kNaN, kNaN, 0};
  const auto n = static_cast<double>(errors_.size());
  TokenError error{quantile(errors_, 0.5), quantile(errors_, 0.9), static_cast<double>(undecodable_) / n,
                   errors_.size()};
  if (fast_ != nullptr) {
    error.fast = {repaired_.missing_symbols / n, repaired_.surplus_symbols / n, repaired_.unknown_tokens / n,
                  repaired_.broken_bytes / n};
  }
  return error;
}

}  // namespace pianola
