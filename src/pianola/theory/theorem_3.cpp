// Theorem 3: binned tokens of a deterministic, Lipschitz expert on a stable plant: regret at most about
// H·log(|Π|/δ)/n + H²·κ(γ((k+1)ε)) + H·[γ((k+1)ε) + (k+1)ε] (docs/theory.md §5, docs/theory/theorem_3.md).
//
// With fine bins the middle term is 0 and regret is linear in H. A threshold class by enumeration gives the first term,
// a binned loop with an edge at the resting action the last. Controls break smoothness, and stability.
#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/binned_loop.hpp"
#include "pianola/theory/broken_hypotheses.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/hard_pair.hpp"
#include "pianola/theory/slope_checks.hpp"
#include "pianola/theory/threshold_class.hpp"

namespace pianola {
namespace {

constexpr double kDelta = 0.05;
constexpr double kFinest = 0x1p-10;  // of the hard pair
constexpr std::uint64_t kHardSteps = 60, kChunk = 16;

std::vector<double> numbers(const std::vector<std::uint64_t>& values) { return {values.begin(), values.end()}; }

class DeterministicUpperBound {
 public:
  explicit DeterministicUpperBound(const ExperimentOptions& options)
      : key_(options.key),
        repetitions_(options.thorough ? 20'000 : 2'000),
        ns_(axis("n", options.n,
                 options.thorough ? std::vector<std::uint64_t>{16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024}
                                  : std::vector<std::uint64_t>{16, 32, 64, 128, 256, 512},
                 8, 4096)),
        horizons_(axis("horizon", options.horizon,
                       options.thorough ? std::vector<std::uint64_t>{16, 24, 32, 48, 64, 96, 128, 192, 256, 512}
                                        : std::vector<std::uint64_t>{16, 32, 64, 128, 256},
                       12, 10'000)),
        epsilons_(axis("epsilon", options.epsilon, {0x1p-10, 0x1p-8, 0x1p-6, 0x1p-4}, 1e-4, 0.25)),
        members_(16 * std::ranges::max(ns_)) {}

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) learn(n);
    over_n();
    over_horizon();
    over_epsilon();
    hypotheses();
    absorbing();
    hard_pair();
    open_loops();
    pictures();
    return std::move(result_);
  }

 private:
  void learn(std::uint64_t n) {
    wrong_.push_back(mean_estimate(threshold_errors(n, members_, repetitions_, key_.child("data", n))));
    for (const double epsilon : epsilons_) {
      for (const std::uint64_t horizon : horizons_) {
        if (epsilon == epsilons_.front() || (horizon == horizons_.back() && n == ns_.back())) {
          add_row(n, horizon, epsilon, wrong_.back());
        }
      }
    }
  }

  /// The learner of n demonstrations in closed loop: on the wrong side of the jump, else binned.
  [[nodiscard]] Estimate regret(std::uint64_t horizon, double epsilon, const Estimate& wrong) const {
    const double right = binned_cost(loop_, horizon, epsilon).regret, lost = wrong_side_cost(loop_, horizon, epsilon);
    const auto at = [&](double share) { return (1.0 - share) * right + share * lost; };
    return {at(wrong.value), at(wrong.low), at(wrong.high), wrong.n};
  }

  void add_row(std::uint64_t n, std::uint64_t horizon, double epsilon, const Estimate& wrong) {
    const Estimate paid = regret(horizon, epsilon, wrong);
    const auto h = static_cast<double>(horizon), count = static_cast<double>(n), m = static_cast<double>(members_);
    const double bound = bound_theorem_3({count, h, epsilon, std::log(m), 0.0, kDelta}, inputs(epsilon)).total();
    most_ratio_ = std::max(most_ratio_, paid.high / bound);
    result_.rows.push_back({{"n", count},
                            {"horizon", h},
                            {"epsilon", epsilon},
                            {"class_size", m},
                            {"regret", paid.value},
                            {"bound", bound},
                            {"regret_over_bound", paid.value / bound}});
  }

  /// δ_0, below which tokens stay within k·ε; the rounding of the last digit must not decide.
  [[nodiscard]] Theorem3Inputs inputs(double epsilon) const {
    return {loop_.tolerance(), loop_.modulus(), reach(epsilon) * (1.0 + 1e-9)};
  }

  /// γ((k + 1)·ε)
  [[nodiscard]] double reach(double epsilon) const { return loop_.modulus() * (loop_.tolerance() + 1.0) * epsilon; }

  void over_n() {
    require_slope(result_, {"n", "exact tokens: regret, slope in n", numbers(ns_), wrong_, -1.05, -0.95});
    double least = HUGE_VAL, most = 0.0;
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      least = std::min(least, static_cast<double>(ns_[i]) * wrong_[i].low);
      most = std::max(most, static_cast<double>(ns_[i]) * wrong_[i].high);
    }
    result_.checks.push_back(check_at_most("n times the error, largest of all n", exact(most), 1.15));
    result_.checks.push_back(check_at_least("n times the error, smallest of all n", exact(least), 0.8));
  }

  void over_horizon() {
    std::vector<Estimate> regrets;
    regrets.reserve(horizons_.size());
    for (const std::uint64_t horizon : horizons_) {
      regrets.push_back(exact(regret(horizon, epsilons_.front(), wrong_.back()).value));
    }
    require_slope(result_,
                  {"horizon", "learned and binned: regret, slope in H", numbers(horizons_), regrets, 0.95, 1.1});
  }

  void over_epsilon() {
    std::vector<double> regrets;
    regrets.reserve(epsilons_.size());
    for (const double epsilon : epsilons_) regrets.push_back(binned_cost(loop_, horizons_.back(), epsilon).regret);
    require_slope(result_,
                  {"epsilon", "exact learner, binned: regret, slope in ε", epsilons_, exact(regrets), 0.95, 1.05});
    result_.checks.push_back(check_at_most("regret over the bound with constant 1, upper end, largest of all rows",
                                           exact(most_ratio_), 1.0));
  }

  /// κ(γ((k+1)ε)) = 0 by enumeration, and that tokens never part in the loop itself.
  void hypotheses() {
    double moved = 0.0, apart = 0.0, deviation = 0.0, error = 0.0;
    for (const double epsilon : epsilons_) {
      const double within = loop_.tolerance() * epsilon;
      const BinnedCost cost = binned_cost(loop_, horizons_.back(), epsilon);
      moved = std::max(moved, binned_modulus(loop_, epsilon, reach(epsilon)) / within);
      apart = std::max(apart, cost.apart / within);
      error = std::max(error, cost.error / epsilon);
      deviation = std::max(deviation, cost.deviation / reach(epsilon));
    }
    auto& checks = result_.checks;
    checks.push_back(
        check_at_most("hypothesis ε_q = ε: largest error of a token in the loop, over ε", exact(error), 1.0 + 1e-9));
    checks.push_back(check_at_most("hypothesis κ(γ((k+1)ε)) = 0: tokens of states that near, apart, over kε",
                                   exact(moved), 1.0 + 1e-9));
    checks.push_back(
        check_at_most("tokens of expert and learner in the loop, apart, over kε", exact(apart), 1.0 + 1e-9));
    checks.push_back(check_at_most("deviation of the state over γ((k+1)ε), largest", exact(deviation), 1.0 + 1e-9));
  }

  void absorbing() {
    const std::vector<double> h{50, 71, 100, 141, 200};
    std::vector<double> regrets;
    regrets.reserve(h.size());
    for (const double steps : h) regrets.push_back(absorbing_regret(1e-3, static_cast<std::uint64_t>(steps)));
    result_.checks.push_back(
        control_at_least("control, a learner that is not smooth and an absorbing state: slope in H",
                         fitted_slope(h, exact(regrets)), 1.9));
  }

  void hard_pair() {
    double radius = HUGE_VAL;
    for (double across = -3.0; across <= 3.0; across += 1.0 / 64.0) {
      double worse = 0.0;
      for (const int which : {0, 1}) {
        const HardPlant plant = hard_plant(which);
        worse = std::max(worse, spectral_radius(plant.a + plant.b * Eigen::RowVector2d(1.0, across)));
      }
      radius = std::min(radius, worse);
    }
    auto& checks = result_.checks;
    checks.push_back(check_at_least("hard pair: spectral radius on the worse plant, best of all linear policies",
                                    exact(radius), 1.2 - 1e-9));
    const auto smooth = lengthened(deviate_smooth);
    checks.push_back(
        control_at_least("control, hard pair, smooth learner by squared error: growth of the deviation a step",
                         exact(smooth.growth), 1.15));
    checks.push_back(control_at_least(grows("control, hard pair, smooth learner"), exact(smooth.factor), 1000.0));
    const auto tokens = lengthened(deviate_tokens);
    const auto chunks =
        lengthened([](const HardPlant& plant, double epsilon, std::uint64_t horizon, const NoiseKey& key) {
          return deviate_chunked(plant, epsilon, horizon, kChunk, key);
        });
    const auto injected =
        lengthened([](const HardPlant& plant, double epsilon, std::uint64_t horizon, const NoiseKey& key) {
          return deviate_noise_injected(plant, epsilon, horizon, 0.5, key);
        });
    checks.push_back(check_at_most(grows("hard pair, tokens with log-loss"), exact(tokens.factor), 1.5));
    checks.push_back(check_at_most(grows("hard pair, chunks of 16"), exact(chunks.factor), 1.5));
    checks.push_back(check_at_most(grows("hard pair, noise injected"), exact(injected.factor), 1.5));
    checks.push_back(check_at_most("hard pair, tokens with log-loss: largest deviation of the state, starts within ±1",
                                   exact(tokens.largest), 0.5));
    result_.notes.push_back("hard pair, largest deviation after " + std::to_string(kHardSteps) +
                            " steps, in ε: smooth " + format_number(smooth.largest / kFinest, 3) + ", tokens " +
                            format_number(tokens.largest / kFinest, 3) + ", chunks " +
                            format_number(chunks.largest / kFinest, 3) + ", noise injected " +
                            format_number(injected.largest / kFinest, 3));
  }

  static std::string grows(const std::string& who) {
    return who + ": largest deviation after 120 steps over that after 60";
  }

  struct Lengthened {
    double largest = 0.0, growth = HUGE_VAL, factor = 0.0;
  };

  /// The worse of the two plants; for growth the better one. factor: of the largest deviation when H is doubled.
  template <class Learner>
  [[nodiscard]] Lengthened lengthened(Learner learner) const {
    Lengthened worst;
    for (const int which : {0, 1}) {
      const NoiseKey key = key_.child("pair");
      const ImitationDeviation once = learner(hard_plant(which), kFinest, kHardSteps, key);
      const ImitationDeviation twice = learner(hard_plant(which), kFinest, 2 * kHardSteps, key);
      worst.largest = std::max(worst.largest, once.largest);
      worst.growth = std::min(worst.growth, once.growth);
      worst.factor = std::max(worst.factor, twice.largest / once.largest);
    }
    return worst;
  }

  void open_loops() {
    const OpenLoop doubled = open_loop(2.0, 0x1p-40, 30);
    result_.checks.push_back(control_at_least("control, open loop on x' = 2x + u: growth of the deviation a step",
                                              exact(doubled.growth), 1.999));
    result_.checks.push_back(check_at_most("the same on x' = x/2 + u: growth of the deviation a step",
                                           exact(open_loop(0.5, 0x1p-10, 30).growth), 1.0 + 1e-3));
  }

  void pictures() {
    XyChart chart;
    chart.title = "Regret of a learned, binned policy";
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 2.0};
    chart.y = {.title = "regret / H", .log = true};
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      const auto n = static_cast<double>(ns_[i]), h = static_cast<double>(horizons_.back());
      chart.points.push_back(chart_point("exact tokens", n, wrong_[i]));
      for (const double epsilon : epsilons_) {
        const Estimate paid = regret(horizons_.back(), epsilon, wrong_[i]);
        chart.points.push_back({"ε = 2^" + std::to_string(std::lround(std::log2(epsilon))), n, paid.value / h});
      }
    }
    result_.pictures.push_back({trend_chart(chart),
                                "Slope −1 as long as statistics decide; then the bins do, and more demonstrations buy "
                                "nothing."});
  }

  NoiseKey key_;
  std::size_t repetitions_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_;
  std::size_t members_;
  BinnedLoop loop_;
  std::vector<Estimate> wrong_;  ///< of each n: probability of a context on the wrong side
  double most_ratio_ = 0.0;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return DeterministicUpperBound(options).run(); }

}  // namespace

ExperimentEntry experiment_3() {
  return {"3", "Binned deterministic experts on stable plants",
          "With binned tokens of a deterministic Lipschitz expert on a stable plant, log-loss costs at most about "
          "H·log|Π|/n + H·ε where bins are fine enough for the tokens of expert and learner to stay near each other.",
          run};
}

}  // namespace pianola
