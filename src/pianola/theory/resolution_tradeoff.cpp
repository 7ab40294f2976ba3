#include "pianola/theory/resolution_tradeoff.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/policies/conditional_counts.hpp"

namespace pianola {
namespace {

/// P(a context was shown m times), m = 0 … n.
std::vector<double> seen(std::uint64_t contexts, std::uint64_t n) {
  const auto count = static_cast<double>(n);
  const double p = 1.0 / static_cast<double>(contexts);
  std::vector<double> weights(n + 1, 0.0);
  if (contexts == 1) {
    weights[n] = 1.0;
    return weights;
  }
  for (std::uint64_t m = 0; m <= n; ++m) {
    const auto times = static_cast<double>(m);
    weights[m] = std::exp(std::lgamma(count + 1.0) - std::lgamma(times + 1.0) - std::lgamma(count - times + 1.0) +
                          times * std::log(p) + (count - times) * std::log1p(-p));
  }
  return weights;
}

/// Mean over contexts of the probability that the learner leaves to a uniform token.
double spread(const std::vector<double>& weights, std::uint64_t bins, Smoothing smoothing) {
  if (smoothing == Smoothing::none) return weights[0];
  const auto k = static_cast<double>(bins);
  double sum = 0.0;
  for (std::size_t m = 0; m < weights.size(); ++m) sum += weights[m] * k / (static_cast<double>(m) + k);
  return sum;
}

/// Mean |û − target| of a token drawn from all, and of the right one. E|C − T| of a bin's centre C, uniform over bins,
/// and T ~ U[0, 1]: ∫ (c² + (1 − c)²)/2 over centres is 1/3 − 1/(12·K²).
double regret_a_step(double share, std::uint64_t bins) {
  const auto k = static_cast<double>(bins);
  return share * (1.0 / 3.0 - 1.0 / (12.0 * k * k)) + (1.0 - share) / (4.0 * k);
}

/// One data set: the learner's expected |û − target| a step, mean over contexts.
double drawn_regret(std::uint64_t contexts, std::uint64_t n, const Quantizer& quantizer, Smoothing smoothing,
                    const NoiseKey& key, std::uint64_t repetition) {
  const std::span<const float> centres = quantizer.levels(0);
  std::vector<float> targets(contexts);
  for (std::size_t c = 0; c < contexts; ++c) {
    targets[c] = static_cast<float>(uniform(key.child("targets"), repetition, static_cast<std::uint32_t>(c)));
  }
  std::vector<Token> tokens(contexts);
  std::vector<std::uint32_t> lengths(contexts), seen(n), shown(n);
  quantizer.encode(targets, {}, {tokens, lengths});
  for (std::uint64_t i = 0; i < n; ++i) {
    const double place = uniform(key, repetition, static_cast<std::uint32_t>(i));
    seen[i] = static_cast<std::uint32_t>(place * static_cast<double>(contexts));
    shown[i] = tokens[seen[i]];
  }
  ConditionalCounts counts(contexts, centres.size());
  counts.add(seen, shown);
  const double more = smoothing == Smoothing::add_one ? 1.0 : 0.0;
  const std::vector<double> ratios = counts.ratios();
  double sum = 0.0;
  for (std::size_t c = 0; c < contexts; ++c) {
    const double times = counts.seen(c), all = times + more * static_cast<double>(centres.size());
    for (std::size_t k = 0; k < centres.size(); ++k) {
      const std::size_t at = c * centres.size() + k;
      const double p = all == 0.0 ? ratios[at] : (counts.counts()[at] + more) / all;
      sum += p * std::abs(static_cast<double>(centres[k]) - static_cast<double>(targets[c]));
    }
  }
  return sum / static_cast<double>(contexts);
}

}  // namespace

std::vector<double> drawn_regrets(std::uint64_t contexts, std::uint64_t n, const LineBins& bins, Smoothing smoothing,
                                  std::size_t repetitions, const NoiseKey& key) {
  std::vector<double> regrets(repetitions);
  parallel_blocks(repetitions, 8, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) {
      regrets[r] = drawn_regret(contexts, n, bins.quantizer(), smoothing, key, r);
    }
  });
  return regrets;
}

double tokenised_regret(std::uint64_t contexts, std::uint64_t n, std::uint64_t bins, Smoothing smoothing) {
  return regret_a_step(spread(seen(contexts, n), bins, smoothing), bins);
}

std::uint64_t best_resolution(std::uint64_t contexts, std::uint64_t n, std::uint64_t most, Smoothing smoothing) {
  const std::vector<double> weights = seen(contexts, n);
  std::uint64_t best = 2;
  double least = HUGE_VAL;
  for (std::uint64_t bins = 2; bins <= most; ++bins) {
    const double regret = regret_a_step(spread(weights, bins, smoothing), bins);
    if (regret < least) best = bins;
    least = std::min(least, regret);
  }
  return best;
}

}  // namespace pianola
