#include "pianola/policies/token_law.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/base/dense.hpp"
#include "pianola/data/action_representation.hpp"

namespace pianola {

std::size_t largest_vocabulary(std::span<const std::uint32_t> vocabularies) {
  return vocabularies.empty() ? 0 : *std::ranges::max_element(vocabularies);
}

bool tokens_are_coordinates(const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  if (!info.fixed_length || info.max_tokens != chunk_coordinates(quantizer)) return false;
  for (std::size_t p = 0; p < info.max_tokens; ++p) {
    if (quantizer.levels(p).size() != info.vocabularies[p]) return false;
  }
  return true;
}

TokenLaw::TokenLaw(std::size_t vocabulary)
    : weights_(vocabulary), mask_(std::make_unique<bool[]>(vocabulary)), order_(vocabulary) {}

bool TokenLaw::set(std::span<const float> logits, double temperature, bool masked) {
  logits_ = logits;
  best_ = logits.size();
  for (std::size_t k = 0; k < logits.size(); ++k) {
    if (masked && !mask_[k]) continue;
    if (std::isnan(logits[k])) return false;
    if (best_ == logits.size() || logits[k] > logits[best_]) best_ = k;
  }
  if (best_ == logits.size() || !std::isfinite(logits[best_])) return false;
  inverse_temperature_ = 1.0 / temperature;
  softmax_weights(logits, logits[best_], temperature, weights_.data());
  for (std::size_t k = 0; masked && k < logits.size(); ++k) {
    if (!mask_[k]) weights_[k] = 0.0F;
  }
  sum_weights();
  return true;
}

void TokenLaw::sum_weights() {
  total_ = 0.0;
  for (std::size_t k = 0; k < logits_.size(); ++k) total_ += static_cast<double>(weights_[k]);
}

void TokenLaw::truncate(std::size_t top_k, double top_p) {
  const std::size_t size = logits_.size();
  if ((top_k == 0 || top_k >= size) && top_p >= 1.0) return;
  std::iota(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(size), Token{0});
  const std::span<Token> order(order_.data(), size);
  std::ranges::sort(
      order, [this](Token a, Token b) { return weights_[a] > weights_[b] || (weights_[a] == weights_[b] && a < b); });
  std::size_t kept = top_k == 0 ? size : std::min(top_k, size);
  double mass = 0.0, total = 0.0;
  for (std::size_t i = 0; i < kept; ++i) total += static_cast<double>(weights_[order[i]]);
  for (std::size_t i = 0; i < kept && top_p < 1.0; ++i) {
    mass += static_cast<double>(weights_[order[i]]);
    if (mass >= top_p * total) kept = i + 1;
  }
  for (const Token k : order.subspan(kept)) weights_[k] = 0.0F;
  sum_weights();
}

Token TokenLaw::at_quantile(double u) const {
  const double threshold = u * total_;
  double sum = 0.0;
  std::size_t last = best_;
  for (std::size_t k = 0; k < logits_.size(); ++k) {
    if (weights_[k] == 0.0F) continue;
    sum += static_cast<double>(weights_[k]);
    last = k;
    if (sum > threshold) break;
  }
  return static_cast<Token>(last);
}

double TokenLaw::mean(std::span<const float> levels) const {
  double sum = 0.0;
  for (std::size_t k = 0; k < logits_.size(); ++k) {
    sum += static_cast<double>(weights_[k]) * static_cast<double>(levels[k]);
  }
  return sum / total_;
}

double TokenLaw::log_probability(Token k) const {
  const double shifted = (static_cast<double>(logits_[k]) - static_cast<double>(logits_[best_])) * inverse_temperature_;
  return shifted - std::log(total_);
}

}  // namespace pianola
