// The gap between what is guaranteed and what cannot be beaten (docs/theory.md §5, §9; docs/theory/theorem_gap.md): the
// measured regret of the best learner between Theorem 3's rate and Theorem 8's lower bound, and the number of bins that
// minimises regret at each n.
//
// Both parts of Theorem 8's instance at once, each half of the reward; regrets are exact sums.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/binary_learners.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/persisting_instances.hpp"
#include "pianola/theory/resolution_tradeoff.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

constexpr double kDelta = 0.05;
constexpr std::uint64_t kContexts = 8, kMostBins = 512;

class GapExperiment {
 public:
  explicit GapExperiment(const ExperimentOptions& options)
      : key_(options.key),
        ns_(axis("n", options.n,
                 options.thorough ? std::vector<std::uint64_t>{2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}
                                  : std::vector<std::uint64_t>{4, 16, 64, 256, 1024},
                 1, 4096)),
        horizons_(axis(
            "horizon", options.horizon,
            options.thorough ? std::vector<std::uint64_t>{5, 10, 20, 40, 80} : std::vector<std::uint64_t>{5, 20, 80}, 2,
            1'000'000)),
        epsilons_(axis("epsilon", options.epsilon, {0x1p-3, 0x1p-6, 0x1p-9}, kFinestHalved, 0.25)),
        quantizers_(options.quantizers) {
    for (const double epsilon : epsilons_) require_divides_one("gap", epsilon);
    for (const double epsilon : epsilons_) bins_.emplace(epsilon, bins_of(epsilon, 1));
  }

  ExperimentResult run() {
    for (const std::uint64_t n : ns_) {
      const std::vector<Learned> learned = learn(n);
      for (const std::uint64_t horizon : horizons_) {
        for (const double epsilon : epsilons_) add_row(n, horizon, epsilon, best_of(learned, horizon, epsilon));
      }
    }
    bounds();
    resolution();
    controls();
    pictures();
    return std::move(result_);
  }

 private:
  /// [0, 1] in bins of width ε; so many times as many.
  [[nodiscard]] LineBins bins_of(double epsilon, std::size_t finer) const {
    return LineBins::of_interval(quantizers_, 0.0, 1.0, finer * static_cast<std::size_t>(std::round(1.0 / epsilon)));
  }

  /// What a learner makes of the n demonstrations of either part.
  struct Learned {
    std::string name;
    double statistical;  ///< regret a step
    std::array<double, 2> slips;
  };

  [[nodiscard]] std::vector<Learned> learn(std::uint64_t n) const {
    std::vector<Learned> all;
    for (const BinaryLearner& learner : binary_learners()) {
      const NoiseKey key = key_.child(learner.name);
      all.push_back({learner.name, worst_regret(learner, n, 2, 1.0 / (3.0 * static_cast<double>(n)), key),
                     token_slips(learner, n, key)});
    }
    return all;
  }

  struct Best {
    std::string name;
    double regret = HUGE_VAL;
  };

  [[nodiscard]] Best best_of(const std::vector<Learned>& learned, std::uint64_t horizon, double epsilon) const {
    Best best;
    for (const Learned& one : learned) {
      const double collision = collision_regret(one.slips, epsilon, bins_.at(epsilon));
      const double paid = 0.5 * static_cast<double>(horizon - 1) * (one.statistical + collision);
      if (paid < best.regret) best = {one.name, paid};
    }
    return best;
  }

  static double lower(std::uint64_t n, std::uint64_t horizon, double epsilon) {
    return 0.5 * (lower_bound_theorem_8(n, horizon) + lower_bound_collision(horizon, epsilon));
  }

  /// Theorem 3's rate: two experts times four; bins of width ε, so that ε_q = ε/2; γ(r) = r; tokens of one expert.
  static double upper(std::uint64_t n, std::uint64_t horizon, double epsilon) {
    const RateInputs inputs{
        static_cast<double>(n), static_cast<double>(horizon), 0.5 * epsilon, std::log(8.0), 0.0, kDelta};
    return bound_theorem_3(inputs, {2.0, 1.0, HUGE_VAL}).total();
  }

  void add_row(std::uint64_t n, std::uint64_t horizon, double epsilon, const Best& best) {
    const double paid = best.regret;
    const double below = lower(n, horizon, epsilon), above = upper(n, horizon, epsilon);
    least_ratio_ = std::min(least_ratio_, paid / below);
    most_ratio_ = std::max(most_ratio_, paid / above);
    widest_ = std::max(widest_, above / below);
    result_.rows.push_back({{"n", static_cast<double>(n)},
                            {"horizon", static_cast<double>(horizon)},
                            {"epsilon", epsilon},
                            {"learner", best.name},
                            {"lower", below},
                            {"regret", paid},
                            {"bound", above},
                            {"regret_over_bound", paid / above}});
  }

  void bounds() {
    auto& checks = result_.checks;
    checks.push_back(check_at_least("best learner's regret over the lower bound, smallest of the grid",
                                    exact(least_ratio_), 1.0 - 1e-6));
    checks.push_back(
        check_at_most("best learner's regret over Theorem 3's rate, largest of the grid", exact(most_ratio_), 1.0));
    checks.push_back(check_at_most("rate over lower bound, largest of the grid: the gap is a constant", exact(widest_),
                                   36.0 * std::log(8.0 / kDelta)));
  }

  /// K*(n): the best resolution grows with n.
  void resolution() {
    std::vector<double> n, best, paid;
    for (std::uint64_t count = 256; count <= 65536; count *= 4) {
      n.push_back(static_cast<double>(count));
      const std::uint64_t bins = best_resolution(kContexts, count, kMostBins, Smoothing::add_one);
      best.push_back(static_cast<double>(bins));
      paid.push_back(tokenised_regret(kContexts, count, bins, Smoothing::add_one));
      text_ += (text_.empty() ? "" : ", ") + std::to_string(bins) + " (n = " + std::to_string(count) + ")";
    }
    require_slope(result_, {"best_bins", "add-one learner: best K, slope in n", n, exact(best), 0.4, 0.6});
    require_slope(result_, {"regret_at_best_bins", "add-one learner, best K at each n: regret, slope in n", n,
                            exact(paid), -0.6, -0.4});
    // The exact sums against learners that are taught and run, around the best K at n = 1024.
    double most = 0.0;
    for (const std::uint64_t bins :
         {std::uint64_t{4}, best_resolution(kContexts, 1024, kMostBins, Smoothing::add_one), std::uint64_t{64}}) {
      const Estimate drawn =
          mean_estimate(drawn_regrets(kContexts, 1024, LineBins::of_interval(quantizers_, 0.0, 1.0, bins),
                                      Smoothing::add_one, 400, key_.child("drawn", bins)));
      most = std::max(most, misses_by(drawn, tokenised_regret(kContexts, 1024, bins, Smoothing::add_one)));
    }
    result_.checks.push_back(check_at_most(
        "add-one learner taught by drawn demonstrations, n = 1024: half-widths from the exact sum, largest",
        exact(most), 2.2));
    result_.notes.push_back("bins that minimise the add-one learner's regret: " + text_ +
                            "; count ratios, which leave "
                            "nothing to tokens that were not seen, want the finest at any n");
  }

  void controls() {
    std::vector<double> n, coarse;
    for (std::uint64_t count = 256; count <= 65536; count *= 4) {
      n.push_back(static_cast<double>(count));
      coarse.push_back(tokenised_regret(kContexts, count, 4, Smoothing::add_one));
    }
    auto& checks = result_.checks;
    checks.push_back(
        control_at_least("control, K = 4 at every n: slope of the regret from n = 4096 on",
                         exact(fit_log_log(std::span(n).subspan(2), std::span(coarse).subspan(2)).slope.value), -0.1));
    const auto finest = static_cast<double>(best_resolution(kContexts, 1024, kMostBins, Smoothing::none));
    checks.push_back(control_at_least("control, a learner without smoothing: best K at n = 1024, of at most 512",
                                      exact(finest), static_cast<double>(kMostBins)));
    const std::uint64_t last = ns_.back(), horizon = horizons_.back();
    const double coarsest = epsilons_.front();
    const double finer =
        static_cast<double>(horizon - 1) *
        collision_regret(token_slips(find_binary_learner("tabular"), last, key_), coarsest, bins_of(coarsest, 2));
    checks.push_back(control_at_most("control, bins twice as fine: regret of the second part over its lower bound",
                                     exact(finer / lower_bound_collision(horizon, coarsest)), 0.7));
  }

  void pictures() {
    std::vector<FacetPoint> grid;
    for (const Row& row : result_.rows) {
      const double n = std::get<double>(row[0].second), h = std::get<double>(row[1].second);
      const std::string column = "H = " + format_number(h),
                        line = "ε = " + epsilon_name(std::get<double>(row[2].second));
      grid.push_back({column, line, "Theorem 3's rate, constant 1", n, std::get<double>(row[6].second) / h});
      grid.push_back({column, line, "Theorem 8, lower bound", n, std::get<double>(row[4].second) / h});
      grid.push_back({column, line, "best learner", n, std::get<double>(row[5].second) / h});
    }
    result_.pictures.push_back(
        {facet_chart("Regret a step of the best learner between rate and lower bound", "demonstrations n", "regret / H",
                     grid),
         "The best learner lies on the lower bound, and the rate a bounded factor above both: "
         "that is what \"optimal\" means here. With n the statistics fall away, and the bins stay."});
    XyChart bins;
    bins.title = "Regret of an add-one learner against the number of bins";
    bins.x = {.title = "bins K", .log = true, .log_base = 2.0};
    bins.y = {.title = "regret / H", .log = true};
    bins.series_title = "demonstrations";
    for (const std::uint64_t n : {256U, 1024U, 4096U, 16384U, 65536U}) {
      for (std::uint64_t k = 2; k <= kMostBins; k *= 2) {
        bins.points.push_back({"n = " + std::to_string(n), static_cast<double>(k),
                               tokenised_regret(kContexts, n, k, Smoothing::add_one)});
      }
    }
    result_.pictures.push_back({trend_chart(bins),
                                "Too few bins cost precision, too many cost demonstrations: the "
                                "minimum moves right as n grows, like √n."});
  }

  NoiseKey key_;
  std::vector<std::uint64_t> ns_, horizons_;
  std::vector<double> epsilons_;
  QuantizerMaker quantizers_;
  std::map<double, LineBins> bins_;  ///< of each ε
  double least_ratio_ = HUGE_VAL, most_ratio_ = 0.0, widest_ = 0.0;
  std::string text_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return GapExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_gap() {
  return {
      "gap",
      "Between what is guaranteed and what cannot be beaten",
      "On Theorem 8's instances the best learner's regret lies between the lower bound and Theorem 3's rate at every "
      "(n, H, ε), both a constant apart; and the number of bins that minimises regret grows with n.",
      "Theorem 8's instances, γ(r) = r, |Π| = 8; five learners and a prior",
      {.epsilon = Taken::several, .horizon = Taken::several, .n = Taken::several},
      run};
}

}  // namespace pianola
