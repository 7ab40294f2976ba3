#include "pianola/theory/persisting_instances.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pianola {
namespace {

constexpr std::uint64_t kMostSeen = 40;  // P(more than so many of n·Δ = 1/3 expected) < 10⁻⁶⁰

/// Weights of "k of n demonstrations show x_1 = 1", k = 0 … .
std::vector<double> binomial(std::uint64_t n, double gap) {
  std::vector<double> weights;
  const auto count = static_cast<double>(n);
  for (std::uint64_t k = 0; k <= std::min(n, kMostSeen); ++k) {
    const auto seen = static_cast<double>(k);
    const double choose = std::lgamma(count + 1.0) - std::lgamma(seen + 1.0) - std::lgamma(count - seen + 1.0);
    weights.push_back(gap == 0.0 ? (k == 0 ? 1.0 : 0.0)
                                 : std::exp(choose + seen * std::log(gap) + (count - seen) * std::log1p(-gap)));
  }
  return weights;
}

/// E[P(û = 1 | x_1 = 1)] of a learner that demonstrations of this expert taught; expert_plays: at x_1 = 1.
double plays_one(const BinaryLearner& learner, std::uint64_t n, double gap, int expert_plays, const NoiseKey& key) {
  const std::vector<double> weights = binomial(n, gap);
  double mean = 0.0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (weights[k] < 1e-15) continue;
    BinaryCounts counts;
    counts.seen[0][0] = n - k;
    counts.seen[1][expert_plays] = k;
    mean += weights[k] * learner.learn(counts, key).one[1];
  }
  return mean;
}

/// Token of u in bins of this width on [0, 1]; the boundary of the first bin counts to it, that of the last to the
/// last. `finer`: with so many bins in place of each.
double decoded(double u, double epsilon, int finer) {
  const double width = epsilon / finer;
  const double bins = std::round(1.0 / width);
  double bin = std::min(std::floor(u / width), bins - 1.0);
  if (u == epsilon) bin = static_cast<double>(finer) - 1.0;
  if (u == 1.0 - epsilon) bin = bins - static_cast<double>(finer);
  return (bin + 0.5) * width;
}

}  // namespace

double worst_regret(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                    const NoiseKey& key) {
  const double scale = gap * static_cast<double>(horizon - 1);
  const double a = scale * plays_one(learner, n, gap, 0, key);
  const double b = scale * (1.0 - plays_one(learner, n, gap, 1, key));
  return std::max(a, b);
}

double collision_regret(std::uint64_t horizon, double epsilon, int finer) {
  const auto steps = static_cast<double>(horizon - 1);
  const auto paid_x = [&](double u) { return steps * (u - decoded(u, epsilon, finer)); };
  const auto paid_rest = [&](double u) { return steps * (decoded(u, epsilon, finer) - u); };
  return std::max({paid_rest(0.0), paid_x(epsilon), paid_rest(1.0 - epsilon), paid_x(1.0)});
}

}  // namespace pianola
