// Proposition 5: which quantizers keep a policy smooth (docs/theory.md §4, docs/theory/theorem_5.md).
//
// (i) q#π of a stochastic TVC expert is TVC with the expert's own modulus, for every q; (ii) binning of a deterministic
// Lipschitz expert is kε-RTVC; (iii) a learned quantizer with a small error need not be; and noise before quantizing
// makes it smooth again. All distances are exact sums over a grid of actions.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pianola/bounds/transport.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/grid_laws.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr double kDeviation = 0.3;  // of the stochastic experts' parts

/// What a stochastic expert plays in state x, on the grid.
struct StochasticExpert {
  const char* name;
  std::vector<double> (*law)(const ActionGrid& grid, double x);
};

std::vector<StochasticExpert> experts() {
  return {
      {"N(x, 0.3²)", [](const ActionGrid& grid, double x) { return grid.normal_law(x, kDeviation); }},
      {"two modes, x ± 1",
       [](const ActionGrid& grid, double x) {
         std::vector<double> law = grid.normal_law(x - 1.0, kDeviation);
         const std::vector<double> other = grid.normal_law(x + 1.0, kDeviation);
         for (std::size_t i = 0; i < law.size(); ++i) law[i] = 0.5 * (law[i] + other[i]);
         return law;
       }},
      {"N(sin 3x, 0.1²)", [](const ActionGrid& grid, double x) { return grid.normal_law(std::sin(3.0 * x), 0.1); }}};
}

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

/// How far apart the representatives of two actions within `distance` are at most.
double farthest_tokens(const GridTokens& tokens, const ActionGrid& grid, double distance) {
  const auto reach = static_cast<std::size_t>(distance / grid.width() * (1.0 + 1e-12));
  double most = 0.0;
  for (std::size_t i = 0; i < tokens.symbol.size(); ++i) {
    for (std::size_t j = i; j <= std::min(i + reach, tokens.symbol.size() - 1); ++j) {
      most =
          std::max(most, std::abs(tokens.representatives[tokens.symbol[i]] - tokens.representatives[tokens.symbol[j]]));
    }
  }
  return most;
}

/// |q(u) − u| on the grid: the largest of actions that the quantizer does not clip, and the mean under standard normal
/// actions.
struct GridError {
  double largest = 0.0, mean = 0.0;
};
GridError error_on_grid(const Quantizer& quantizer, const GridTokens& tokens, const ActionGrid& grid) {
  const std::vector<double> law = grid.normal_law(0.0, 1.0);
  const auto clipped = std::make_unique<bool[]>(law.size());
  quantizer.saturated(grid.atoms(), {clipped.get(), law.size()});
  GridError error;
  for (std::size_t i = 0; i < law.size(); ++i) {
    const double off = std::abs(tokens.representatives[tokens.symbol[i]] - grid.atoms()[i]);
    if (!clipped[i]) error.largest = std::max(error.largest, off);
    error.mean += law[i] * off;
  }
  return error;
}

class SmoothnessExperiment {
 public:
  explicit SmoothnessExperiment(const ExperimentOptions& options)
      : key_(options.key),
        epsilon_(axis("epsilon", options.epsilon, {0.0625}, 1e-3, 0.1).front()),
        grid_(-4.0, 4.0, options.thorough ? 32768 : 8192),
        thorough_(options.thorough),
        quantizers_(options.quantizers) {}

  ExperimentResult run() {
    for (const std::string& scheme : schemes()) {
      const auto quantizer = fitted_to_normal(quantizers_, scheme, key_.child(scheme));
      const GridTokens tokens = tokens_on_grid(*quantizer, grid_);
      own_error(scheme, *quantizer, tokens);
      data_processing(scheme, tokens);
    }
    own_errors();
    result_.checks.push_back(check_at_most("(i) TV of q#π over TV of the expert, all quantizers, experts and distances",
                                           exact(most_ratio_), 1.0 + 1e-9));
    binning();
    learned();
    dithered();
    picture();
    return std::move(result_);
  }

 private:
  /// ε_q is what the theorems take from a quantizer: on the whole range no error may be larger than it says.
  void own_error(const std::string& scheme, const Quantizer& quantizer, const GridTokens& tokens) {
    const GridError error = error_on_grid(quantizer, tokens, grid_);
    const double claimed = quantizer.info().epsilon_sup;
    if (std::isfinite(claimed)) {
      most_error_ = std::max(most_error_, error.largest / claimed);
    } else {
      unbounded_ += (unbounded_.empty() ? "" : ", ") + scheme;
    }
    spread_.push_back({scheme, farthest_tokens(tokens, grid_, error.mean) / error.mean});
  }

  void own_errors() {
    auto& checks = result_.checks;
    checks.push_back(
        check_at_most("largest error of a quantizer inside its range over the ε_sup that it states, all that state one",
                      exact(most_error_), 1.0 + 1e-6));
    if (!unbounded_.empty()) result_.notes.push_back("no finite ε_sup is stated by " + unbounded_);
    std::string text;
    for (const auto& [scheme, ratio] : spread_) {
      text += (text.empty() ? "" : ", ") + scheme + " " + format_number(ratio, 3);
      if (scheme == "uniform:bins=16") {
        checks.push_back(check_at_most("(ii) bins: tokens of actions within the mean error e, apart, over e",
                                       exact(ratio), 4.0 + 1e-2));
      }
      if (scheme == "kmeans:k=16" || scheme == "kdisks" || scheme.starts_with("rvq")) {
        checks.push_back(check_at_least(
            "(iii) " + scheme + ": tokens of actions within the mean error e, apart, over e", exact(ratio), 4.05));
      }
    }
    result_.notes.push_back("tokens of actions within the mean error e of N(0, 1), apart at most, in e: " + text);
  }

  /// Experts at a few states x and x + distance.
  void data_processing(const std::string& scheme, const GridTokens& tokens) {
    for (const StochasticExpert& expert : experts()) {
      for (const double distance : distances()) add_row(scheme, tokens, expert, distance);
    }
  }

  [[nodiscard]] std::vector<double> distances() const {
    if (!thorough_) return {0.01, 0.03, 0.1, 0.3, 1.0};
    std::vector<double> all(20);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = 0.01 * std::pow(100.0, static_cast<double>(i) / 19.0);
    return all;
  }

  void add_row(const std::string& scheme, const GridTokens& tokens, const StochasticExpert& expert, double distance) {
    double bound = 0.0, worst = 0.0, relaxed = 0.0;
    for (const double x : {-1.3, -0.4, 0.1, 0.8}) {
      const auto here = expert.law(grid_, x), there = expert.law(grid_, x + distance);
      const double own = total_variation(here, there);
      const auto p = pushed_forward(tokens, here), q = pushed_forward(tokens, there);
      const double tv = total_variation(p, q);
      most_ratio_ = std::max(most_ratio_, tv / own);
      if (tv < worst) continue;
      worst = tv;
      bound = own;
      relaxed = transport({tokens.representatives, p}, {tokens.representatives, q}, 1, 2.0 * epsilon_).distance;
    }
    result_.rows.push_back({{"quantizer", scheme},
                            {"expert", std::string(expert.name)},
                            {"distance", distance},
                            {"tv", worst},
                            {"rtvc", relaxed},
                            {"bound", bound}});
  }

  /// Deterministic expert u = x, bins of half-width ε: tokens of actions within ε stand for actions within 3ε.
  void binning() {
    const LineBins fine = LineBins::edge_at_zero(quantizers_, epsilon_, 4.0),
                   coarse = LineBins::edge_at_zero(quantizers_, 2.0 * epsilon_, 4.0);
    const GridTokens near = tokens_on_grid(fine.quantizer(), grid_), far = tokens_on_grid(coarse.quantizer(), grid_);
    const double error = error_on_grid(fine.quantizer(), near, grid_).largest;
    result_.checks.push_back(
        check_at_most("(ii) bins of width 2ε: largest error over ε", exact(error / epsilon_), 1.0 + 1e-9));
    result_.checks.push_back(check_at_most("(ii) bins of width 2ε: largest W_3ε of q#π* over pairs within ε",
                                           exact(worst_pair(near, grid_, epsilon_, 3.0 * epsilon_)), 0.0));
    result_.checks.push_back(control_at_least("control, bins of width 4ε: largest W_3ε over pairs within ε",
                                              exact(worst_pair(far, grid_, epsilon_, 3.0 * epsilon_)), 1.0));
  }

  /// The trap's tokens part at a distance of nothing, however large the tolerance.
  void learned() {
    const std::string spec = "trap:epsilon=" + std::to_string(epsilon_ / 4.0);
    const GridTokens tokens = tokens_on_grid(*fitted_to_normal(quantizers_, spec, key_), grid_);
    const double distance = grid_.width(), tolerance = 8.0 * epsilon_ / 4.0;
    result_.checks.push_back(check_at_least(
        "(iii) a learned quantizer (trap): W_8ε of neighbouring grid points, " + format_number(distance, 2) + " apart",
        exact(worst_pair(tokens, grid_, distance, tolerance)), 1.0));
  }

  /// q(u + ξ), ξ uniform of width w on the grid: TV of neighbours is at most |Δu|/w, whatever q is.
  void dithered() {
    for (const std::string& scheme :
         {std::string("trap"), std::string("kmeans:k=16"), std::string("uniform:bins=16")}) {
      const GridTokens tokens = tokens_on_grid(*fitted_to_normal(quantizers_, scheme, key_.child(scheme)), grid_);
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
      if (std::get<std::string>(row[1].second) != experts().front().name) continue;
      const double distance = std::get<double>(row[2].second);
      if (std::get<std::string>(row[0].second) == schemes().front()) {
        chart.points.push_back({"expert", distance, std::get<double>(row[5].second)});
      }
      chart.points.push_back({std::get<std::string>(row[0].second), distance, std::get<double>(row[3].second)});
    }
    result_.pictures.push_back({trend_chart(chart),
                                "All lines lie on or below the expert's own: data processing. A "
                                "deterministic expert has no such curve, and there the quantizer "
                                "decides."});
  }

  NoiseKey key_;
  double epsilon_, most_ratio_ = 0.0, most_error_ = 0.0;
  ActionGrid grid_;
  bool thorough_;
  QuantizerMaker quantizers_;
  std::string unbounded_;                               ///< schemes that state no ε_sup
  std::vector<std::pair<std::string, double>> spread_;  ///< how far tokens part, in mean errors
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return SmoothnessExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_5() {
  return {"5",
          "Which quantizers keep a policy smooth",
          "Tokens of a stochastic, TV-continuous expert are as smooth as the expert, for every quantizer. Of a "
          "deterministic expert, binning keeps nearby states' tokens nearby; a learned quantizer need not, however "
          "small its error; noise before quantizing makes it smooth again.",
          "(i) a stochastic TVC expert, any quantizer; (ii) binning and a Lipschitz expert",
          {.epsilon = Taken::one},
          run};
}

}  // namespace pianola
