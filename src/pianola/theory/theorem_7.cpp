// Theorem 7: Algorithm 1, which acts on the state that a learned model keeps for it: regret at most about
// H·[√((log|Π| + log|M|)/n) + ε], without any smoothness (docs/theory.md §7, docs/theory/theorem_7.md).
//
// Finite classes of policies and of models by enumeration, on an instance where neither can do without the other
// (theory/hidden_branch), and on the trap (theory/trap_class). Controls: a biased model, an unstable plant, process
// noise.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/broken_hypotheses.hpp"
#include "pianola/theory/closed_loop_regret.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/hidden_branch.hpp"
#include "pianola/theory/line_bins.hpp"
#include "pianola/theory/misspecified_models.hpp"
#include "pianola/theory/sign_class.hpp"
#include "pianola/theory/slope_checks.hpp"
#include "pianola/theory/trap_class.hpp"
#include "pianola/theory/vector_loop.hpp"

namespace pianola {
namespace {

constexpr std::size_t kContexts = 2;  // of each class
constexpr double kTrapEpsilon = 0.015625;
constexpr std::uint64_t kTrapSteps = 1107;  // ⌈64 ln²ε⌉

std::vector<double> numbers(const std::vector<std::uint64_t>& values) { return {values.begin(), values.end()}; }

/// Shares of wrong contexts of both classes; half of the demonstrations show each.
struct Wrong {
  Estimate policy, model;
  double gap = 0.0, log_classes = 0.0;
};

class AugmentedUpperBound {
 public:
  explicit AugmentedUpperBound(const ExperimentOptions& options)
      : key_(options.key),
        repetitions_(options.thorough ? 20'000 : 2'000),
        ns_(axis("n", options.n,
                 options.thorough ? std::vector<std::uint64_t>{32, 64, 128, 256, 512, 1024, 2048, 4096, 8192}
                                  : std::vector<std::uint64_t>{32, 128, 512, 2048},
                 16, 100'000)),
        horizons_(axis("horizon", options.horizon,
                       options.thorough ? std::vector<std::uint64_t>{16, 24, 32, 48, 64, 96, 128, 192, 256, 512}
                                        : std::vector<std::uint64_t>{16, 32, 64, 128, 256},
                       2, 100'000)),
        epsilons_(axis("epsilon", options.epsilon, {0x1p-12, 0x1p-10, 0x1p-8, 0x1p-6}, 0x1p-14, 0.1)),
        quantizers_(options.quantizers),
        trap_(quantizers_, kTrapEpsilon) {
    for (const double epsilon : epsilons_) instance(epsilon);
    instance(0x1p-6);
  }

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) over_demonstrations(n);
    require_slope(result_, {"n", "exact tokens: regret, slope in n", numbers(ns_), learned_, -0.54, -0.46});
    over_classes();
    over_models();
    over_horizon();
    over_epsilon();
    three_states();
    rollouts();
    trap();
    trap_over_demonstrations();
    biased_model();
    misspecified();
    unstable();
    process_noise();
    picture();
    return std::move(result_);
  }

 private:
  /// The branch with the tokens that quantizer 'uniform' gives its three actions, in units of the largest one.
  void instance(double epsilon) {
    const LineBins bins = LineBins::centre_at_zero(quantizers_, epsilon);
    HiddenBranch branch;
    branch.played = bins(bins.reach()) / bins.reach();
    branch.hidden = 0.5 * epsilon / bins.reach();
    branch.hidden_token = bins(0.5 * epsilon) / bins.reach();
    branches_[epsilon] = branch;
    for (const double u : {-bins.reach(), -0.5 * epsilon, 0.5 * epsilon, bins.reach()}) {
      most_error_ = std::max(most_error_, std::abs(bins(u) - u) / epsilon);
    }
  }

  /// epsilon 0: exact tokens.
  [[nodiscard]] HiddenBranch branch(bool by_model, std::uint64_t horizon, double epsilon) const {
    HiddenBranch one = epsilon == 0.0 ? HiddenBranch() : branches_.at(epsilon);
    one.by_model = by_model;
    one.horizon = horizon;
    return one;
  }

  [[nodiscard]] Wrong learn(std::uint64_t n, std::size_t contexts, std::size_t repetitions, const NoiseKey& key) const {
    const std::uint64_t each = n / 2;
    const double gap = hardest_gap(contexts, each);
    const SignClass members(contexts, gap);
    return {mean_estimate(repeated_wrong(members, each, repetitions, key.child("policies"))),
            mean_estimate(repeated_wrong(members, each, repetitions, key.child("models"))), gap,
            2.0 * members.log_size()};
  }

  /// Regret, contexts of both kinds equally likely, the world on the side that the expert prefers.
  [[nodiscard]] Estimate regret(const Wrong& wrong, std::uint64_t horizon, double epsilon) const {
    const Estimate by_policy = hidden_regret(branch(false, horizon, epsilon), wrong.gap, wrong.policy);
    const Estimate by_model = hidden_regret(branch(true, horizon, epsilon), wrong.gap, wrong.model);
    return {0.5 * (by_policy.value + by_model.value), 0.5 * (by_policy.low + by_model.low),
            0.5 * (by_policy.high + by_model.high), wrong.policy.n};
  }

  void over_demonstrations(std::uint64_t n) {
    const Wrong wrong = learn(n, kContexts, repetitions_, key_.child("data", n));
    wrong_.push_back(wrong);
    learned_.push_back(regret(wrong, horizons_.back(), 0.0));
    for (const double epsilon : epsilons_) {
      for (const std::uint64_t horizon : horizons_) {
        if (epsilon == epsilons_.front() || (horizon == horizons_.back() && n == ns_.back())) {
          add_row(n, horizon, epsilon, wrong);
        }
      }
    }
  }

  void add_row(std::uint64_t n, std::uint64_t horizon, double epsilon, const Wrong& wrong) {
    const Estimate paid = regret(wrong, horizon, epsilon);
    const auto h = static_cast<double>(horizon), count = static_cast<double>(n);
    const double half = 0.5 * wrong.log_classes, bound = bound_theorem_7({count, h, epsilon, half, half}).total();
    most_ratio_ = std::max(most_ratio_, paid.high / bound);
    result_.rows.push_back({{"n", count},
                            {"horizon", h},
                            {"epsilon", epsilon},
                            {"class_size", std::exp(wrong.log_classes)},
                            {"regret", paid.value},
                            {"bound", bound},
                            {"regret_over_bound", paid.value / bound}});
  }

  void over_classes() {
    constexpr std::uint64_t n = 512;
    std::vector<double> sizes;
    std::vector<Estimate> regrets;
    for (const std::size_t contexts : {1U, 2U, 3U, 4U, 6U, 8U}) {
      const Wrong wrong = learn(n, contexts, repetitions_ * 8 / contexts, key_.child("classes", contexts));
      sizes.push_back(wrong.log_classes);
      regrets.push_back(regret(wrong, horizons_.back(), 0.0));
      add_row(n, horizons_.back(), epsilons_.front(), wrong);
    }
    require_slope(result_,
                  {"log_class_size", "exact tokens: regret, slope in log|Π| + log|M|", sizes, regrets, 0.45, 0.55});
  }

  /// One policy context, so |Π| = 2, and models over more and more: what the model contexts pay, since the policy
  /// contexts pay the same throughout.
  void over_models() {
    constexpr std::uint64_t n = 512;
    std::vector<double> sizes;
    std::vector<Estimate> regrets;
    for (const std::size_t contexts : {1U, 2U, 3U, 4U, 6U, 8U}) {
      const double gap = hardest_gap(contexts, n / 2);
      const SignClass models(contexts, gap);
      const NoiseKey key = key_.child("models alone", contexts);
      const Estimate wrong = mean_estimate(repeated_wrong(models, n / 2, repetitions_ * 8 / contexts, key));
      sizes.push_back(models.log_size());
      regrets.push_back(hidden_regret(branch(true, horizons_.back(), 0.0), gap, wrong));
    }
    require_slope(result_, {"log_models", "exact tokens, |Π| = 2: regret in model contexts, slope in log|M|", sizes,
                            regrets, 0.45, 0.55});
  }

  /// A class of models that lacks the truth, with exact tokens and with each ε.
  void misspecified() {
    MisspecifiedModels models{{branch(true, horizons_.back(), 0.0)}, repetitions_, key_.child("misspecified")};
    for (const double epsilon : epsilons_) models.branches.push_back(branch(true, horizons_.back(), epsilon));
    add_misspecified_models(result_, models);
  }

  /// Quantization alone, on the side that is paid, both kinds of contexts.
  struct Quantized {
    double regret = 0.0, certificate = 0.0;
  };
  [[nodiscard]] Quantized quantized(std::uint64_t horizon, double epsilon) const {
    Quantized sum;
    for (const bool by_model : {false, true}) {
      const HiddenPayoff payoff = hidden_payoff(branch(by_model, horizon, epsilon));
      sum.regret += 0.5 * (payoff.expert - payoff.learner);
      sum.certificate += 0.5 * payoff.certificate;
    }
    return sum;
  }

  void over_horizon() {
    std::vector<double> regrets;
    regrets.reserve(horizons_.size());
    for (const std::uint64_t horizon : horizons_) regrets.push_back(quantized(horizon, epsilons_.front()).regret);
    require_slope(result_, {"horizon", "exact learner and model: regret by quantization, slope in H",
                            numbers(horizons_), exact(regrets), 0.95, 1.1, short_or_coarse()});
  }

  void over_epsilon() {
    std::vector<double> regrets, errors;
    double certified = 0.0, least = 1.0;
    for (const double epsilon : epsilons_) {
      errors.push_back(2.0 * branches_.at(epsilon).hidden);  // ε in units of the largest action
      const Quantized quantization = quantized(horizons_.back(), epsilon);
      regrets.push_back(quantization.regret);
      certified = std::max(certified, quantization.regret / quantization.certificate);
      least = std::min(least, quantization.regret / quantization.certificate);
    }
    require_slope(result_, {"epsilon", "exact learner and model: regret by quantization, slope in ε", errors,
                            exact(regrets), 0.98, 1.02, short_or_coarse()});
    auto& checks = result_.checks;
    checks.push_back(
        check_at_most("hypothesis ε_q = ε: largest error of a token, over ε", exact(most_error_), 1.0 + 1e-9));
    checks.push_back(check_at_most("regret over the bound with constant 1, upper end, largest of all rows",
                                   exact(most_ratio_), 1.0));
    checks.push_back(
        check_at_most("exact learner and model: regret over its certificate, largest", exact(certified), 1.0 + 1e-9));
    checks.push_back(check_at_least("and smallest: it is tight", exact(least), 0.9));
  }

  /// Where slopes are not seen yet.
  [[nodiscard]] std::string short_or_coarse() const {
    if (const double coarsest = std::ranges::max(epsilons_); coarsest > 0x1p-6) {
      return "bins of half-width " + epsilon_name(coarsest) +
             " are coarse against actions of about 1; slopes are seen at 2⁻⁶ and below";
    }
    if (const std::uint64_t shortest = std::ranges::min(horizons_); shortest < 12) {
      return "H = " + std::to_string(shortest) + " ends before the loop rests; slopes are seen from 12 steps on";
    }
    return {};
  }

  void three_states() { add_vector_checks(result_, quantizers_, {true, horizons_, epsilons_, short_or_coarse()}); }

  void rollouts() {
    const HiddenBranch hidden = branch(true, 32, 0x1p-6);
    const Estimate mean = drawn(hidden, 1.0, 0.6, 0.0, repetitions_ * 5, 0.99999);
    result_.checks.push_back(
        check_at_most("rollouts of Algorithm 1 agree with the exact payoff: difference over the 99.999 % interval",
                      exact(misses_by(mean, 0.6 * hidden_payoff(hidden).learner)), 1.0));
  }

  [[nodiscard]] Estimate drawn(const HiddenBranch& branch, double sign, double first, double bias, std::size_t rollouts,
                               double confidence) const {
    std::vector<double> paid(rollouts);
    parallel_blocks(rollouts, 256, [&](const Block& block) {
      for (std::size_t r = block.begin; r < block.end; ++r) {
        paid[r] = hidden_rollout(branch, sign, first, bias, key_.child("rollouts"), r);
      }
    });
    return mean_estimate(paid, confidence);
  }

  /// Many sets of demonstrations: what n it takes, and that the learned regret tends to that of docs/theory.md §10.
  void trap_over_demonstrations() {
    constexpr std::size_t kStarts = 16, kSets = 24;
    const double limit = trap_.truth({kTrapSteps, 0, kStarts}).augmented;
    XyChart chart;
    chart.title = "The trap, learned from finite classes";
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret a step", .log = true};
    chart.references = {{limit, "exact policy and model"}};
    std::string left;
    TrapCurve last;
    for (const std::uint64_t n : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U}) {
      last = trap_.curve({kTrapSteps, n, kStarts}, kSets, key_.child("trap sets", n));
      chart.points.push_back(chart_point("Algorithm 1", static_cast<double>(n), last.augmented));
      chart.points.push_back(chart_point("feedback", static_cast<double>(n), last.feedback));
      left += (left.empty() ? "" : ", ") + format_percent(last.known.value) + " (n = " + std::to_string(n) + ")";
    }
    auto& checks = result_.checks;
    checks.push_back(check_at_most("trap, learned classes, n = 128: |regret of Algorithm 1 over that of §10 − 1|",
                                   exact(std::abs(last.augmented.value / limit - 1.0)), 1e-9));
    checks.push_back(check_at_least("trap, learned classes, n = 128: regret of feedback a step", last.feedback, 0.5));
    result_.notes.push_back("trap: sets of demonstrations that leave one policy and one model: " + left);
    result_.pictures.push_back({trend_chart(chart),
                                "Algorithm 1 pays what the exact model pays, feedback a constant; between them "
                                "lies what n demonstrations leave open."});
  }

  /// Policies and models that the demonstrations leave, and what the first of them pays.
  void trap() {
    TrapLearned last;
    std::string left;
    for (const std::uint64_t n : {1U, 4U, 16U, 64U, 256U}) {
      last = trap_.learn({kTrapSteps, n, 64}, key_.child("trap"));
      left += (left.empty() ? "" : ", ") + std::to_string(last.policies) + " and " + std::to_string(last.models) +
              " (n = " + std::to_string(n) + ")";
    }
    auto& checks = result_.checks;
    checks.push_back(check_at_most("trap, |Π| = 40 and |M| = 20, n = 256: members that the data leave",
                                   exact(static_cast<double>(last.policies * last.models)), 1.0));
    checks.push_back(check_at_most("trap, learned classes, n = 256: regret of Algorithm 1 a step, over ε",
                                   exact(last.augmented / kTrapEpsilon), 4.5));
    checks.push_back(check_at_least("trap, the same policy in feedback: regret a step", exact(last.feedback), 0.5));
    result_.notes.push_back("trap: policies and models that agree with the demonstrations: " + left);
  }

  /// A bias of 2·b·ε, of the size of the bins, turns every branch to one side; the world pays the other.
  void biased_model() {
    std::vector<Estimate> regrets;
    for (const double epsilon : epsilons_) {
      const HiddenBranch hidden = branch(true, horizons_.back(), epsilon);
      const double bias = 2.0 * hidden.b * epsilon, expert = 0.5 * hidden_payoff(hidden).expert;
      const Estimate paid = drawn(hidden, -1.0, 0.5, bias, 200, 0.95);
      const auto h = static_cast<double>(hidden.horizon - 1);  // the first action is hidden
      regrets.push_back({(expert - paid.value) / h, (expert - paid.high) / h, (expert - paid.low) / h, paid.n});
    }
    double least = HUGE_VAL;
    for (const Estimate& one : regrets) least = std::min(least, one.low);
    result_.checks.push_back(
        control_at_least("control, a model biased by the width of a bin: regret a step, all ε", exact(least), 0.45));
  }

  void unstable() {
    std::vector<double> augmented;
    double feedback = 0.0;
    const std::vector<double> epsilons{0x1p-14, 0x1p-12, 0x1p-10, 0x1p-8};
    for (const double epsilon : epsilons) {
      const UnstablePlant paid = unstable_plant(LineBins::edge_at_zero(quantizers_, epsilon, 2.0), 64);
      augmented.push_back(paid.augmented);
      feedback = std::max(feedback, paid.feedback / (64.0 * epsilon));
    }
    auto& checks = result_.checks;
    checks.push_back(control_at_least("control, x' = 2x + u under u = −1.6x: regret of Algorithm 1 a step, smallest",
                                      exact(std::ranges::min(augmented) / 64.0), 0.5));
    checks.push_back(control_at_most("control, the same: slope in ε", fitted_slope(epsilons, exact(augmented)), 0.2));
    checks.push_back(
        check_at_most("feedback on the same plant: regret a step over ε, largest", exact(feedback), 1.0 + 1e-9));
  }

  /// The fair coin of theory.md §7 through the product's own system, expert and augmented controller.
  void process_noise() {
    FitContext context;
    context.action_dim = 1;
    context.range = {{0.0}, {1.0}};
    const std::shared_ptr<const Quantizer> exact_tokens =
        make_experiment_quantizer(quantizers_, "uniform:bins=2,representatives=ends", context);
    const auto run = [&](const char* controller) {
      return closed_loop_regret(
          {"tabular_mdp:family=coin", exact_tokens, controller, 50, repetitions_ / 2, key_.child("coin")});
    };
    result_.checks.push_back(control_at_least(
        "control, process noise (a fair coin), all exact: Algorithm 1, regret a step", run("augmented"), 0.45));
    result_.checks.push_back(check_at_most("the same in feedback: regret a step", run("quantized"), 0.0));
  }

  void picture() {
    XyChart chart;
    chart.title = "Algorithm 1 with learned policy and model";
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret / H", .log = true};
    chart.curves = {"√((log|Π| + log|M|)/n)"};
    const auto h = static_cast<double>(horizons_.back());
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      const auto n = static_cast<double>(ns_[i]);
      const double log_size = SignClass(kContexts, 0.1).log_size();
      chart.points.push_back({"√((log|Π| + log|M|)/n)", n, bound_theorem_7({n, 1.0, 0.0, log_size, log_size}).total()});
      const Estimate& paid = learned_[i];
      chart.points.push_back(chart_point("exact tokens", n, {paid.value / h, paid.low / h, paid.high / h, paid.n}));
      for (const double epsilon : epsilons_) {
        chart.points.push_back(
            {"ε = " + epsilon_name(epsilon), n, regret(wrong_[i], horizons_.back(), epsilon).value / h});
      }
    }
    std::vector<Estimate> steps;
    steps.reserve(learned_.size());
    for (const Estimate& paid : learned_) steps.push_back({paid.value / h, paid.low / h, paid.high / h, paid.n});
    result_.pictures.push_back({with_fit(trend_chart(chart), numbers(ns_), steps),
                                "Slope −½ until the bins decide; no smoothness was needed."});
  }

  NoiseKey key_;
  std::size_t repetitions_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_;
  std::vector<Wrong> wrong_;       ///< of each n
  std::vector<Estimate> learned_;  ///< of each n: regret with exact tokens
  QuantizerMaker quantizers_;
  TrapClass trap_;
  std::map<double, HiddenBranch> branches_;  ///< of each ε
  double most_ratio_ = 0.0, most_error_ = 0.0;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return AugmentedUpperBound(options).run(); }

}  // namespace

ExperimentEntry experiment_7() {
  return {
      "7",
      "Algorithm 1: acting on a model's state",
      "With a policy and a model learned from finite classes, on a stable plant with deterministic dynamics, acting on "
      "the model's state costs at most about H·[√((log|Π| + log|M|)/n) + ε], however rough the policy is.",
      "deterministic dynamics, stable plant, both classes contain the truth, bins with ε_q = ε",
      {.epsilon = Taken::grid, .horizon = Taken::grid, .n = Taken::grid},
      run};
}

}  // namespace pianola
