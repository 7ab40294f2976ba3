// Unstable plants need bits (docs/theory.md §11, docs/theory/theorem_rate.md): Σ max(0, log₂|λ_i|) bits a step are
// necessary to keep a stated set of initial states bounded; cells of equal width reach it as tokens get rarer and
// longer.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/bounds/rates.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/line_bins.hpp"
#include "pianola/theory/rate_limited_loop.hpp"

namespace pianola {
namespace {

constexpr double kBall = 10.0;  // a loop that works stays within |λ|^m; one that fails leaves every ball

double rate_of(double eigenvalue) { return necessary_rate(std::vector<double>{std::abs(eigenvalue)}); }

class RateExperiment {
 public:
  explicit RateExperiment(const ExperimentOptions& options)
      : quantizers_(options.quantizers),
        steps_(axis("horizon", options.horizon, {240}, 120, 1'000'000).front()),
        points_(options.thorough ? 40960 : 4096),
        thorough_(options.thorough) {
    for (std::uint64_t i = 0; i < points_; ++i) {
      const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(points_);
      starts_.push_back(2.0 * place - 1.0);
      normal_.push_back(normal_quantile(place));
    }
  }

  ExperimentResult run() {
    std::vector<double> eigenvalues{0.5, 1.3, 1.5, 2.0, 2.5, -3.2, 5.0};
    if (thorough_) {
      for (int i = 0; i < 21; ++i) eigenvalues.push_back((i % 2 == 0 ? 1.0 : -1.0) * (1.3 + 0.17 * i));
    }
    for (const double eigenvalue : eigenvalues) {
      for (const std::uint64_t period : {1U, 2U, 4U, 8U}) measure(eigenvalue, period);
    }
    checks();
    saturation();
    picture();
    return std::move(result_);
  }

 private:
  /// The loop's cells against quantizer 'uniform' on the initial states, where it has so many bins.
  void compare_cells(std::uint64_t cells) {
    if (cells < 2 || cells > 65536) return;
    const LineBins bins = LineBins::of_interval(quantizers_, -1.0, 1.0, cells);
    for (const auto* all : {&starts_, &normal_}) {
      for (std::size_t i = 0; i < all->size(); i += 8) {
        apart_ = std::max(apart_, std::abs(bins((*all)[i]) - cell_centre((*all)[i], cells)));
      }
    }
  }

  void measure(double eigenvalue, std::uint64_t period) {
    const std::uint64_t cells = fewest_cells(eigenvalue, period);
    const RateLimitedLoop loop{eigenvalue, cells, period};
    compare_cells(cells);
    const double kept = diverged_share(loop, starts_, steps_ / period, ball(loop));
    most_lost_ = std::max(most_lost_, kept);
    const double rate = rate_of(eigenvalue);
    if (period == 8) most_bits_ = std::max(most_bits_, loop.bits_a_step() - rate);
    double below = std::numeric_limits<double>::quiet_NaN();
    const double growth = std::pow(std::abs(eigenvalue), static_cast<double>(period));
    if (growth > 1.25) {
      const auto fewer = static_cast<std::uint64_t>(0.8 * growth);
      below = diverged_share({eigenvalue, fewer, period}, starts_, steps_ / period, ball(loop));
      least_below_ = std::min(least_below_, below);
    }
    result_.rows.push_back({{"eigenvalue", eigenvalue},
                            {"period", static_cast<double>(period)},
                            {"cells", static_cast<double>(cells)},
                            {"bits_per_step", loop.bits_a_step()},
                            {"necessary_rate", rate},
                            {"diverged", kept},
                            {"diverged_below_rate", below}});
  }

  /// Within a period a state that is kept may grow to |λ|^m.
  static double ball(const RateLimitedLoop& loop) {
    return kBall * std::max(1.0, std::pow(std::abs(loop.eigenvalue), static_cast<double>(loop.period)));
  }

  void checks() {
    auto& all = result_.checks;
    all.push_back(
        check_at_most("cells of the loop and of quantizer 'uniform', centres apart, largest", exact(apart_), 1e-12));
    all.push_back(check_at_most("⌈|λ|^m⌉ cells: share of [−1, 1] that leaves, largest", exact(most_lost_), 0.0));
    all.push_back(
        control_at_least("control, a fifth fewer cells, so that the rate is not met: share that leaves, smallest",
                         exact(least_below_), 0.9));
    result_.notes.push_back("bits a step that suffice with tokens of 8 steps: at most " + format_number(most_bits_, 2) +
                            " more than the necessary rate, by the arithmetic of ⌈|λ|^m⌉");
  }

  /// The set of initial states is part of the claim.
  void saturation() {
    const RateLimitedLoop fine{2.0, 4096, 1};
    result_.checks.push_back(control_at_least(
        "control, 12 bits for λ = 2, but Gaussian initial states and actions that saturate: share that leaves",
        exact(diverged_share(fine, normal_, steps_, kBall)), 0.04));
    result_.checks.push_back(
        check_at_most("the same from [−1, 1]", exact(diverged_share(fine, starts_, steps_, kBall)), 0.0));
  }

  void picture() {
    XyChart chart;
    chart.title = "Bits a step that keep [−1, 1], against the necessary rate";
    chart.x = {.title = "|λ|", .log = true, .log_base = 2.0};
    chart.y = {.title = "bits a step", .zero = true};
    chart.curves = {"necessary: max(0, log₂|λ|)"};
    for (double eigenvalue = 0.75; eigenvalue < 8.0; eigenvalue *= 1.01) {
      chart.points.push_back({"necessary: max(0, log₂|λ|)", eigenvalue, rate_of(eigenvalue)});
      for (const std::uint64_t period : {1U, 2U, 8U}) {
        const RateLimitedLoop loop{eigenvalue, fewest_cells(eigenvalue, period), period};
        chart.points.push_back({"a token every " + std::to_string(period) + (period == 1 ? " step" : " steps"),
                                eigenvalue, loop.bits_a_step()});
      }
    }
    result_.pictures.push_back(
        {line_chart(chart),
         "Whole numbers of cells cost a staircase above the necessary rate; rarer, longer tokens "
         "flatten it."});
  }

  QuantizerMaker quantizers_;
  std::uint64_t steps_, points_;
  bool thorough_;
  std::vector<double> starts_, normal_;
  double apart_ = 0.0, most_lost_ = 0.0, most_bits_ = 0.0, least_below_ = 1.0;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return RateExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_rate() {
  return {
      "rate",
      "Unstable plants need bits",
      "No code of fewer than Σ max(0, log₂|λ|) bits a step keeps a set of initial states of an unstable plant bounded; "
      "uniform cells reach that rate as tokens get rarer and longer. Beyond the paper.",
      "scalar plant, initial states in [−1, 1], one token every m steps",
      {.horizon = Taken::one},
      run};
}

}  // namespace pianola
