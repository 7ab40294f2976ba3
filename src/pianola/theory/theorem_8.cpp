// Theorem 8: with a deterministic expert no offline learner's regret is below c·H·(1/n + ε) on all instances
// (docs/theory.md §9, docs/theory/theorem_8.md).
//
// Statistical part, repaired: x_1 = 1 with probability Δ = 1/(3n), x_2 = x_1·u_1, constant from then on. Expert a plays
// 0 and is paid 1 − x, expert b plays x_1 and is paid x: they differ at x_1 = 1 alone. Expected regrets are exact sums
// over the number of demonstrations that show x_1 = 1. Quantization part: x_2 = u_1, four experts, two to a bin.
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/binary_learners.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/persisting_instances.hpp"

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

/// The total variation of the two product laws again, from its definition: a data set has the same probability under
/// both experts if it never shows x_1 = 1, and else probability 0 under one of them.
Rational product_distance(std::uint64_t n) {
  const Rational gap(1, 3 * n);
  Rational sum = 0, choose = 1;
  for (std::uint64_t k = 1; k <= n; ++k) {
    choose = choose * (n - k + 1) / k;
    sum += choose * power(gap, k) * power(1 - gap, n - k);
  }
  return sum;
}

/// The recovered instance, x_2 = u_1, against a learner that plays 1 everywhere as soon as it has seen b play 1, and 0
/// before: on a it never errs, and b, which is not optimal, it beats.
double worst_regret_recovered(std::uint64_t n, std::uint64_t horizon, double gap) {
  const double identified = 1.0 - std::pow(1.0 - gap, static_cast<double>(n));
  return static_cast<double>(horizon - 1) * std::max(0.0, gap - identified);
}

class LowerBoundExperiment {
 public:
  explicit LowerBoundExperiment(const ExperimentOptions& options)
      : key_(options.key),
        ns_(axis("n", options.n,
                 options.thorough ? std::vector<std::uint64_t>{2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
                                  : std::vector<std::uint64_t>{4, 16, 64, 256},
                 1, 4096)),
        horizons_(axis("horizon", options.horizon, {5, 20, 80}, 2, 1'000'000)),
        epsilons_(axis("epsilon", options.epsilon, {0.125, 0.0625, 0.03125}, 1e-6, 0.25)) {
    for (const double epsilon : epsilons_) {
      if (std::round(1.0 / epsilon) * epsilon == 1.0) continue;
      throw UsageError("theorem 8: --epsilon " + std::to_string(epsilon) +
                       " does not divide 1 into bins; take 1/8, 1/16, …");
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
  /// Both routes to the product's total variation agree exactly, and Le Cam's value is the closed form.
  void distances(std::uint64_t n) {
    const Rational unseen = unseen_probability(n);
    tv_.push_back(static_cast<double>(Rational(1 - unseen)));
    if (n <= 256 && product_distance(n) != 1 - unseen) routes_differ_ = 1.0;
    const Rational le_cam = Rational(1, 3 * n) * unseen / 2;
    le_cam_.push_back(static_cast<double>(le_cam));
  }

  void learn(std::uint64_t n, const BinaryLearner& learner) {
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    const std::size_t i = static_cast<std::size_t>(std::ranges::find(ns_, n) - ns_.begin());
    const double per_step = worst_regret(learner, n, 2, gap, key_.child(learner.name));
    if (learner.name == "tabular") tabular_.push_back(per_step);
    for (const std::uint64_t horizon : horizons_) {
      const auto steps = static_cast<double>(horizon - 1);
      for (const double epsilon : epsilons_) {
        const double lower = static_cast<double>(horizon) * epsilon / 4.0;
        result_.rows.push_back({{"n", static_cast<double>(n)},
                                {"horizon", static_cast<double>(horizon)},
                                {"delta", gap},
                                {"product_tv", tv_[i]},
                                {"le_cam_lower", steps * le_cam_[i]},
                                {"learner", learner.name},
                                {"worst_regret", steps * per_step},
                                {"epsilon", epsilon},
                                {"collision_lower", lower},
                                {"collision_regret", collision_regret(horizon, epsilon, 1)}});
        least_collision_ = std::min(least_collision_, collision_regret(horizon, epsilon, 1) / lower);
        sharpness_ =
            std::max(sharpness_,
                     std::abs(collision_regret(horizon, epsilon, 1) / lower_bound_collision(horizon, epsilon) - 1.0));
      }
    }
    least_ratio_ = std::min(least_ratio_, per_step / le_cam_[i]);
  }

  void bounds() {
    auto& checks = result_.checks;
    checks.push_back(check_at_most("product total variation: both exact routes differ", exact(routes_differ_), 0.0));
    checks.push_back(
        check_at_least("every learner's worst regret over Le Cam's value, all n", exact(least_ratio_), 1.0 - 1e-9));
    checks.push_back(
        check_at_least("regret of colliding experts over H·ε/4, all H and ε", exact(least_collision_), 1.0));
    checks.push_back(check_at_most("and it is sharp: relative difference to (H−1)·ε/2", exact(sharpness_), 1e-9));
  }

  void slopes() {
    const std::string falling = "worst regret of the tabular learner: slope in n";
    if (ns_.size() < 3 || std::ranges::min(ns_) == std::ranges::max(ns_)) {
      result_.checks.push_back(undecided(falling, -1.0));
      return;
    }
    const std::vector<double> n(ns_.begin(), ns_.end());
    result_.exponents["n"] = fit_log_log(n, tabular_).slope;
    const double slope = result_.exponents["n"].value;
    result_.checks.push_back(check_at_most(falling + " is −1, not above", exact(slope), -0.95));
    result_.checks.push_back(check_at_least(falling + " is −1, not below", exact(slope), -1.05));
  }

  void controls() {
    const std::uint64_t n = ns_.back(), horizon = horizons_.back();
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    const double bound = lower_bound_theorem_8(n, horizon);
    auto& checks = result_.checks;
    checks.push_back(control_at_most("control, the instance as recovered (x_2 = u_1): worst regret over the bound",
                                     exact(worst_regret_recovered(n, horizon, gap) / bound), 0.5));
    double indistinct = 0.0;
    for (const BinaryLearner& learner : binary_learners()) {
      indistinct = std::max(indistinct, worst_regret(learner, n, horizon, 0.0, key_.child(learner.name)));
    }
    checks.push_back(control_at_most("control, Δ = 0: worst regret", exact(indistinct), 0.0));
    double finer = 0.0;
    for (const double epsilon : epsilons_) {
      finer = std::max(finer, collision_regret(horizon, epsilon, 2) / lower_bound_collision(horizon, epsilon));
    }
    checks.push_back(
        control_at_most("control, bins twice as fine: collision regret over (H−1)·ε/2", exact(finer), 0.51));
    result_.notes.push_back(
        "as recovered (x_2 = u_1) the instance does not give the bound: expert b is not optimal at x_1 = 0, and a "
        "learner that plays 1 everywhere once it has identified b beats it; with x_2 = x_1·u_1 it holds");
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
    result_.pictures.push_back({trend_chart(chart),
                                "No learner is below the line, and the tabular one lies on it: "
                                "what was not seen cannot be guessed right for both experts."});
  }

  NoiseKey key_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_, tv_, le_cam_, tabular_;
  double routes_differ_ = 0.0, sharpness_ = 0.0;
  double least_ratio_ = std::numeric_limits<double>::infinity(), least_collision_ = least_ratio_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return LowerBoundExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_8() {
  return {"8", "What no learner can beat, deterministic experts",
          "For every offline learner some instance with a deterministic expert costs at least c·H·(1/n + ε): one part "
          "because of a state that the demonstrations do not show, one because of actions that share a bin.",
          run};
}

}  // namespace pianola
