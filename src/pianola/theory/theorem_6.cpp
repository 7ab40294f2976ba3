// Theorem 6: a learned quantizer with a small in-distribution error whose closed loop costs a constant per step for
// ever (docs/theory.md §6, docs/theory/theorem_6.md).
//
// Initial states by Gaussian-quantile midpoints and by Monte Carlo; the in-distribution error also by exact preimages.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/bounds/trap_constants.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/trap_lanes.hpp"
#include "pianola/theory/trap_preimages.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 1024;
constexpr std::uint64_t kPoints = 8192, kThoroughPoints = 32768;

struct PerStep {
  double feedback = 0.0, augmented = 0.0, observed = 0.0;
};

std::vector<double> midpoints(std::uint64_t n) {
  std::vector<double> starts;
  starts.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    starts.push_back(normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(n)));
  }
  return starts;
}

std::vector<double> draws(std::uint64_t n, const NoiseKey& key) {
  std::vector<double> starts;
  starts.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) starts.push_back(normal(key, i, 0));
  return starts;
}

/// Cost per step of feedback from each start; where asked also of the other two.
struct Costs {
  std::vector<double> feedback, augmented, observed;
};

Costs costs(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon, std::span<const double> starts,
            bool all) {
  const std::size_t rest = all ? starts.size() : 0;
  Costs per{std::vector<double>(starts.size()), std::vector<double>(rest), std::vector<double>(rest)};
  parallel_blocks(starts.size(), kBlock, [&](const Block& block) {
    const std::size_t n = block.end - block.begin;
    const auto part = [&](std::vector<double>& of) {
      return of.empty() ? std::span<double>() : std::span(of).subspan(block.begin, n);
    };
    run_trap_lanes(plant, table, horizon, starts.subspan(block.begin, n),
                   {part(per.feedback), part(per.augmented), part(per.observed)});
  });
  for (auto* of : {&per.feedback, &per.augmented, &per.observed}) {
    for (double& cost : *of) cost /= static_cast<double>(horizon);
  }
  return per;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

PerStep measure(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                std::span<const double> starts) {
  const Costs per = costs(plant, table, horizon, starts, true);
  return {mean(per.feedback), mean(per.augmented), mean(per.observed)};
}

double feedback_cost(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                     std::span<const double> starts) {
  return mean(costs(plant, table, horizon, starts, false).feedback);
}

std::uint64_t scheduled_horizon(double epsilon) {
  return static_cast<std::uint64_t>(std::ceil(64.0 * std::pow(std::log(epsilon), 2)));
}

std::string at(double epsilon) { return " at ε = " + format_number(epsilon, 4); }

class TrapExperiment {
 public:
  explicit TrapExperiment(const ExperimentOptions& options)
      : options_(options),
        epsilons_(axis("epsilon", options.epsilon, {0.03125, 0.015625, 0.0078125}, 1e-6, 0.15)),
        horizons_(axis("horizon", options.horizon, {}, 1, 10'000'000)),
        points_(axis("initial-points",
                     options.initial_points == 0 ? std::vector<std::uint64_t>()
                                                 : std::vector<std::uint64_t>{options.initial_points},
                     {options.thorough ? kThoroughPoints : kPoints}, 16, 1U << 24)
                    .front()),
        starts_(midpoints(points_)) {
    if (horizons_.size() > 1 && horizons_.size() != epsilons_.size()) {
      throw UsageError("theorem 6: --horizon takes one value, or one for each of the " +
                       std::to_string(epsilons_.size()) + " values of --epsilon, not " +
                       std::to_string(horizons_.size()));
    }
  }

  ExperimentResult run() {
    for (std::size_t i = 0; i < epsilons_.size(); ++i) measure_at(i);
    slopes();
    controls();
    pictures();
    note_paper();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::uint64_t horizon(std::size_t i) const {
    if (horizons_.empty()) return scheduled_horizon(epsilons_[i]);
    return horizons_[horizons_.size() == 1 ? 0 : i];
  }

  [[nodiscard]] TrapConstants constants(double epsilon) const {
    TrapConstants c;
    c.epsilon = epsilon;
    for (const TrapCondition& condition : trap_conditions(c)) {
      if (!condition.holds)
        throw UsageError("theorem 6: ε = " + std::to_string(epsilon) + " breaks " + condition.claim);
    }
    return c;
  }

  void measure_at(std::size_t i) {
    const double epsilon = epsilons_[i];
    const std::uint64_t steps = horizon(i);
    const TrapConstants c = constants(epsilon);
    const PerStep trap = measure(c, trap_table(c), steps, starts_);
    const double bins = feedback_cost(c, trap_bins(epsilon), steps, starts_);
    const double preimages = trap_in_distribution_error(c, steps);
    rows_.push_back({epsilon, trap, bins});
    result_.rows.push_back({{"epsilon", epsilon},
                            {"horizon", static_cast<double>(steps)},
                            {"feedback_regret_per_step", trap.feedback},
                            {"augmented_regret_per_step", trap.augmented},
                            {"binning_regret_per_step", bins},
                            {"in_distribution_error", trap.observed}});
    auto& checks = result_.checks;
    const bool long_enough = static_cast<double>(steps) >= 30.0 * std::abs(std::log(epsilon));
    if (!long_enough) {
      result_.notes.push_back("H = " + std::to_string(steps) + " is not ω(|log ε|)" + at(epsilon) +
                              ": the trap needs time to catch, and the theorem's hypothesis is not met");
    }
    checks.push_back(long_enough ? check_at_least("the deployed learner pays a constant a step" + at(epsilon),
                                                  exact(trap.feedback), 0.5)
                                 : undecided("the deployed learner pays a constant a step" + at(epsilon), 0.5));
    checks.push_back(
        check_at_most("in distribution its error is O(ε): error/ε" + at(epsilon), exact(trap.observed / epsilon), 6.5));
    checks.push_back(check_at_most("Algorithm 1 with the exact model pays O(ε): regret a step/ε" + at(epsilon),
                                   exact(trap.augmented / epsilon), 4.5));
    checks.push_back(
        check_at_most("bins of half-width ε pay O(ε): regret a step/ε" + at(epsilon), exact(bins / epsilon), 1.0));
    checks.push_back(check_at_most("exact preimages give the in-distribution error: relative difference" + at(epsilon),
                                   exact(std::abs(preimages / trap.observed - 1.0)), 1e-3));
    monte_carlo(c, steps, trap.feedback);
  }

  void monte_carlo(const TrapConstants& c, std::uint64_t steps, double quadrature) {
    const auto starts = draws(points_, options_.key.child("starts"));
    const Costs drawn = costs(c, trap_table(c), steps, starts, false);
    RunningMean sampled;
    for (const double cost : drawn.feedback) sampled.add(cost);
    const double error = std::sqrt(sampled.variance() / static_cast<double>(sampled.count()));
    result_.checks.push_back(
        check_at_most("Monte Carlo agrees with quadrature: standard errors between" + at(c.epsilon),
                      exact(std::abs(sampled.mean() - quadrature) / std::max(error, 1e-300)), 4.0));
  }

  /// While the error that a test set sees falls like ε, what the loop pays does not fall.
  void slopes() {
    std::vector<double> feedback, observed;
    for (const Measured& row : rows_) {
      feedback.push_back(row.trap.feedback);
      observed.push_back(row.trap.observed);
    }
    auto sorted = epsilons_;
    std::ranges::sort(sorted);
    const bool enough = sorted.size() >= 3 && sorted.front() < sorted.back();
    if (!enough) {
      result_.checks.push_back(undecided("in-distribution error: slope in ε", 0.9));
      result_.checks.push_back(undecided("feedback regret a step: slope in ε", 0.25));
      return;
    }
    result_.exponents["in_distribution_error_in_epsilon"] = fit_log_log(epsilons_, observed).slope;
    result_.exponents["feedback_regret_in_epsilon"] = fit_log_log(epsilons_, feedback).slope;
    result_.checks.push_back(check_at_least("in-distribution error: slope in ε",
                                            exact(result_.exponents["in_distribution_error_in_epsilon"].value), 0.9));
    result_.checks.push_back(check_at_most("feedback regret a step: slope in ε",
                                           exact(result_.exponents["feedback_regret_in_epsilon"].value), 0.25));
  }

  void controls() {
    for (std::size_t i = 0; i < epsilons_.size(); ++i) {
      const double epsilon = epsilons_[i];
      const TrapConstants c = constants(epsilon);
      result_.checks.push_back(
          control_at_most("control, the three intervals removed: regret a step/ε" + at(epsilon),
                          exact(feedback_cost(c, trap_without_intervals(c), horizon(i), starts_) / epsilon), 0.6));
      TrapConstants unstable = c;
      unstable.b = 0.9;
      result_.checks.push_back(
          control_at_most("control, B = 0.9, so that λ = 1.1: regret a step/ε" + at(epsilon),
                          exact(feedback_cost(unstable, trap_table(unstable), horizon(i), starts_) / epsilon), 5.0));
    }
  }

  void pictures() {
    XyChart rates;
    rates.title = "What a test set sees, and what the loop pays";
    rates.x = {.title = "ε", .log = true, .log_base = 2.0};
    rates.y = {.title = "per step", .log = true};
    for (const Measured& row : rows_) {
      rates.points.push_back({"learned quantizer, feedback", row.epsilon, row.trap.feedback});
      rates.points.push_back({"learned quantizer, in distribution", row.epsilon, row.trap.observed});
      rates.points.push_back({"learned quantizer, Algorithm 1", row.epsilon, row.trap.augmented});
      rates.points.push_back({"bins, feedback", row.epsilon, row.bins});
    }
    result_.pictures.push_back(
        {trend_chart(rates),
         "All lines fall with ε but the learned quantizer's in feedback: its error is small where "
         "the expert goes, and the loop goes elsewhere."});
    const TrapConstants c = constants(epsilons_.back());
    result_.pictures.push_back({line_chart(caught(c)),
                                "The expert comes to rest; the deployed learner is thrown from the resting interval to "
                                "the first trap, to the second, and never leaves."});
    result_.pictures.push_back({trend_chart(schedule(c)),
                                "The constant needs a horizon beyond log(1/ε): before that the learner is still on "
                                "its way into the trap."});
  }

  static XyChart caught(const TrapConstants& c) {
    XyChart chart;
    chart.title = "A trajectory being caught, ε = " + format_number(c.epsilon, 4);
    chart.x = {.title = "step"};
    chart.y = {.title = "state"};
    double expert = 1.0, learner = 1.0;
    const TrapTable table = trap_table(c);
    for (int h = 0; h < 40; ++h) {
      chart.points.push_back({"expert", static_cast<double>(h), expert});
      chart.points.push_back({"deployed learner", static_cast<double>(h), learner});
      expert = c.a * expert + c.b * std::atan(expert);
      learner = c.a * learner + c.b * trap_token(table, learner, std::atan(learner));
    }
    return chart;
  }

  [[nodiscard]] XyChart schedule(const TrapConstants& c) const {
    XyChart chart;
    chart.title = "Feedback regret a step against the horizon, ε = " + format_number(c.epsilon, 4);
    chart.x = {.title = "H / log(1/ε)", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret a step", .zero = true};
    const auto few = midpoints(1024);
    for (double multiple = 1.0; multiple <= 512.0; multiple *= 2.0) {
      const auto steps = static_cast<std::uint64_t>(std::ceil(multiple * std::abs(std::log(c.epsilon))));
      chart.points.push_back({"feedback", multiple, feedback_cost(c, trap_table(c), steps, few)});
    }
    return chart;
  }

  /// The paper's own example breaks one of its conditions and traps all the same.
  void note_paper() {
    std::string text =
        "the paper's printed parameters (k = 1, d = 0.6) break its condition k/2 > B/(1−λ) and trap all "
        "the same: per step";
    for (std::size_t i = 0; i < epsilons_.size(); ++i) {
      TrapConstants c;
      c.epsilon = epsilons_[i];
      c.k = 1.0;
      c.d = 0.6;
      const double cost = feedback_cost(c, trap_table(c), horizon(i), starts_);
      text += (i == 0 ? " " : ", ") + format_number(cost, 3) + at(epsilons_[i]);
    }
    result_.notes.push_back(text);
  }

  struct Measured {
    double epsilon;
    PerStep trap;
    double bins;
  };

  const ExperimentOptions& options_;
  std::vector<double> epsilons_;
  std::vector<std::uint64_t> horizons_;
  std::uint64_t points_;
  std::vector<double> starts_;
  std::vector<Measured> rows_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return TrapExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_6() {
  return {
      "6", "A learned quantizer that fails",
      "There are a stable plant, a smooth expert and a quantizer whose in-distribution error is O(ε), for which the "
      "learner that equals the quantized expert exactly pays a constant per step in closed loop once H is beyond "
      "log(1/ε). Binning of the same error pays O(ε), and so does Algorithm 1.",
      run};
}

}  // namespace pianola
