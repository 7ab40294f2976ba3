#include "pianola/data/order_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

/// Where quantile p stands among n order statistics.
struct Rank {
  std::uint64_t below;
  double share;  // of the step to the next one
};

Rank rank_of(double p, std::size_t n) {
  const double r = p * static_cast<double>(n - 1);
  const auto below = std::min(static_cast<std::uint64_t>(r), std::uint64_t{n} - 1);
  return {below, r - static_cast<double>(below)};
}

/// Between neighbours; `share` 0 gives `low` itself, whatever `high` is.
double between(double low, double high, double share) { return share == 0.0 ? low : std::lerp(low, high, share); }

/// Ascending, distinct indices of all order statistics that the quantiles need.
std::vector<std::uint64_t> needed_ranks(std::span<const double> probabilities, std::size_t n) {
  std::vector<std::uint64_t> ranks;
  for (const double p : probabilities) {
    const Rank rank = rank_of(p, n);
    ranks.push_back(rank.below);
    if (rank.share > 0.0) ranks.push_back(std::min(rank.below + 1, std::uint64_t{n} - 1));
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

/// Order-preserving: a < b as doubles exactly if key(a) < key(b), −0 = +0.
std::uint64_t key_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x == 0.0 ? 0.0 : x);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

double value_of(std::uint64_t key) { return std::bit_cast<double>((key & kSign) != 0 ? key & ~kSign : ~key); }

}  // namespace

std::vector<double> exact_quantiles(std::span<double> values, std::span<const double> probabilities) {
  assert(!values.empty());
  auto done = values.begin();  // everything before it is in its place
  for (const std::uint64_t rank : needed_ranks(probabilities, values.size())) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(done, at, values.end());
    done = at + 1;
  }
  std::vector<double> result;
  for (const double p : probabilities) {
    const Rank rank = rank_of(p, values.size());
    const std::size_t next = std::min<std::size_t>(rank.below + 1, values.size() - 1);
    result.push_back(between(values[rank.below], values[next], rank.share));
  }
  return result;
}

StreamedQuantiles::StreamedQuantiles(std::size_t columns, std::size_t n, std::span<const double> probabilities)
    : columns_(columns), n_(n), probabilities_(probabilities.begin(), probabilities.end()) {
  const bool inside =
      std::all_of(probabilities_.begin(), probabilities_.end(), [](double p) { return p >= 0.0 && p <= 1.0; });
  if (n == 0 || !inside) throw UsageError("quantiles need at least one number, and probabilities in [0, 1]");
  ranks_ = needed_ranks(probabilities_, n);
  targets_.resize(columns);
  counters_.resize(columns);
  for (std::size_t d = 0; d < columns; ++d) {
    for (const std::uint64_t rank : ranks_) targets_[d].push_back({.rank = rank});
    share_counters(d);
  }
}

void StreamedQuantiles::share_counters(std::size_t column) {
  std::vector<Counter>& counters = counters_[column];
  counters.clear();
  for (Target& target : targets_[column]) {  // ranks ascend, hence prefixes too
    if (counters.empty() || counters.back().prefix != target.prefix) {
      counters.emplace_back();
      counters.back().prefix = target.prefix;
    }
    target.counter = counters.size() - 1;
  }
}

void StreamedQuantiles::add(std::span<const double> rows) {
  // The last pass has the 9 bits that five passes of 11 leave.
  const int done = pass_ * kDigitBits, digit = std::min(kDigitBits, 64 - done), rest = 64 - done - digit;
  const auto count = [&](std::size_t column, double x) {
    const std::uint64_t key = key_of(x) >> rest;
    const std::uint64_t prefix = done == 0 ? 0 : key >> digit;
    std::vector<Counter>& counters = counters_[column];
    const auto at = std::lower_bound(counters.begin(), counters.end(), prefix,
                                     [](const Counter& counter, std::uint64_t p) { return counter.prefix < p; });
    if (at != counters.end() && at->prefix == prefix) ++at->counts[key & ((std::uint64_t{1} << digit) - 1)];
  };
  // A few columns at a time: their counters stay in the cache, and a line of memory holds eight numbers.
  parallel_blocks(columns_, 8, [&](const Block& block) {
    for (std::size_t row = 0; row + columns_ <= rows.size(); row += columns_) {
      for (std::size_t d = block.begin; d < block.end; ++d) count(d, rows[row + d]);
    }
  });
  rows_ += rows.size() / columns_;
}

void StreamedQuantiles::end_pass() {
  if (rows_ != n_) {
    throw DataError(
        fmt::format("pass {} over the data held {} rows, but {} are required; did another program write to "
                    "the file?",
                    pass_ + 1, rows_, n_));
  }
  const int digit = std::min(kDigitBits, 64 - pass_ * kDigitBits);
  for (std::size_t d = 0; d < columns_; ++d) {
    for (Target& target : targets_[d]) {
      const auto& counts = counters_[d][target.counter].counts;
      std::uint64_t found = 0;
      while (found + 1 < kDigits && target.rank >= counts[found]) target.rank -= counts[found++];
      target.prefix = (target.prefix << digit) | found;
    }
    share_counters(d);
  }
  rows_ = 0;
  ++pass_;
}

std::vector<std::vector<double>> StreamedQuantiles::quantiles() const {
  assert(pass_ == kPasses);
  std::vector<std::vector<double>> result(columns_);
  for (std::size_t d = 0; d < columns_; ++d) {
    const auto statistic = [&](std::uint64_t rank) {
      const auto at = std::lower_bound(ranks_.begin(), ranks_.end(), rank) - ranks_.begin();
      return value_of(targets_[d][static_cast<std::size_t>(at)].prefix);
    };
    for (const double p : probabilities_) {
      const Rank rank = rank_of(p, n_);
      const double low = statistic(rank.below);
      result[d].push_back(rank.share > 0.0 && rank.below + 1 < n_ ? between(low, statistic(rank.below + 1), rank.share)
                                                                  : low);
    }
  }
  return result;
}

}  // namespace pianola
