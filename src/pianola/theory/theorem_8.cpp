// Theorem 8: with a deterministic expert no offline learner's regret is below c·H·(1/n + ε) on all instances
// (docs/theory.md §9, docs/theory/theorem_8.md).
//
// Statistical part, repaired: x_1 = 1 with probability Δ = 1/(3n), x_2 = x_1·u_1, constant from then on. Expert a plays
// 0 and is paid 1 − x, expert b plays x_1 and is paid x: they differ at x_1 = 1 alone. Expected regrets are exact sums
// over the number of demonstrations that show x_1 = 1. Quantization part: x_2 = u_1, four experts, two to a bin.
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/theory/binary_learners.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/persisting_instances.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

using Rational = boost::multiprecision::cpp_rational;

Rational power(Rational base, std::uint64_t exponent) {
  Rational result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

/// P(none of n demonstrations shows x_1 = 1), exact; the product total variation is what is left.
Rational unseen_probability(std::uint64_t n) { return power(1 - Rational(1, 3 * n), n); }

/// Share of drawn data sets that tell the experts apart.
Estimate drawn_distance(std::uint64_t n, std::size_t repetitions, const NoiseKey& key) {
  const double gap = 1.0 / (3.0 * static_cast<double>(n));
  std::vector<char> told(repetitions);
  parallel_blocks(repetitions, 256, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) {
      for (std::uint64_t i = 0; i < n && told[r] == 0; ++i) {
        told[r] = uniform(key, r, static_cast<std::uint32_t>(i)) < gap ? 1 : 0;
      }
    }
  });
  return clopper_pearson(static_cast<std::size_t>(std::ranges::count(told, 1)), repetitions, 0.99999);
}

class LowerBoundExperiment {
 public:
  explicit LowerBoundExperiment(const ExperimentOptions& options)
      : key_(options.key),
        ns_(axis("n", options.n,
                 options.thorough
                     ? std::vector<std::uint64_t>{2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 384, 512, 1024}
                     : std::vector<std::uint64_t>{4, 16, 64, 256},
                 1, 4096)),
        horizons_(axis("horizon", options.horizon, {5, 20, 80}, 2, 1'000'000)),
        epsilons_(axis("epsilon", options.epsilon, {0.125, 0.0625, 0.03125}, kFinestHalved, 0.25)),
        repetitions_(options.thorough ? 40'000 : 4'000) {
    for (const double epsilon : epsilons_) require_divides_one("8", epsilon);
    for (const double epsilon : epsilons_) {
      const auto count = static_cast<std::size_t>(std::round(1.0 / epsilon));
      bins_.emplace(epsilon, LineBins::of_interval(options.quantizers, 0.0, 1.0, count));
      finer_.emplace(epsilon, LineBins::of_interval(options.quantizers, 0.0, 1.0, 2 * count));
    }
  }

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) distances(n);
    for (const std::uint64_t n : ns_) {
      for (const BinaryLearner& learner : binary_learners()) learn(n, learner);
    }
    bounds();
    slopes();
    controls();
    picture();
    return std::move(result_);
  }

 private:
  /// The product's total variation in rationals and by drawn data sets, and Le Cam's value.
  void distances(std::uint64_t n) {
    const Rational unseen = unseen_probability(n);
    tv_.push_back(static_cast<double>(Rational(1 - unseen)));
    const Estimate drawn = drawn_distance(n, repetitions_, key_.child("data", n));
    const double outside = std::max(drawn.low - tv_.back(), tv_.back() - drawn.high);
    most_outside_ = std::max(most_outside_, outside);
    const Rational le_cam = Rational(1, 3 * n) * unseen / 2;
    le_cam_.push_back(static_cast<double>(le_cam));
  }

  void learn(std::uint64_t n, const BinaryLearner& learner) {
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    const std::size_t i = static_cast<std::size_t>(std::ranges::find(ns_, n) - ns_.begin());
    const NoiseKey key = key_.child(learner.name);
    const double per_step = worst_regret(learner, n, 2, gap, key);
    const auto slips = token_slips(learner, n, key);
    if (learner.name == "tabular") tabular_.push_back(per_step);
    for (const std::uint64_t horizon : horizons_) {
      const auto steps = static_cast<double>(horizon - 1);
      for (const double epsilon : epsilons_) {
        const double lower = static_cast<double>(horizon) * epsilon / 4.0;
        const double collision = steps * collision_regret(slips, epsilon, bins_.at(epsilon));
        result_.rows.push_back({{"n", static_cast<double>(n)},
                                {"horizon", static_cast<double>(horizon)},
                                {"delta", gap},
                                {"product_tv", tv_[i]},
                                {"le_cam_lower", steps * le_cam_[i]},
                                {"learner", learner.name},
                                {"worst_regret", steps * per_step},
                                {"epsilon", epsilon},
                                {"collision_lower", lower},
                                {"collision_regret", collision}});
        least_collision_ = std::min(least_collision_, collision / lower);
        if (learner.name == "tabular") {
          sharpness_ = std::max(sharpness_, std::abs(collision / lower_bound_collision(horizon, epsilon) - 1.0));
        }
      }
    }
    least_ratio_ = std::min(least_ratio_, per_step / le_cam_[i]);
  }

  void bounds() {
    auto& checks = result_.checks;
    checks.push_back(check_at_most("product total variation outside the 99.999 % interval of drawn data sets, by",
                                   exact(most_outside_), 0.0));
    checks.push_back(
        check_at_least("every learner's worst regret over Le Cam's value, all n", exact(least_ratio_), 1.0 - 1e-9));
    double parted = 0.0;
    for (const auto& [epsilon, bins] : bins_) parted = std::max(parted, colliding_tokens(epsilon, bins) / epsilon);
    checks.push_back(
        check_at_most("tokens of two colliding experts of quantizer 'uniform', apart, over ε", exact(parted), 0.0));
    checks.push_back(check_at_least("every learner's regret on colliding experts over H·ε/4, all n, H and ε",
                                    exact(least_collision_), 1.0 - 1e-9));
    checks.push_back(check_at_most("and it is sharp: the tabular learner's relative difference to (H−1)·ε/2",
                                   exact(sharpness_), 1e-6));
  }

  void slopes() {
    const std::vector<double> n(ns_.begin(), ns_.end());
    // (1 − Δ)^n still rises at the smallest n.
    require_slope(result_, {"n", "worst regret of the tabular learner: slope in n", n, exact(tabular_), -1.06, -0.94});
  }

  void controls() {
    const std::uint64_t n = ns_.back(), horizon = horizons_.back();
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    const double bound = lower_bound_theorem_8(n, horizon);
    auto& checks = result_.checks;
    const BinaryLearner breaks = identifying_learner();
    checks.push_back(control_at_most(
        "control, the instance as recovered (x_2 = u_1), the learner that breaks it: worst regret over the bound",
        exact(worst_regret_recovered(breaks, n, horizon, gap, key_) / bound), 0.5));
    checks.push_back(check_at_least("the same learner on the repaired instance (x_2 = x_1·u_1): over the bound",
                                    exact(worst_regret(breaks, n, horizon, gap, key_) / bound), 1.0 - 1e-9));
    const double known = worst_regret_shown(find_binary_learner("tabular"), n, horizon, gap, 0.5, key_);
    add_check(result_,
              control_at_most("control, half of the demonstrations begin at x_1 = 1: worst regret over the bound",
                              exact(known / bound), 0.5),
              n > 1 ? ""
                    : "n = 1: half of the data sets show nothing; demonstrations that begin at x_1 = 1 are seen to "
                      "help from n = 2 on");
    no_gap();
    const auto slips = token_slips(find_binary_learner("tabular"), n, key_);
    double finer = 0.0;
    for (const double epsilon : epsilons_) {
      finer = std::max(finer, static_cast<double>(horizon - 1) * collision_regret(slips, epsilon, finer_.at(epsilon)) /
                                  lower_bound_collision(horizon, epsilon));
    }
    checks.push_back(
        control_at_most("control, bins twice as fine: collision regret over (H−1)·ε/2", exact(finer), 0.51));
    result_.notes.push_back(
        "as recovered (x_2 = u_1) the instance does not give the bound: expert b is not optimal at x_1 = 0, and a "
        "learner that plays 1 everywhere once it has identified b beats it; with x_2 = x_1·u_1 it holds");
  }

  /// Δ = 0: the experts are one, and nothing is lost, whatever is learned. Rolled out, since a sum that is multiplied
  /// by Δ vanishes by itself; the same rollouts with Δ = 1/(3n) find what the sum says.
  void no_gap() {
    constexpr std::uint64_t n = 4;
    const std::uint64_t horizon = horizons_.back();
    double most = 0.0, apart = 0.0;
    for (const BinaryLearner& learner : binary_learners()) {
      for (const Estimate& paid : drawn_regret(learner, {n, horizon, 0.0, repetitions_}, key_.child("no gap"))) {
        most = std::max(most, std::abs(paid.value));
      }
    }
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    const BinaryLearner tabular = find_binary_learner("tabular");
    for (const Estimate& paid : drawn_regret(tabular, {n, horizon, gap, 5 * repetitions_}, key_.child("rolled out"))) {
      apart = std::max(apart, misses_by(paid, worst_regret(tabular, n, horizon, gap, key_)));
    }
    result_.checks.push_back(
        control_at_most("control, Δ = 0, six learners rolled out: largest regret", exact(most), 0.0));
    result_.checks.push_back(check_at_most(
        "the same with Δ = 1/(3n), n = 4, tabular: difference to the exact sum over the 99.999 % interval",
        exact(apart), 1.0));
  }

  void picture() {
    XyChart chart;
    chart.title = "Worst expected regret of real learners, per step";
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret / (H − 1)", .log = true};
    chart.curves = {"Le Cam's lower bound"};
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      chart.points.push_back({"Le Cam's lower bound", static_cast<double>(ns_[i]), le_cam_[i]});
    }
    for (const Row& row : result_.rows) {
      if (std::get<double>(row[1].second) != static_cast<double>(horizons_.front()) ||
          std::get<double>(row[7].second) != epsilons_.front()) {
        continue;
      }
      chart.points.push_back({std::get<std::string>(row[5].second), std::get<double>(row[0].second),
                              std::get<double>(row[6].second) / static_cast<double>(horizons_.front() - 1)});
    }
    const std::vector<double> n(ns_.begin(), ns_.end());
    result_.pictures.push_back({with_fit(trend_chart(chart), n, exact(tabular_)),
                                "No learner is below the line, and the tabular one lies on it: "
                                "what was not seen cannot be guessed right for both experts."});
  }

  NoiseKey key_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_, tv_, le_cam_, tabular_;
  std::size_t repetitions_;
  std::map<double, LineBins> bins_, finer_;  ///< of each ε, of width ε and ε/2
  double most_outside_ = -HUGE_VAL, sharpness_ = 0.0;
  double least_ratio_ = std::numeric_limits<double>::infinity(), least_collision_ = least_ratio_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return LowerBoundExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_8() {
  return {
      "8",
      "What no learner can beat, deterministic experts",
      "For every offline learner some instance with a deterministic expert costs at least c·H·(1/n + ε): one part "
      "because of a state that the demonstrations do not show, one because of actions that share a bin.",
      "offline, non-anticipatory learner; deterministic expert; persisting states; expert b optimal (x_2 = x_1·u_1)",
      {.epsilon = Taken::several, .horizon = Taken::several, .n = Taken::grid},
      run};
}

}  // namespace pianola
