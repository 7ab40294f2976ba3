#include "pianola/theory/broken_hypotheses.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/policies/finite_class.hpp"
#include "pianola/theory/binary_learners.hpp"

namespace pianola {

OpenLoop open_loop(double a, double epsilon, std::uint64_t horizon) {
  OpenLoop result;
  std::vector<double> deviations;
  const double held = 1.0 - a, token = held - std::copysign(epsilon, held);
  double deviation = 0.0;  // x − 1, kept by itself so that rounding at x = 1 does not hide it
  for (std::uint64_t h = 0; h < horizon; ++h) {
    deviations.push_back(std::abs(deviation));
    result.regret += std::min(1.0, deviations.back());
    deviation = a * deviation + (token - held);
  }
  if (horizon > 11) result.growth = std::pow(deviations.back() / deviations[horizon - 11], 0.1);
  return result;
}

UnstablePlant unstable_plant(const LineBins& bins, std::uint64_t horizon) {
  constexpr double kGain = 1.6;
  UnstablePlant paid;
  double x = 1.0, closed = 1.0, imagined = 1.0;
  for (std::uint64_t h = 0; h < horizon; ++h) {
    const double token = bins(-kGain * imagined), reply = bins(-kGain * closed);
    paid.augmented += std::min(1.0, std::abs(token + kGain * x));
    paid.feedback += std::min(1.0, std::abs(reply + kGain * closed));
    x = 2.0 * x + token;
    closed = 2.0 * closed + reply;
    imagined = (2.0 - kGain) * imagined;
  }
  return paid;
}

double absorbing_regret(double p, std::uint64_t horizon) {
  double going = 1.0, lost = 0.0;
  for (std::uint64_t h = 0; h < horizon; ++h) {
    going *= 1.0 - p;
    lost += 1.0 - going;
  }
  return lost;
}

std::vector<double> absorbing_regrets(std::uint64_t shown, std::uint64_t horizon, std::size_t rollouts,
                                      const NoiseKey& key) {
  BinaryCounts counts;
  counts.seen[0][0] = shown;
  const double falls = find_binary_learner("laplace").learn(counts, key).one[0];
  std::vector<double> regrets(rollouts);
  parallel_blocks(rollouts, 1024, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) {
      bool absorbed = false;
      for (std::uint64_t h = 0; h < horizon; ++h) {
        absorbed = absorbed || uniform(key, r, static_cast<std::uint32_t>(h)) < falls;
        regrets[r] += absorbed ? 1.0 : 0.0;
      }
    }
  });
  return regrets;
}

Misspecified misspecified(std::uint64_t n, std::uint64_t horizon) {
  constexpr double kRare = 1.0 / 512.0;
  const auto h = static_cast<double>(horizon), count = static_cast<double>(n);
  const double v = 0.5 * kRare * h;
  const double a = kRare * h * (1.0 - std::exp(-1.0)), b = (1.0 - kRare) * v * h;
  double takes_b = 0.0;
  for (std::uint64_t k = 0; k <= n; ++k) {
    const auto rare = static_cast<double>(k);
    const double choose = std::lgamma(count + 1.0) - std::lgamma(rare + 1.0) - std::lgamma(count - rare + 1.0);
    const double mass = std::exp(choose + rare * std::log(kRare) + (count - rare) * std::log1p(-kRare));
    if (mass < 1e-15) continue;
    const auto likelihood = [&](std::size_t c) { return c == 0 ? -rare * h : (count - rare) * std::log1p(-v); };
    takes_b += maximise_log_likelihood(2, likelihood).index == 1 ? mass : 0.0;
  }
  return {takes_b * b + (1.0 - takes_b) * a, std::min(a, b)};
}

double squared_error_regret(const BranchLoop& loop, std::uint64_t n, std::uint64_t horizon, const NoiseKey& key,
                            std::uint64_t repetition) {
  double sum = 0.0;
  for (std::uint64_t i = 0; i < n; ++i) {
    sum += uniform(key, repetition, static_cast<std::uint32_t>(i)) < 0.5 ? 1.0 : -1.0;
  }
  const double first = sum / static_cast<double>(n);
  double x = 0.0, lost = 0.0;
  for (std::uint64_t h = 1; h <= horizon; ++h) {
    const double u = h == 1 ? first : x / branch_state(loop, h);
    lost += 1.0 - std::abs(u);
    x = loop.a * x + loop.b * u;
  }
  return lost;
}

}  // namespace pianola
