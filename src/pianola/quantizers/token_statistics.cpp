#include "pianola/quantizers/token_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "pianola/quantizers/token_order.hpp"

namespace pianola {
namespace {

constexpr std::uint32_t kLargestDense = 1 << 16;
constexpr double kEnough = 2.0;  // tokens a code: if all were alike, 86 % would be seen
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double entropy_term(std::uint64_t count) {
  const auto c = static_cast<double>(count);
  return count == 0 ? 0.0 : c * std::log2(c);
}

}  // namespace

// ---------------------------------------------------------------- one code

void TokenStatistics::Counts::add(Token token) {
  ++total;
  if (sparse) {
    ++map[token];
    return;
  }
  if (token >= dense.size()) dense.resize(std::size_t{token} + 1);
  ++dense[token];
}

std::uint64_t TokenStatistics::Counts::of(Token token) const {
  if (!sparse) return token < dense.size() ? dense[token] : 0;
  const auto found = map.find(token);
  return found == map.end() ? 0 : found->second;
}

std::size_t TokenStatistics::Counts::seen(std::uint64_t times) const {
  const auto is = [&](std::uint64_t c) { return times == 0 ? c > 0 : c == times; };
  const auto listed = std::ranges::count_if(dense, is);
  const auto mapped = std::ranges::count_if(map, [&](const auto& entry) { return is(entry.second); });
  return static_cast<std::size_t>(listed + mapped);
}

double TokenStatistics::Counts::plain_entropy() const {
  if (total == 0) return 0.0;
  double sum = 0.0;
  for (const std::uint64_t count : dense) sum += entropy_term(count);
  for (const auto& [token, count] : map) sum += entropy_term(count);
  const auto n = static_cast<double>(total);
  return std::max(0.0, std::log2(n) - sum / n);
}

double TokenStatistics::Counts::entropy() const {
  if (total == 0) return 0.0;
  const double missing = static_cast<double>(seen(0) - 1) / (2.0 * static_cast<double>(total) * std::numbers::ln2);
  const double plain = plain_entropy();
  return std::max(plain, std::min(plain + missing, std::log2(static_cast<double>(vocabulary))));
}

double TokenStatistics::Counts::expected() const {
  const auto once = static_cast<double>(seen(1)), twice = static_cast<double>(seen(2));
  const double found = static_cast<double>(seen(0)) + 0.5 * once * (once - 1.0) / (twice + 1.0);
  return std::min(found, static_cast<double>(vocabulary));
}

// ---------------------------------------------------------------- all

TokenStatistics::TokenStatistics(const Quantizer& quantizer) : vocabularies_(quantizer.info().vocabularies) {
  for (const TokenRun& run : token_runs_of(quantizer)) {
    const std::size_t first = places_.size(), codes = counts_.size();
    for (std::size_t i = 0; i < run.positions; ++i) {
      const std::size_t last = run.positions - run.period + i;  // of the chunk before
      const bool in_chunk = run.by_step && i >= run.period;
      const std::size_t before = in_chunk ? i - run.period : run.by_step ? last : i;
      places_.push_back({codes + i % run.period, first + before, in_chunk});
    }
    counts_.resize(codes + std::min(run.period, run.positions));
  }
  for (std::size_t p = 0; p < places_.size(); ++p) {
    Counts& counts = counts_[places_[p].code];
    counts.vocabulary = std::max(counts.vocabulary, vocabularies_[p]);
    counts.sparse = counts.vocabulary > kLargestDense;
  }
}

void TokenStatistics::count_repeats(std::span<const Token> tokens) {
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    const Place& place = places_[p];
    const std::span<const Token> chunk = place.in_chunk ? tokens : std::span<const Token>(previous_);
    if (place.before >= chunk.size()) continue;
    ++followers_;
    repeats_ += tokens[p] == chunk[place.before];
  }
}

void TokenStatistics::add(std::span<const Token> tokens) {
  for (std::size_t p = 0; p < tokens.size(); ++p) counts_[places_[p].code].add(tokens[p]);
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
  for (const Counts& counts : counts_) {
    sum += static_cast<double>(counts.total) * std::log2(static_cast<double>(counts.vocabulary));
  }
  return sum / static_cast<double>(chunks_);
}

double TokenStatistics::entropy() const {
  double sum = 0.0;
  for (const Counts& counts : counts_) sum += static_cast<double>(counts.total) * counts.entropy();
  return sum / static_cast<double>(chunks_);
}

double TokenStatistics::entropy_correction() const {
  double sum = 0.0;
  for (const Counts& counts : counts_) {
    sum += static_cast<double>(counts.total) * (counts.entropy() - counts.plain_entropy());
  }
  return sum / static_cast<double>(chunks_);
}

double TokenStatistics::code_length(std::span<const Token> tokens) const {
  double bits = 0.0;
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    const Counts& counts = counts_[places_[p].code];
    bits += std::log2(static_cast<double>(counts.total) / static_cast<double>(counts.of(tokens[p])));
  }
  return bits;
}

double TokenStatistics::perplexity() const { return std::exp2(entropy() / mean_tokens()); }

double TokenStatistics::used_fraction() const {
  double used = 0.0, all = 0.0;
  for (const Counts& counts : counts_) {
    used += static_cast<double>(counts.seen(0));
    all += counts.vocabulary;
  }
  return used / all;
}

double TokenStatistics::expected_fraction() const {
  double used = 0.0, all = 0.0;
  for (const Counts& counts : counts_) {
    if (static_cast<double>(counts.total) < kEnough * counts.vocabulary) continue;
    used += counts.expected();
    all += counts.vocabulary;
  }
  return all > 0.0 ? used / all : kNaN;
}

double TokenStatistics::tokens_per_code() const {
  double least = std::numeric_limits<double>::infinity();
  for (const Counts& counts : counts_) {
    least = std::min(least, static_cast<double>(counts.total) / static_cast<double>(counts.vocabulary));
  }
  return least;
}

double TokenStatistics::repeat_rate() const {
  return followers_ == 0 ? kNaN : static_cast<double>(repeats_) / static_cast<double>(followers_);
}

}  // namespace pianola
