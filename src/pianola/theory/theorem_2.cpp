// Theorem 2: tokens of a stochastic, smooth expert on a stable plant: regret at most about H·√(log(|Π|/δ)/n) + H²·ε
// (docs/theory.md §5, docs/theory/theorem_2.md).
//
// Finite classes with the exact maximiser by enumeration, on an instance where every exponent of the bound is reached
// (theory/branch_loop); count and softmax learners; explicit certificates beside the rate. Controls break stability,
// realizability, and log-loss.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/certificates.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/binary_learners.hpp"
#include "pianola/theory/branch_loop.hpp"
#include "pianola/theory/broken_hypotheses.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/learned_branch.hpp"
#include "pianola/theory/line_bins.hpp"
#include "pianola/theory/sign_class.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

constexpr std::size_t kContexts = 2;  // of the class whose regret is followed over n
constexpr double kDelta = 0.05, kSaturation = 1.0 / 16.0;
constexpr std::uint64_t kShortest = 12;

std::vector<double> numbers(const std::vector<std::uint64_t>& values) { return {values.begin(), values.end()}; }

/// As an estimate of a + b·mean, b ≥ 0.
Estimate scaled(const Estimate& mean, double a, double b) {
  return {a + b * mean.value, a + b * mean.low, a + b * mean.high, mean.n};
}

/// Regret of the learned member on the world that pays its contexts' signs: p·H − p̂·S, p̂ = p − 2Δ·(share wrong).
Estimate regret(const Estimate& wrong, double gap, double expert, double learner) {
  const double p = 0.5 + gap;
  return scaled(wrong, p * (expert - learner), 2.0 * gap * learner);
}

class StochasticUpperBound {
 public:
  explicit StochasticUpperBound(const ExperimentOptions& options)
      : key_(options.key),
        repetitions_(options.thorough ? 20'000 : 2'000),
        ns_(axis("n", options.n,
                 options.thorough ? std::vector<std::uint64_t>{16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192}
                                  : std::vector<std::uint64_t>{16, 64, 256, 1024, 4096},
                 8, 100'000)),
        horizons_(axis("horizon", options.horizon,
                       options.thorough ? std::vector<std::uint64_t>{32, 48, 64, 96, 128, 192, 256, 384, 512}
                                        : std::vector<std::uint64_t>{32, 64, 128, 256},
                       2, 100'000)),
        epsilons_(axis("epsilon", options.epsilon, {0x1p-16, 0x1p-15, 0x1p-14, 0x1p-13}, 0x1p-16, 0.1)) {
    for (const double epsilon : epsilons_) falls_short(options.quantizers, epsilon);
  }

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) learn(n, kContexts, key_.child("data", n));
    over_n();
    over_horizon();
    over_epsilon();
    over_classes();
    hypotheses();
    other_learners();
    controls();
    pictures();
    return std::move(result_);
  }

 private:
  /// By what share of the expert's action the token of ±1 falls short of it, by quantizer 'uniform' with bins of
  /// half-width ε, one of them about 0 and the last ones ending at ±1 (in units of the largest action).
  void falls_short(const QuantizerMaker& quantizers, double epsilon) {
    const LineBins bins = LineBins::centre_at_zero(quantizers, epsilon);
    short_[epsilon] = 1.0 - bins(bins.reach()) / bins.reach();
    in_actions_[epsilon] = epsilon / bins.reach();
    for (const double u : {-bins.reach(), 0.0, bins.reach()}) {
      most_error_ = std::max(most_error_, std::abs(bins(u) - u) / epsilon);
    }
    at_rest_ = std::max(
        {at_rest_, std::abs(bins(0.0)) / epsilon, std::abs(bins(bins.reach()) + bins(-bins.reach())) / epsilon});
  }

  /// Beyond, the chance of having given up is no longer small, and a regret cannot exceed H.
  [[nodiscard]] std::string saturated(std::uint64_t horizon, double epsilon) const {
    if (static_cast<double>(horizon) * epsilon <= kSaturation) return {};
    return "H·ε = " + format_number(static_cast<double>(horizon) * epsilon, 3) +
           ": the H²·ε of the bound is beyond what H steps can lose; it is seen where H·ε ≤ 1/16";
  }

  /// The same over horizons, of which the shortest have not fallen short yet.
  [[nodiscard]] std::string short_or_saturated() const {
    if (const std::uint64_t shortest = std::ranges::min(horizons_); shortest < kShortest) {
      return "H = " + std::to_string(shortest) + " ends before the plant has fallen short; H² is seen from " +
             std::to_string(kShortest) + " steps on";
    }
    return saturated(std::ranges::max(horizons_), epsilons_.front());
  }

  /// One class at one n: rows over horizons at the first ε, and over ε at the last horizon.
  void learn(std::uint64_t n, std::size_t contexts, const NoiseKey& key) {
    const double gap = hardest_gap(contexts, n);
    const SignClass members(contexts, gap);
    const Estimate wrong = mean_estimate(repeated_wrong(members, n, repetitions_, key));
    if (contexts == kContexts) learned_.push_back(scaled(wrong, 0.0, 2.0 * gap));
    for (const double epsilon : epsilons_) {
      for (const std::uint64_t horizon : horizons_) {
        if (epsilon == epsilons_.front() || horizon == horizons_.back()) add_row(n, horizon, epsilon, members, wrong);
      }
    }
  }

  void add_row(std::uint64_t n, std::uint64_t horizon, double epsilon, const SignClass& members,
               const Estimate& wrong) {
    const auto h = static_cast<double>(horizon);
    const double gap = members.gap();
    const Estimate paid = regret(wrong, gap, h, branch_payoff(loop_, horizon, short_.at(epsilon)).dense);
    const double bound = bound_theorem_2({static_cast<double>(n), h, epsilon, members.log_size(), 0.0, kDelta}).total();
    most_ratio_ = std::max(most_ratio_, paid.high / bound);
    result_.rows.push_back({{"n", static_cast<double>(n)},
                            {"horizon", h},
                            {"epsilon", epsilon},
                            {"class_size", static_cast<double>(members.members())},
                            {"regret", paid.value},
                            {"bound", bound},
                            {"regret_over_bound", paid.value / bound}});
  }

  void over_n() {
    require_slope(result_, {"n", "exact tokens, |Π| = 4: regret, slope in n", numbers(ns_), learned_, -0.54, -0.46});
    double apart = 0.0;
    for (const std::uint64_t n : {ns_.front(), ns_.back()}) {
      const double gap = hardest_gap(1, n);
      const Estimate wrong =
          mean_estimate(repeated_wrong(SignClass(1, gap), n, repetitions_, key_.child("one context", n)), 0.99999);
      apart = std::max(apart, misses_by(wrong, binomial_wrong(n, gap)));
    }
    result_.checks.push_back(check_at_most(
        "enumeration agrees with the binomial sum, |Π| = 2: difference over the 99.999 % interval", exact(apart), 1.0));
  }

  void over_horizon() {
    std::vector<double> quantization;
    std::vector<Estimate> dense, sparse;
    for (const std::uint64_t horizon : horizons_) {
      const LearnedBranch learned =
          roll_out_learned(loop_, horizon, {kContexts, 16, 10 * repetitions_}, key_.child("learned", horizon));
      dense.push_back(learned.dense);
      sparse.push_back(learned.sparse);
      quantization.push_back(quantization_regret(horizon, epsilons_.front()));
    }
    const std::vector<double> h = numbers(horizons_);
    require_slope(result_,
                  {"horizon", "learned and rolled out, every step pays: regret, slope in H", h, dense, 0.85, 1.15});
    require_slope(result_, {"horizon_sparse", "learned and rolled out, the last step pays: regret, slope in H", h,
                            sparse, -0.15, 0.15});
    require_slope(result_, {"horizon_quantization", "exact learner: regret by quantization, slope in H", h,
                            exact(quantization), 1.9, 2.1, short_or_saturated()});
  }

  /// Of the learner that equals the quantized expert, on the side that is paid.
  [[nodiscard]] double quantization_regret(std::uint64_t horizon, double epsilon) const {
    return static_cast<double>(horizon) - branch_payoff(loop_, horizon, short_.at(epsilon)).dense;
  }

  void over_epsilon() {
    std::vector<double> regrets, errors;
    for (const double epsilon : epsilons_) {
      regrets.push_back(quantization_regret(horizons_.back(), epsilon));
      errors.push_back(in_actions_.at(epsilon));
    }
    require_slope(result_, {"epsilon", "exact learner: regret by quantization, slope in ε", errors, exact(regrets), 0.9,
                            1.02, saturated(horizons_.back(), std::ranges::max(epsilons_))});
    const std::uint64_t horizon = horizons_.front(), rollouts = repetitions_ * 10;
    const double epsilon = 1.0 / static_cast<double>(2 * horizon), first = 0.5;
    std::vector<double> paid(rollouts);
    parallel_blocks(rollouts, 256, [&](const Block& block) {
      for (std::size_t r = block.begin; r < block.end; ++r) {
        paid[r] = branch_rollout(loop_, horizon, epsilon, first, key_.child("rollouts"), r).dense;
      }
    });
    const Estimate mean = mean_estimate(paid, 0.99999);
    result_.checks.push_back(
        check_at_most("rollouts agree with the exact recursion: difference over the 99.999 % interval",
                      exact(misses_by(mean, first * branch_payoff(loop_, horizon, epsilon).dense)), 1.0));
  }

  void over_classes() {
    constexpr std::uint64_t n = 256;
    std::vector<double> sizes;
    std::vector<Estimate> regrets;
    for (const std::size_t contexts : {1U, 2U, 3U, 4U, 6U, 8U}) {
      const SignClass members(contexts, hardest_gap(contexts, n));
      const Estimate wrong =
          mean_estimate(repeated_wrong(members, n, repetitions_ * 8 / contexts, key_.child("classes", contexts)));
      sizes.push_back(members.log_size());
      regrets.push_back(scaled(wrong, 0.0, 2.0 * members.gap()));
      add_row(n, horizons_.back(), epsilons_.front(), members, wrong);
    }
    require_slope(result_, {"log_class_size", "exact tokens: regret, slope in log|Π|", sizes, regrets, 0.45, 0.55});
    result_.checks.push_back(check_at_most("regret over the bound with constant 1, upper end, largest of all rows",
                                           exact(most_ratio_), 1.0));
  }

  /// What the theorem supposes, and the certificate that knows the constants.
  void hypotheses() {
    double most = 0.0;
    const NoiseKey key = key_.child("states");
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const std::uint64_t h = 2 + i % 20;
      const double x = 2.4 * uniform(key, i, 0) - 1.2, y = x + 0.2 * (uniform(key, i, 1) - 0.5);
      const BranchLaw p = branch_law(loop_, h, x, 0.5), q = branch_law(loop_, h, y, 0.5);
      const double tv = 0.5 * (std::abs(p.minus - q.minus) + std::abs(p.rest - q.rest) + std::abs(p.plus - q.plus));
      most = std::max(most, tv * loop_.b / std::abs(x - y));
    }
    result_.checks.push_back(
        check_at_most("hypothesis ε_q = ε: largest error of a token, over ε", exact(most_error_), 1.0 + 1e-9));
    result_.checks.push_back(
        check_at_most("0 is a representative and ±1 have opposite ones: off by, over ε", exact(at_rest_), 1e-9));
    result_.checks.push_back(
        check_at_most("hypothesis, the class is TVC: largest TV over |Δx|/b", exact(most), 1.0 + 1e-9));
    double certified = 0.0, least = 1.0;
    for (const std::uint64_t horizon : horizons_) {
      for (const double epsilon : epsilons_) {
        const double ratio = quantization_regret(horizon, epsilon) / certificate(horizon, short_.at(epsilon));
        certified = std::max(certified, ratio);
        if (saturated(horizon, epsilon).empty()) least = std::min(least, ratio);
      }
    }
    result_.checks.push_back(
        check_at_most("exact learner: regret by quantization over its certificate, largest", exact(certified), 1.0));
    result_.checks.push_back(check_at_least("and smallest: H²·ε is reached", exact(least), 0.3));
  }

  [[nodiscard]] double certificate(std::uint64_t horizon, double epsilon) const {
    std::vector<double> errors(horizon, epsilon), deviations;
    deviations.reserve(horizon);
    for (std::uint64_t h = 1; h <= horizon; ++h) deviations.push_back(epsilon * branch_state(loop_, h));
    return bound_feedback({errors, deviations, {}, 1.0}, [this](double r) { return r / loop_.b; }).total();
  }

  /// Of an expert that is not optimal (0.3 and 0.6 in two contexts): mean |regret|, since the signed one vanishes.
  void other_learners() {
    for (const BinaryLearner& learner : binary_learners()) {
      if (learner.name != "tabular" && learner.name != "logistic") continue;
      const std::string name = learner.name == "logistic" ? "softmax" : learner.name;
      std::vector<Estimate> regrets;
      regrets.reserve(ns_.size());
      for (const std::uint64_t n : ns_) regrets.push_back(mean_size(learner, n));
      require_slope(result_, {"n_" + name, "learner " + name + ": mean |regret|, slope in n", numbers(ns_), regrets,
                              -0.55, -0.45, few()});
    }
  }

  /// With few demonstrations a context may not be shown at all.
  [[nodiscard]] std::string few() const {
    const std::uint64_t least = std::ranges::min(ns_);
    if (least >= 16) return {};
    return "n = " + std::to_string(least) +
           " demonstrations of two contexts are too few for a mean that falls like 1/√n; it is seen from 16 on";
  }

  [[nodiscard]] Estimate mean_size(const BinaryLearner& learner, std::uint64_t n) const {
    const NoiseKey key = key_.child(learner.name, n);
    std::vector<double> sizes(repetitions_);
    parallel_blocks(repetitions_, 32, [&](const Block& block) {
      for (std::size_t r = block.begin; r < block.end; ++r) {
        BinaryCounts counts;
        for (std::uint64_t i = 0; i < n; ++i) {
          const double place = 2.0 * uniform(key, r, static_cast<std::uint32_t>(i));
          const int c = place < 1.0 ? 0 : 1;
          ++counts.seen[c][place - c < (c == 0 ? 0.3 : 0.6) ? 1 : 0];
        }
        const BinaryPolicy policy = learner.learn(counts, key);
        sizes[r] = 0.5 * std::abs(policy.one[0] - 0.3 + policy.one[1] - 0.6);
      }
    });
    return mean_estimate(sizes);
  }

  void controls() {
    unstable();
    not_realizable();
    least_squares();
  }

  void unstable() {
    constexpr std::uint64_t kSteps = 64;
    std::vector<double> epsilons{0x1p-18, 0x1p-16, 0x1p-14}, unstable, stable;
    for (const double epsilon : epsilons) {
      unstable.push_back(open_loop(2.0, epsilon, kSteps).regret);
      stable.push_back(open_loop(0.5, epsilon, kSteps).regret);
    }
    auto& checks = result_.checks;
    checks.push_back(control_at_least("control, open loop on x' = 2x + u: growth of the deviation a step",
                                      exact(open_loop(2.0, 0x1p-40, 30).growth), 1.999));
    checks.push_back(control_at_most("control, open loop on x' = 2x + u: regret, slope in ε",
                                     fit_log_log(epsilons, unstable).slope, 0.2));
    checks.push_back(control_at_least("control, open loop on x' = 2x + u: regret over H²·ε",
                                      exact(unstable.front() / (kSteps * kSteps * epsilons.front())), 10.0));
    checks.push_back(check_at_most("the same expert on x' = x/2 + u: regret over H²·ε",
                                   exact(stable.back() / (kSteps * kSteps * epsilons.back())), 1.0));
  }

  void not_realizable() {
    std::vector<double> floor, factor;
    const std::vector<double> n{1024, 4096, 16384}, h{16, 32, 64, 128};
    floor.reserve(n.size());
    for (const double count : n) floor.push_back(misspecified(static_cast<std::uint64_t>(count), 64).learner);
    for (const double steps : h) {
      const Misspecified pair = misspecified(16384, static_cast<std::uint64_t>(steps));
      factor.push_back(pair.learner / pair.best);
    }
    result_.checks.push_back(control_at_least("control, the truth is not in Π: regret, slope in n",
                                              exact(fit_log_log(n, floor).slope.value), -0.05));
    result_.checks.push_back(
        control_at_least("control, the truth is not in Π: regret over the best member's, slope in H",
                         fit_log_log(h, factor).slope, 0.9));
  }

  void least_squares() {
    const std::uint64_t horizon = 64;
    for (const std::uint64_t n : {64U, 1024U}) {
      std::vector<double> each(400);
      for (std::size_t r = 0; r < each.size(); ++r) {
        each[r] = squared_error_regret(loop_, n, horizon, key_.child("squared", n), r) / static_cast<double>(horizon);
      }
      result_.checks.push_back(
          control_at_least("control, squared error on a bimodal expert: regret a step, n = " + std::to_string(n),
                           mean_estimate(each), n == 64 ? 0.85 : 0.95));
    }
    const double same = static_cast<double>(horizon) - branch_payoff(loop_, horizon, 0.0).dense;
    result_.checks.push_back(check_at_most("log-loss there, whichever member it takes: regret", exact(same), 0.0));
  }

  void pictures() {
    XyChart chart;
    chart.title = "Regret a step of the exact log-loss maximiser, exact tokens";
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret / H", .log = true};
    chart.curves = {"√(log(|Π|/δ)/n)"};
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      const auto n = static_cast<double>(ns_[i]);
      const double bound = bound_theorem_2({n, 1.0, 0.0, kContexts * std::numbers::ln2, 0.0, kDelta}).total();
      chart.points.push_back({"√(log(|Π|/δ)/n)", n, bound});
      chart.points.push_back(chart_point("|Π| = 4, measured", n, learned_[i]));
    }
    result_.pictures.push_back({with_fit(trend_chart(chart), numbers(ns_), learned_),
                                "Parallel to the bound: slope −½, a constant below it."});
    XyChart growth;
    growth.title = "Regret by quantization of an exact learner";
    growth.x = {.title = "horizon H", .log = true, .log_base = 2.0};
    growth.y = {.title = "regret", .log = true};
    for (const double epsilon : epsilons_) {
      const std::string name = "ε = " + epsilon_name(epsilon);
      for (const std::uint64_t horizon : horizons_) {
        growth.points.push_back({name, static_cast<double>(horizon), quantization_regret(horizon, epsilon)});
      }
    }
    std::vector<double> first;
    std::vector<PlaneCell> plane;
    for (const std::uint64_t horizon : horizons_) {
      first.push_back(quantization_regret(horizon, epsilons_.front()));
      for (const double epsilon : epsilons_) {
        plane.push_back({static_cast<double>(horizon), epsilon,
                         quantization_regret(horizon, epsilon) / static_cast<double>(horizon)});
      }
    }
    result_.pictures.push_back({with_fit(trend_chart(growth), numbers(horizons_), exact(first)),
                                "Slope 2 in H and 1 in ε: at every step a small chance, proportional to ε, of losing "
                                "all that is left."});
    result_.pictures.push_back({plane_chart("Regret by quantization a step over the plane of H and ε",
                                            {"horizon H", "ε", "regret / H"}, plane),
                                "Equal where H·ε is: twice the steps cost as much a step as twice the bins."});
  }

  NoiseKey key_;
  std::size_t repetitions_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_;
  BranchLoop loop_;
  std::vector<Estimate> learned_;                ///< of each n: what a step's payoff loses, p − p̂
  std::map<double, double> short_, in_actions_;  ///< of each ε: what a token falls short by; ε in largest actions
  double most_ratio_ = 0.0, most_error_ = 0.0, at_rest_ = 0.0;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return StochasticUpperBound(options).run(); }

}  // namespace

ExperimentEntry experiment_2() {
  return {
      "2",
      "Smooth stochastic experts on stable plants",
      "With a smooth class that contains the quantized expert, log-loss on n demonstrations of a stable plant costs at "
      "most about H·√(log|Π|/n) + H²·ε; with one sparse reward the first part does not grow with H.",
      "stochastic expert, TVC class that contains the quantized expert, globally P-EIISS plant, bins with ε_q = ε",
      {.epsilon = Taken::grid, .horizon = Taken::grid, .n = Taken::grid},
      run};
}

}  // namespace pianola
