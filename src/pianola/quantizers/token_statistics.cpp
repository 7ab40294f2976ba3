#include "pianola/quantizers/token_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace pianola {
namespace {

constexpr std::uint32_t kLargestDense = 1 << 16;

double entropy_term(std::uint64_t count) {
  const auto c = static_cast<double>(count);
  return count == 0 ? 0.0 : c * std::log2(c);
}

}  // namespace

void TokenStatistics::Counts::add(Token token) {
  ++total;
  if (sparse) {
    ++map[token];
    return;
  }
  if (token >= dense.size()) dense.resize(std::size_t{token} + 1);
  ++dense[token];
}

std::size_t TokenStatistics::Counts::used() const {
  const auto seen = std::count_if(dense.begin(), dense.end(), [](std::uint64_t c) { return c > 0; });
  return map.size() + static_cast<std::size_t>(seen);
}

double TokenStatistics::Counts::entropy() const {
  if (total == 0) return 0.0;
  double sum = 0.0;
  for (const std::uint64_t count : dense) sum += entropy_term(count);
  for (const auto& [token, count] : map) sum += entropy_term(count);
  const auto n = static_cast<double>(total);
  return std::max(0.0, std::log2(n) - sum / n);
}

TokenStatistics::TokenStatistics(const Quantizer& quantizer)
    : vocabularies_(quantizer.info().vocabularies),
      lag_(quantizer.levels(0).empty() ? vocabularies_.size() : quantizer.info().action_dim),
      counts_(vocabularies_.size()) {
  for (std::size_t p = 0; p < counts_.size(); ++p) counts_[p].sparse = vocabularies_[p] > kLargestDense;
}

void TokenStatistics::count_repeats(std::span<const Token> tokens) {
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    if (p >= lag_) {
      ++followers_;
      repeats_ += tokens[p] == tokens[p - lag_];
      continue;
    }
    const std::size_t before = p + vocabularies_.size() - lag_;  // in the chunk before
    if (before >= previous_.size()) continue;
    ++followers_;
    repeats_ += tokens[p] == previous_[before];
  }
}

void TokenStatistics::add(std::span<const Token> tokens) {
  for (std::size_t p = 0; p < tokens.size(); ++p) counts_[p].add(tokens[p]);
  count_repeats(tokens);
  previous_.assign(tokens.begin(), tokens.end());
  max_ = std::max(max_, tokens.size());
  ++chunks_;
}

double TokenStatistics::token_total() const {
  return std::accumulate(counts_.begin(), counts_.end(), 0.0,
                         [](double sum, const Counts& c) { return sum + static_cast<double>(c.total); });
}

double TokenStatistics::mean_tokens() const { return token_total() / static_cast<double>(chunks_); }

double TokenStatistics::bits() const {
  double sum = 0.0;
  for (std::size_t p = 0; p < counts_.size(); ++p) {
    sum += static_cast<double>(counts_[p].total) * std::log2(static_cast<double>(vocabularies_[p]));
  }
  return sum / static_cast<double>(chunks_);
}

double TokenStatistics::entropy() const {
  double sum = 0.0;
  for (const Counts& counts : counts_) sum += static_cast<double>(counts.total) * counts.entropy();
  return sum / static_cast<double>(chunks_);
}

double TokenStatistics::perplexity() const { return std::exp2(entropy() / mean_tokens()); }

double TokenStatistics::used_fraction() const {
  double used = 0.0, all = 0.0;
  for (std::size_t p = 0; p < counts_.size(); ++p) {
    used += static_cast<double>(counts_[p].used());
    all += vocabularies_[p];
  }
  return used / all;
}

double TokenStatistics::repeat_rate() const {
  if (followers_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(repeats_) / static_cast<double>(followers_);
}

}  // namespace pianola
