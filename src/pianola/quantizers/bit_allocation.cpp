#include "pianola/quantizers/bit_allocation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <queue>

#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/quantizers/action_scan.hpp"

namespace pianola {
namespace {

std::vector<double> variances(const ActionSource& source, std::string_view who) {
  std::vector<RunningMean> means(source.action_dim());
  scan_actions(source, who, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) means[i % means.size()].add(actions[i]);
  });
  std::vector<double> out;
  out.reserve(means.size());
  for (const RunningMean& mean : means) out.push_back(mean.count() > 1 ? mean.variance() : 0.0);
  return out;
}

std::vector<double> weights(const BitOptions& options, const FitContext& context, std::string_view who) {
  if (context.data == nullptr) {
    throw UsageError(fmt::format("{}: 'bits=auto' needs data for the variances; give a dataset, or bits=4;6;…", who));
  }
  std::vector<double> weights = variances(*context.data, who);
  if (options.sensitivity.empty()) return weights;
  if (options.sensitivity.size() != weights.size()) {
    throw UsageError(fmt::format("{}: option 'sensitivity' needs {} numbers (the action's dimension), got {}", who,
                                 weights.size(), options.sensitivity.size()));
  }
  for (std::size_t d = 0; d < weights.size(); ++d) {
    const double price = options.sensitivity[d];
    if (!(price >= 0.0 && price <= 1e100)) {
      throw UsageError(fmt::format("{}: option 'sensitivity' must lie in 0 … 1e100, not at {}", who, price));
    }
    weights[d] *= price;
  }
  return weights;
}

std::vector<int> automatic(const BitOptions& options, int bins, int most, const FitContext& context,
                           std::string_view who) {
  const auto dim = static_cast<double>(context.action_dim);
  if (options.total_bits < 0) {
    throw UsageError(fmt::format("{}: option 'total_bits' must be at least 1, or 0 for what 'bins' takes, not {}", who,
                                 options.total_bits));
  }
  const double alike = std::floor(dim * std::log2(bins) + 1e-9);
  const int total = options.total_bits > 0 ? options.total_bits : static_cast<int>(alike);
  return allocate_bits(weights(options, context, who), std::min(total, most * static_cast<int>(dim)), most);
}

std::vector<int> given_bits(const BitOptions& options, int most, const FitContext& context, std::string_view who) {
  std::vector<double> numbers;
  spec_detail::parse_value(who, "bits", options.bits, numbers);
  if (numbers.size() != context.action_dim) {
    throw UsageError(fmt::format("{}: option 'bits' needs auto or {} numbers (the action's dimension), got {}", who,
                                 context.action_dim, numbers.size()));
  }
  std::vector<int> bits;
  for (const double number : numbers) {
    if (!(number >= 0.0 && number <= most && number == std::floor(number))) {
      throw UsageError(fmt::format("{}: option 'bits' takes whole numbers in 0 … {}, not {}", who, most, number));
    }
    bits.push_back(static_cast<int>(number));
  }
  return bits;
}

}  // namespace

std::vector<int> allocate_bits(std::span<const double> weights, int total, int most) {
  struct Bid {
    double left;  // w · 4^(−b)
    std::size_t dimension;
    bool operator<(const Bid& other) const {
      return left != other.left ? left < other.left : dimension > other.dimension;
    }
  };
  std::vector<int> bits(weights.size());
  std::priority_queue<Bid> bids;
  for (std::size_t d = 0; d < weights.size(); ++d) {
    assert(weights[d] >= 0.0 && std::isfinite(weights[d]));
    if (weights[d] > 0.0 && most > 0) bids.push({weights[d], d});
  }
  for (; total > 0 && !bids.empty(); --total) {
    const Bid best = bids.top();
    bids.pop();
    if (++bits[best.dimension] < most) bids.push({best.left / 4.0, best.dimension});
  }
  return bits;
}

std::vector<std::uint32_t> bins_per_dimension(const BitOptions& options, int bins, int most, const FitContext& context,
                                              std::string_view who) {
  const bool is_auto = options.bits == "auto";
  if (!is_auto && (options.total_bits != 0 || !options.sensitivity.empty())) {
    throw UsageError(fmt::format("{}: options 'total_bits' and 'sensitivity' go with 'bits=auto'", who));
  }
  if (options.bits.empty()) {
    return std::vector<std::uint32_t>(context.action_dim, static_cast<std::uint32_t>(bins));
  }
  std::vector<std::uint32_t> counts;
  for (const int b : is_auto ? automatic(options, bins, most, context, who) : given_bits(options, most, context, who)) {
    counts.push_back(std::uint32_t{1} << b);
  }
  return counts;
}

}  // namespace pianola
