#include "pianola/data/order_statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace pianola {

QuantileRank::QuantileRank(double p, std::size_t n) {
  const double r = p * static_cast<double>(n - 1);
  below = std::min(static_cast<std::uint64_t>(r), std::uint64_t{n} - 1);
  share = below + 1 < n ? r - static_cast<double>(below) : 0.0;
}

double QuantileRank::between(double statistic, double next) const {
  return share > 0.0 ? std::lerp(statistic, next, share) : statistic;
}

std::vector<std::uint64_t> needed_ranks(std::span<const double> probabilities, std::size_t n) {
  std::vector<std::uint64_t> ranks;
  for (const double p : probabilities) {
    const QuantileRank rank(p, n);
    ranks.push_back(rank.below);
    if (rank.share > 0.0) ranks.push_back(rank.below + 1);
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

void place_ranks(std::span<double> values, std::span<const std::uint64_t> ranks) {
  auto done = values.begin();  // everything before it is in its place
  for (const std::uint64_t rank : ranks) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(done, at, values.end());
    done = at + 1;
  }
}

std::vector<double> exact_quantiles(std::span<double> values, std::span<const double> probabilities) {
  assert(!values.empty());
  if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) {
    return std::vector<double>(probabilities.size(), std::numeric_limits<double>::quiet_NaN());
  }
  place_ranks(values, needed_ranks(probabilities, values.size()));
  std::vector<double> result;
  for (const double p : probabilities) {
    const QuantileRank rank(p, values.size());
    result.push_back(rank.between(values[rank.below], rank.share > 0.0 ? values[rank.below + 1] : 0.0));
  }
  return result;
}

}  // namespace pianola
