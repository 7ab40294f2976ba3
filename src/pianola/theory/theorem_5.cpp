// Proposition 5: which quantizers keep a policy smooth (docs/theory.md §4, docs/theory/theorem_5.md).
//
// (i) q#π of a stochastic TVC expert is TVC with the expert's own modulus, for every q; (ii) binning of a deterministic
// Lipschitz expert is kε-RTVC; (iii) a learned quantizer with a small error need not be; and noise before quantizing
// makes it smooth again. All distances are exact sums over a grid of actions.
#include <algorithm>
#include <cmath>

#include "pianola/bounds/transport.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/grid_laws.hpp"

namespace pianola {
namespace {

constexpr double kDeviation = 0.3;  // of the stochastic expert u ~ N(x, 0.3²)

std::vector<std::string> schemes() {
  return {"uniform:bins=16",
          "uniform:bins=16,representatives=ends",
          "quantile:bins=16",
          "mulaw",
          "kmeans:k=16",
          "kdisks",
          "rvq:codes=4,layers=2",
          "fsq",
          "fast",
          "beast",
          "trap"};
}

/// Point masses of two nearby actions: W_ε' is 1 if their representatives are farther apart than ε', else 0.
double point_distance(const GridTokens& tokens, std::size_t i, std::size_t j, double tolerance) {
  const double apart = std::abs(tokens.representatives[tokens.symbol[i]] - tokens.representatives[tokens.symbol[j]]);
  return apart > tolerance * (1.0 + 1e-12) ? 1.0 : 0.0;
}

/// Largest W_ε' over all pairs of grid actions within `distance`.
double worst_pair(const GridTokens& tokens, const ActionGrid& grid, double distance, double tolerance) {
  const auto reach = static_cast<std::size_t>(distance / grid.width() * (1.0 + 1e-12));
  double worst = 0.0;
  for (std::size_t i = 0; i < tokens.symbol.size(); ++i) {
    for (std::size_t j = i; j <= std::min(i + reach, tokens.symbol.size() - 1); ++j) {
      worst = std::max(worst, point_distance(tokens, i, j, tolerance));
    }
  }
  return worst;
}

class SmoothnessExperiment {
 public:
  explicit SmoothnessExperiment(const ExperimentOptions& options)
      : key_(options.key),
        epsilon_(axis("epsilon", options.epsilon, {0.0625}, 1e-3, 0.1).front()),
        grid_(-4.0, 4.0, options.thorough ? 32768 : 8192) {}

  ExperimentResult run() {
    for (const std::string& scheme : schemes()) data_processing(scheme);
    result_.checks.push_back(check_at_most("(i) TV of q#π over TV of the expert, all quantizers and distances",
                                           exact(most_ratio_), 1.0 + 1e-9));
    binning();
    learned();
    dithered();
    picture();
    return std::move(result_);
  }

 private:
  /// Expert N(x, σ²) at x = 0.1 and x + distance.
  void data_processing(const std::string& scheme) {
    const auto quantizer = fitted_to_normal(scheme, key_.child(scheme));
    const GridTokens tokens = tokens_on_grid(*quantizer, grid_);
    for (const double distance : {0.01, 0.03, 0.1, 0.3, 1.0}) {
      const auto here = grid_.normal_law(0.1, kDeviation), there = grid_.normal_law(0.1 + distance, kDeviation);
      const double expert = total_variation(here, there);
      const auto p = pushed_forward(tokens, here), q = pushed_forward(tokens, there);
      const double tv = total_variation(p, q);
      const double relaxed =
          transport({tokens.representatives, p}, {tokens.representatives, q}, 1, 2.0 * epsilon_).distance;
      most_ratio_ = std::max(most_ratio_, tv / expert);
      result_.rows.push_back(
          {{"quantizer", scheme}, {"distance", distance}, {"tv", tv}, {"rtvc", relaxed}, {"bound", expert}});
    }
  }

  /// Deterministic expert u = x, bins of half-width ε: tokens of actions within ε stand for actions within 3ε.
  void binning() {
    const auto bins = [&](double half_width) {
      const auto count = static_cast<int>(std::lround(4.0 / half_width));
      return tokens_on_grid(*fitted_to_normal("uniform:bins=" + std::to_string(count), key_), grid_);
    };
    result_.checks.push_back(check_at_most("(ii) bins of width 2ε: largest W_3ε of q#π* over pairs within ε",
                                           exact(worst_pair(bins(epsilon_), grid_, epsilon_, 3.0 * epsilon_)), 0.0));
    result_.checks.push_back(control_at_least("control, bins of width 4ε: largest W_3ε over pairs within ε",
                                              exact(worst_pair(bins(2.0 * epsilon_), grid_, epsilon_, 3.0 * epsilon_)),
                                              1.0));
  }

  /// The trap's tokens part at a distance of nothing, however large the tolerance.
  void learned() {
    const std::string spec = "trap:epsilon=" + std::to_string(epsilon_ / 4.0);
    const GridTokens tokens = tokens_on_grid(*fitted_to_normal(spec, key_), grid_);
    const double distance = grid_.width(), tolerance = 8.0 * epsilon_ / 4.0;
    result_.checks.push_back(check_at_least(
        "(iii) a learned quantizer (trap): W_8ε of neighbouring grid points, " + format_number(distance, 2) + " apart",
        exact(worst_pair(tokens, grid_, distance, tolerance)), 1.0));
  }

  /// q(u + ξ), ξ uniform of width w on the grid: TV of neighbours is at most |Δu|/w, whatever q is.
  void dithered() {
    for (const std::string& scheme :
         {std::string("trap"), std::string("kmeans:k=16"), std::string("uniform:bins=16")}) {
      const GridTokens tokens = tokens_on_grid(*fitted_to_normal(scheme, key_.child(scheme)), grid_);
      const std::size_t width = grid_.atoms().size() / 16, middle = grid_.atoms().size() / 2;
      double most = 0.0;
      for (std::size_t start = middle - 2 * width; start < middle + width; start += width / 8) {
        for (const std::size_t shift : {1UL, 7UL, width / 16, width / 2}) {
          const auto p = pushed_forward(tokens, grid_.uniform_law(start, width));
          const auto q = pushed_forward(tokens, grid_.uniform_law(start + shift, width));
          most = std::max(most, total_variation(p, q) * static_cast<double>(width) / static_cast<double>(shift));
        }
      }
      result_.checks.push_back(
          check_at_most("noise of width w before " + scheme + ": TV over L·|Δx|/w", exact(most), 1.0 + 1e-9));
    }
  }

  void picture() {
    XyChart chart;
    chart.title = "Quantizing a stochastic expert never makes its law rougher";
    chart.x = {.title = "distance of states", .log = true};
    chart.y = {.title = "total variation", .log = true};
    chart.curves = {"expert"};
    for (const Row& row : result_.rows) {
      const double distance = std::get<double>(row[1].second);
      if (std::get<std::string>(row[0].second) == schemes().front()) {
        chart.points.push_back({"expert", distance, std::get<double>(row[4].second)});
      }
      chart.points.push_back({std::get<std::string>(row[0].second), distance, std::get<double>(row[2].second)});
    }
    result_.pictures.push_back({trend_chart(chart),
                                "All lines lie on or below the expert's own: data processing. A "
                                "deterministic expert has no such curve, and there the quantizer "
                                "decides."});
  }

  NoiseKey key_;
  double epsilon_, most_ratio_ = 0.0;
  ActionGrid grid_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return SmoothnessExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_5() {
  return {"5", "Which quantizers keep a policy smooth",
          "Tokens of a stochastic, TV-continuous expert are as smooth as the expert, for every quantizer. Of a "
          "deterministic expert, binning keeps nearby states' tokens nearby; a learned quantizer need not, however "
          "small its error; noise before quantizing makes it smooth again.",
          run};
}

}  // namespace pianola
