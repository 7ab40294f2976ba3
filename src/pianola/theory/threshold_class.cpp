#include "pianola/theory/threshold_class.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/policies/finite_class.hpp"

namespace pianola {
namespace {

double threshold_error(std::uint64_t n, std::size_t members, const NoiseKey& key, std::uint64_t repetition) {
  const auto m = static_cast<double>(members);
  // In the middle half, so that neither end of [0, 1] helps.
  const double truth = std::floor(m * (0.25 + 0.5 * uniform(key.child("truth"), repetition, 0))) / m;
  double low = -1.0, high = 2.0;  // largest context with action −1, smallest with action 1
  for (std::uint64_t i = 0; i < n; ++i) {
    const double c = uniform(key, repetition, static_cast<std::uint32_t>(i));
    if (c > truth) {
      high = std::min(high, c);
    } else {
      low = std::max(low, c);
    }
  }
  const auto likelihood = [&](std::size_t j) {
    const double threshold = static_cast<double>(j) / m;
    return low <= threshold && threshold < high ? 0.0 : -std::numeric_limits<double>::infinity();
  };
  const double learned = static_cast<double>(maximise_log_likelihood(members, likelihood).index) / m;
  return std::abs(learned - truth);
}

}  // namespace

std::vector<double> threshold_errors(std::uint64_t n, std::size_t members, std::size_t repetitions,
                                     const NoiseKey& key) {
  if (members < 4) throw UsageError("threshold class: at least 4 members, not " + std::to_string(members));
  std::vector<double> errors(repetitions);
  parallel_blocks(repetitions, 32, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) errors[r] = threshold_error(n, members, key, r);
  });
  return errors;
}

}  // namespace pianola
