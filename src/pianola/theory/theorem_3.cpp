// Theorem 3: binned tokens of a deterministic, Lipschitz expert on a stable plant: regret at most about
// H·log(|Π|/δ)/n + H²·κ(γ((k+1)ε)) + H·[γ((k+1)ε) + (k+1)ε] (docs/theory.md §5, docs/theory/theorem_3.md).
//
// With fine bins the middle term is 0 and regret is linear in H. A threshold class by enumeration gives the first term,
// a binned loop with an edge at the resting action the last. Controls break smoothness, and stability.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/binned_loop.hpp"
#include "pianola/theory/broken_hypotheses.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/hard_pair.hpp"
#include "pianola/theory/slope_checks.hpp"
#include "pianola/theory/threshold_class.hpp"
#include "pianola/theory/vector_loop.hpp"

namespace pianola {
namespace {

constexpr double kDelta = 0.05;
constexpr double kFinest = 0x1p-10;   // of the hard pair
constexpr double kCoarsest = 0x1p-4;  // half-width at which rates are still seen
constexpr std::uint64_t kHardSteps = 60, kChunk = 16, kFewest = 16;

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
        epsilons_(axis("epsilon", options.epsilon,
                       options.thorough ? std::vector<double>{0x1p-13, 0x1p-12, 0x1p-11, 0x1p-10, 0x1p-9, 0x1p-8,
                                                              0x1p-7, 0x1p-6, 0x1p-5, 0x1p-4}
                                        : std::vector<double>{0x1p-10, 0x1p-8, 0x1p-6, 0x1p-4},
                       0x1p-13, 0.25)),
        members_(16 * std::ranges::max(ns_)),
        quantizers_(options.quantizers),
        hard_bins_(LineBins::edge_at_zero(options.quantizers, kFinest, 4.0)) {
    for (const double epsilon : epsilons_) {
      const LineBins& bins = bins_.emplace(epsilon, loop_bins(options.quantizers, epsilon)).first->second;
      const BinnedLoop loop = resting_on_edge(epsilon);
      for (const std::uint64_t horizon : horizons_) {
        played_[{epsilon, horizon}] = {binned_cost(loop, horizon, bins), wrong_side_cost(loop, horizon, bins)};
      }
    }
  }

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) learn(n);
    over_n();
    over_horizon();
    over_epsilon();
    hypotheses();
    add_vector_checks(result_, quantizers_, {false, horizons_, epsilons_, coarse(std::ranges::max(epsilons_))});
    absorbing();
    hard_pair();
    open_loops();
    pictures();
    return std::move(result_);
  }

 private:
  /// The loop played out: binned, and on the wrong side of the jump.
  struct Played {
    BinnedCost binned;
    double wrong_side = 0.0;
  };

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

  /// Where the loop is coarse its first steps, before it rests, decide.
  static std::string coarse(double epsilon, double finest = kCoarsest) {
    if (epsilon <= finest) return {};
    return "bins of half-width " + epsilon_name(epsilon) +
           " are coarse against actions of about 1; this slope is seen at " + epsilon_name(finest) + " and below";
  }

  /// The learner of n demonstrations in closed loop: on the wrong side of the jump, else binned.
  [[nodiscard]] Estimate regret(std::uint64_t horizon, double epsilon, const Estimate& wrong) const {
    const Played& played = played_.at({epsilon, horizon});
    const auto at = [&](double share) { return (1.0 - share) * played.binned.regret + share * played.wrong_side; };
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

  /// E[error] = (1 + O(1/n))/n.
  [[nodiscard]] std::string few() const {
    const std::uint64_t least = std::ranges::min(ns_);
    if (least >= kFewest) return {};
    return "n = " + std::to_string(least) +
           " demonstrations leave the ends of the interval in sight; 1/n is seen from " + std::to_string(kFewest) +
           " on";
  }

  void over_n() {
    require_slope(result_, {"n", "exact tokens: regret, slope in n", numbers(ns_), wrong_, -1.05, -0.95, few()});
    double least = HUGE_VAL, most = 0.0;
    for (std::size_t i = 0; i < ns_.size(); ++i) {
      least = std::min(least, static_cast<double>(ns_[i]) * wrong_[i].low);
      most = std::max(most, static_cast<double>(ns_[i]) * wrong_[i].high);
    }
    add_check(result_, check_at_most("n times the error, largest of all n", exact(most), 1.15), few());
    add_check(result_, check_at_least("n times the error, smallest of all n", exact(least), 0.8), few());
  }

  void over_horizon() {
    std::vector<Estimate> regrets;
    regrets.reserve(horizons_.size());
    for (const std::uint64_t horizon : horizons_) {
      regrets.push_back(exact(regret(horizon, epsilons_.front(), wrong_.back()).value));
    }
    require_slope(result_, {"horizon", "learned and binned: regret, slope in H", numbers(horizons_), regrets, 0.95, 1.1,
                            coarse(epsilons_.front(), kCoarsest / 4.0)});
  }

  void over_epsilon() {
    std::vector<double> regrets;
    regrets.reserve(epsilons_.size());
    for (const double epsilon : epsilons_) regrets.push_back(played_.at({epsilon, horizons_.back()}).binned.regret);
    require_slope(result_, {"epsilon", "exact learner, binned: regret, slope in ε", epsilons_, exact(regrets), 0.95,
                            1.05, coarse(std::ranges::max(epsilons_))});
    result_.checks.push_back(check_at_most("regret over the bound with constant 1, upper end, largest of all rows",
                                           exact(most_ratio_), 1.0));
  }

  /// κ(γ((k+1)ε)) = 0 by enumeration, and that tokens never part in the loop itself.
  void hypotheses() {
    double moved = 0.0, apart = 0.0, deviation = 0.0, error = 0.0;
    for (const double epsilon : epsilons_) {
      const double within = loop_.tolerance() * epsilon;
      const BinnedCost& cost = played_.at({epsilon, horizons_.back()}).binned;
      moved = std::max(moved, binned_modulus(resting_on_edge(epsilon), bins_.at(epsilon), reach(epsilon)) / within);
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

  /// An add-one learner of 998 demonstrated actions leaves 1/1000 a step to the action that nobody showed.
  void absorbing() {
    const std::vector<double> h{50, 71, 100, 141, 200};
    std::vector<Estimate> drawn;
    for (const double steps : h) {
      drawn.push_back(mean_estimate(
          absorbing_regrets(998, static_cast<std::uint64_t>(steps), 40 * repetitions_, key_.child("absorbing"))));
      absorbed_.push_back({steps, drawn.back()});
    }
    const Estimate slope = fitted_slope(h, drawn);
    result_.exponents["horizon_absorbing"] = slope;
    result_.checks.push_back(control_at_least(
        "control, a learned policy that is not smooth and a state that it never leaves: slope in H", slope, 1.8));
    result_.checks.push_back(check_at_most(
        "the same rolled out, H = 200: regret against the closed form of theory.md §11, relative difference",
        exact(std::abs(drawn.back().value / absorbing_regret(1e-3, 200) - 1.0)), 0.05));
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
    checks.push_back(check_at_least("hard pair: spectral radius on the worse plant, best linear policy with K·e_1 = 1",
                                    exact(radius), 1.2 - 1e-9));
    const auto smooth = lengthened("smooth, squared error", deviate_smooth);
    checks.push_back(
        control_at_least("control, hard pair, smooth learner by squared error: growth of the deviation a step",
                         exact(smooth.growth), 1.15));
    checks.push_back(control_at_least(grows("control, hard pair, smooth learner"), exact(smooth.factor), 1000.0));
    const auto table = [](TableLoss loss) {
      return [loss](const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, const NoiseKey& key) {
        return deviate_table(plant, bins, horizon, loss, key);
      };
    };
    const auto tokens = lengthened("tokens, log-loss", table(TableLoss::log_loss));
    const auto means = lengthened("the same table, squared error", table(TableLoss::squared_error));
    const auto chunks = lengthened(
        "chunks of 16", [](const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, const NoiseKey& key) {
          return deviate_chunked(plant, bins, horizon, kChunk, key);
        });
    const auto injected = lengthened(
        "noise injected", [](const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, const NoiseKey& key) {
          return deviate_noise_injected(plant, bins, horizon, 0.5, key);
        });
    checks.push_back(check_at_most(grows("hard pair, tokens with log-loss"), exact(tokens.factor), 1.5));
    checks.push_back(check_at_most(grows("hard pair, the same table with squared error"), exact(means.factor), 1.5));
    checks.push_back(check_at_most(grows("hard pair, chunks of 16"), exact(chunks.factor), 1.5));
    checks.push_back(check_at_most(grows("hard pair, noise injected"), exact(injected.factor), 1.5));
    checks.push_back(check_at_most("hard pair, tokens with log-loss: largest deviation of the state, starts within ±1",
                                   exact(tokens.largest), 0.5));
    result_.notes.push_back("hard pair, largest deviation after " + std::to_string(kHardSteps) +
                            " steps, in ε: smooth " + format_number(smooth.largest / kFinest, 3) + ", tokens " +
                            format_number(tokens.largest / kFinest, 3) + ", the same table with squared error " +
                            format_number(means.largest / kFinest, 3) + ", chunks " +
                            format_number(chunks.largest / kFinest, 3) + ", noise injected " +
                            format_number(injected.largest / kFinest, 3) +
                            ": it is that few actions are played which stops the growth, whatever the loss");
  }

  static std::string grows(const std::string& who) {
    return who + ": largest deviation after 120 steps over that after 60";
  }

  struct Lengthened {
    double largest = 0.0, growth = HUGE_VAL, factor = 0.0, twice = 0.0;
  };
  struct Drawn {
    std::string learner;
    double once, twice;  ///< largest deviation in ε
  };

  /// The worse of the two plants; for growth the better one. factor: of the largest deviation when H is doubled.
  template <class Learner>
  Lengthened lengthened(const std::string& name, Learner learner) {
    Lengthened worst;
    for (const int which : {0, 1}) {
      const NoiseKey key = key_.child("pair");
      const ImitationDeviation all = learner(hard_plant(which), hard_bins_, 2 * kHardSteps, key);
      worst.largest = std::max(worst.largest, all.first_half);
      worst.growth = std::min(worst.growth, all.growth);
      worst.factor = std::max(worst.factor, all.largest / all.first_half);
      worst.twice = std::max(worst.twice, all.largest);
    }
    hard_.push_back({name, worst.largest / kFinest, worst.twice / kFinest});
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
        chart.points.push_back({"ε = " + epsilon_name(epsilon), n, paid.value / h});
      }
    }
    result_.pictures.push_back({with_fit(trend_chart(chart), numbers(ns_), wrong_),
                                "Slope −1 as long as statistics decide; then the bins do, and more demonstrations buy "
                                "nothing."});
    over_plane();
    not_smooth();
  }

  void over_plane() {
    std::vector<PlaneCell> plane;
    for (const double epsilon : epsilons_) {
      for (const std::uint64_t horizon : horizons_) {
        const double paid = played_.at({epsilon, horizon}).binned.regret;
        plane.push_back({static_cast<double>(horizon), epsilon, paid / static_cast<double>(horizon) / epsilon});
      }
    }
    result_.pictures.push_back({plane_chart("Regret of the exact learner a step, in ε, over the plane of H and ε",
                                            {"horizon H", "ε", "regret / (H·ε)"}, plane),
                                "The same number everywhere once the loop rests: linear in H and in ε."});
  }

  /// The controls: what a learner that is not smooth, and one that is smooth but not RTVC, do.
  void not_smooth() {
    XyChart absorbing;
    absorbing.title = "Control: a learned policy that falls into a state it never leaves";
    absorbing.x = {.title = "horizon H", .log = true, .log_base = 2.0};
    absorbing.y = {.title = "regret", .log = true};
    std::vector<double> h;
    std::vector<Estimate> drawn;
    for (const auto& [steps, paid] : absorbed_) {
      absorbing.points.push_back(chart_point("rolled out", steps, paid));
      h.push_back(steps);
      drawn.push_back(paid);
    }
    result_.pictures.push_back({with_fit(trend_chart(absorbing), h, drawn),
                                "Slope 2 in place of 1: a small chance at every step of losing all that is left."});
    BarChart pair;
    pair.title = "Control: the hard pair of plants, log₁₀ of the largest deviation in ε";
    pair.value_title = "log₁₀(deviation / ε)";
    pair.series_title = "steps";
    for (const Drawn& one : hard_) {
      pair.bars.push_back({one.learner, "60", std::log10(std::max(1.0, one.once))});
      pair.bars.push_back({one.learner, "120", std::log10(std::max(1.0, one.twice))});
    }
    result_.pictures.push_back({bar_chart(pair),
                                "Only the smooth learner is multiplied when the horizon is doubled; all had the same "
                                "demonstrations."});
  }

  NoiseKey key_;
  std::size_t repetitions_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_;
  std::size_t members_;
  BinnedLoop loop_;                  ///< of which only what does not depend on where it rests is asked
  std::map<double, LineBins> bins_;  ///< of each ε
  std::map<std::pair<double, std::uint64_t>, Played> played_;  ///< of each ε and H
  QuantizerMaker quantizers_;
  LineBins hard_bins_;
  std::vector<Drawn> hard_;
  std::vector<std::pair<double, Estimate>> absorbed_;  ///< H and the absorbing learner's regret
  std::vector<Estimate> wrong_;                        ///< of each n: probability of a context on the wrong side
  double most_ratio_ = 0.0;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return DeterministicUpperBound(options).run(); }

}  // namespace

ExperimentEntry experiment_3() {
  return {"3",
          "Binned deterministic experts on stable plants",
          "With binned tokens of a deterministic Lipschitz expert on a stable plant, log-loss costs at most about "
          "H·log|Π|/n + H·ε where bins are fine enough for the tokens of expert and learner to stay near each other.",
          "deterministic Lipschitz expert, binning with ε_q = ε, small gain, a class that contains the binned expert, "
          "stable plant",
          {.epsilon = Taken::grid, .horizon = Taken::grid, .n = Taken::grid},
          run};
}

}  // namespace pianola
