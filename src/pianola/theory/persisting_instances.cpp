#include "pianola/theory/persisting_instances.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

/// Weights of "k of n demonstrations show x_1 = 1", k = 0 … n.
std::vector<double> binomial(std::uint64_t n, double p) {
  std::vector<double> weights;
  const auto count = static_cast<double>(n);
  for (std::uint64_t k = 0; k <= n; ++k) {
    const auto seen = static_cast<double>(k);
    const double choose = std::lgamma(count + 1.0) - std::lgamma(seen + 1.0) - std::lgamma(count - seen + 1.0);
    weights.push_back(p == 0.0 ? (k == 0 ? 1.0 : 0.0)
                               : std::exp(choose + seen * std::log(p) + (count - seen) * std::log1p(-p)));
  }
  return weights;
}

/// E[P(û = 1 | x_1)] of a learner that demonstrations of one expert taught; expert_plays: at x_1 = 1.
BinaryPolicy mean_policy(const BinaryLearner& learner, std::uint64_t n, double shown, int expert_plays,
                         const NoiseKey& key) {
  const std::vector<double> weights = binomial(n, shown);
  BinaryPolicy mean{{0.0, 0.0}};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (weights[k] < 1e-15) continue;
    BinaryCounts counts;
    counts.seen[0][0] = n - k;
    counts.seen[1][expert_plays] = k;
    const BinaryPolicy learned = learner.learn(counts, key);
    for (int x = 0; x < 2; ++x) mean.one[x] += weights[k] * learned.one[x];
  }
  return mean;
}

constexpr double kJustBelow = 1.0 - 0x1p-40;

BinaryPolicy identify(const BinaryCounts& counts, const NoiseKey&) {
  const double one = counts.seen[0][1] + counts.seen[1][1] > 0 ? 1.0 : 0.0;
  return {{one, one}};
}

}  // namespace

double worst_regret(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                    const NoiseKey& key) {
  return worst_regret_shown(learner, n, horizon, gap, gap, key);
}

double worst_regret_shown(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                          double shown, const NoiseKey& key) {
  const double scale = gap * static_cast<double>(horizon - 1);
  const double a = scale * mean_policy(learner, n, shown, 0, key).one[1];
  const double b = scale * (1.0 - mean_policy(learner, n, shown, 1, key).one[1]);
  return std::max(a, b);
}

double worst_regret_recovered(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                              const NoiseKey& key) {
  // x_2 = u_1 from either state: P(û_1 = 1) is lost under a, which is paid 1 − x, and earned under b.
  const auto plays_one = [&](int expert) {
    const BinaryPolicy policy = mean_policy(learner, n, gap, expert, key);
    return (1.0 - gap) * policy.one[0] + gap * policy.one[1];
  };
  return static_cast<double>(horizon - 1) * std::max(plays_one(0), gap - plays_one(1));
}

std::array<Estimate, 2> drawn_regret(const BinaryLearner& learner, const PersistingDraw& draw, const NoiseKey& key) {
  const NoiseKey data = key.child("data"), start = key.child("start"), act = key.child("act");
  std::array<Estimate, 2> regrets;
  for (const int expert : {0, 1}) {
    std::map<std::uint64_t, BinaryPolicy> learned;  // a learner sees no more than the counts
    RunningMean mean;
    for (std::size_t r = 0; r < draw.rollouts; ++r) {
      std::uint64_t shown = 0;
      for (std::uint64_t i = 0; i < draw.n; ++i) {
        shown += uniform(data, r, static_cast<std::uint32_t>(i)) < draw.gap ? 1 : 0;
      }
      const auto [policy, fresh] = learned.try_emplace(shown);
      if (fresh) {
        BinaryCounts counts;
        counts.seen[0][0] = draw.n - shown;
        counts.seen[1][expert] = shown;
        policy->second = learner.learn(counts, key);
      }
      const int x = uniform(start, r, 0) < draw.gap ? 1 : 0;
      const int own = expert == 0 ? 0 : x, played = uniform(act, r, 0) < policy->second.one[x] ? 1 : 0;
      const int lost = x * own - x * played;  // of the state that persists
      mean.add(static_cast<double>(draw.horizon - 1) * (expert == 0 ? -lost : lost));
    }
    regrets[static_cast<std::size_t>(expert)] = mean.estimate(0.99999);
  }
  return regrets;
}

void require_divides_one(const std::string& theorem, double epsilon) {
  if (std::round(1.0 / epsilon) * epsilon == 1.0) return;
  throw UsageError("theorem " + theorem + ": --epsilon " + format_number(epsilon) +
                   " does not divide 1 into bins; take 1/8, 1/16, …");
}

BinaryLearner identifying_learner() { return {"identifying", identify}; }

double colliding_tokens(double epsilon, const LineBins& bins) {
  const double inner = epsilon * kJustBelow;
  return std::max(std::abs(bins(inner) - bins(0.0)), std::abs(bins(1.0) - bins(1.0 - inner)));
}

std::array<double, 2> token_slips(const BinaryLearner& learner, std::uint64_t n, const NoiseKey& key) {
  std::array<double, 2> slips{};
  for (const int shown : {0, 1}) {
    BinaryCounts counts;
    counts.seen[0][shown] = n;
    const double one = learner.learn(counts, key).one[0];
    slips[shown] = shown == 0 ? one : 1.0 - one;
  }
  return slips;
}

double collision_regret(const std::array<double, 2>& slips, double epsilon, const LineBins& bins) {
  double worst = -HUGE_VAL;
  for (const double u : {0.0, epsilon * kJustBelow, 1.0 - epsilon * kJustBelow, 1.0}) {
    const double slip = slips[u < 0.5 ? 0 : 1];
    const double played = (1.0 - slip) * bins(u) + slip * bins(1.0 - u);
    // 0 and 1 − ε⁻ are paid 1 − x, ε⁻ and 1 are paid x.
    const bool paid_x = u == 1.0 || (u > 0.0 && u < 0.5);
    worst = std::max(worst, paid_x ? u - played : played - u);
  }
  return worst;
}

}  // namespace pianola
