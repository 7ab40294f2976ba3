// The coarsest quantizers that keep an unstable plant (docs/theory.md §11 and §12, docs/theory/theorem_coarsest.md):
// logarithmic levels down to Elia and Mitter's ratio, zooming within a stated gap of the data rate, uniform cells whose
// number grows with the set of initial states; and all schemes side by side at equal bits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/quantized_loop.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kNecessary = "necessary rate";
constexpr std::size_t kGroups = 8;  // of noise
constexpr double kRest = 0.05;      // a loop has come to rest if |x| stays below

double bits_of(const Quantizer& quantizer) { return std::log2(static_cast<double>(quantizer.info().vocabularies[0])); }

class CoarsestExperiment {
 public:
  explicit CoarsestExperiment(const ExperimentOptions& options)
      : key_(options.key), quantizers_(options.quantizers), points_(options.thorough ? 2048 : 256) {}

  ExperimentResult run() {
    for (const double a : {1.05, 1.5, 2.0}) logarithmic(a);
    for (const double a : {1.2, 1.5, 2.0, 5.0}) zooming(a);
    zoom_checks();
    initial_sets();
    for (const double a : {0.9, 1.05, 1.2, 1.5, 2.0, 2.5}) side_by_side(a, 0.0);
    fewest_picture();
    for (const double a : {0.9, 1.2, 2.5}) side_by_side(a, 0.05);
    below_the_rate();
    return std::move(result_);
  }

 private:
  void row(const std::string& part, const std::string& scheme, double a, double noise, double bits,
           const Estimate& value, double left) {
    result_.rows.push_back({{"part", part},
                            {"scheme", scheme},
                            {"a", a},
                            {"noise", noise},
                            {"bits_per_step", bits},
                            {"value", value.value},
                            {"low", value.low},
                            {"high", value.high},
                            {"left", left}});
  }

  // ---------------------------------------------------------------- log

  /// Largest |x'|/|x| in one step of the dead-beat loop, over states between the dead zone and saturation.
  [[nodiscard]] double growth(double a, double ratio) const {
    const QuantizedLoop loop{.a = a, .gain = a, .steps = 1, .ball = 1e9};
    const auto quantizer =
        fit_to_loop(quantizers_, fmt::format("log:bins=15,ratio={}", ratio), loop, 1.0, spread_starts(1.0, 16), key_);
    const double dead = std::pow(ratio, 7);
    const std::size_t states = 64 * points_;
    double worst = 0.0;
    std::vector<double> wanted(1), played(1);
    for (std::size_t i = 0; i < states; ++i) {
      const double x = std::pow(dead * 1.01, 1.0 - (static_cast<double>(i) + 0.5) / static_cast<double>(states));
      wanted[0] = -a * x;
      quantizer->quantize(wanted, {}, played);
      worst = std::max(worst, std::abs(a * x + played[0]) / x);
    }
    return worst;
  }

  void logarithmic(double a) {
    const double coarsest = (a - 1.0) / (a + 1.0);
    std::map<double, double> grown;
    for (const double share : {0.6, 0.8, 1.0, 1.2, 1.4}) {
      grown[share] = growth(a, share * coarsest);
      row("log: largest growth in a step", fmt::format("ratio {} of (a−1)/(a+1)", share), a, 0.0, kNaN,
          exact(grown[share]), kNaN);
    }
    result_.checks.push_back(
        check_at_most(fmt::format("log, a = {}: growth of |x| in a step at the ratio (a−1)/(a+1)", a),
                      exact(grown[1.0]), 1.0 + 1e-6));
    result_.checks.push_back(control_at_least(fmt::format("control, log, a = {}: growth at 0.8 of that ratio", a),
                                              exact(grown[0.8]), 1.0 + 1e-3));
  }

  // ---------------------------------------------------------------- zoom

  /// x' = a^m·x + u: what the plant is to a token every m steps.
  void zooming(double a) {
    for (const int period : {1, 2, 4, 8}) {
      const double growth = std::pow(a, period);
      // More than a^m + 2, and by a little, or the scale hardly shrinks.
      const int fewest = static_cast<int>(std::max(std::floor(growth) + 3.0, std::ceil(1.05 * growth) + 2.0));
      if (fewest > 65536) continue;
      const QuantizedLoop loop{.a = growth, .gain = growth, .steps = 2000, .ball = 1e12};
      const auto zoom = fit_to_loop(quantizers_, fmt::format("zoom:bins={},a={}", fewest, growth), loop, 1.0,
                                    spread_starts(1.0, 16), key_);
      const LoopOutcome outcome = play(loop, zoom.get(), spread_starts(100.0, points_), key_);
      const double bits = bits_of(*zoom) / period, gap = bits - std::log2(a);
      zoom_rest_ = std::max(zoom_rest_, outcome.rest);
      if (period == 8) zoom_gap_ = std::max(zoom_gap_, gap);
      row(fmt::format("zoom: bits above the rate, a token every {} steps", period), "zoom", a, 0.0, bits, exact(gap),
          outcome.left);
    }
  }

  void zoom_checks() {
    result_.checks.push_back(
        check_at_most("zoom, just above a^m + 2 tokens, states up to 100 times the first range: largest |x| at rest",
                      exact(zoom_rest_), kRest));
    result_.checks.push_back(check_at_most("zoom, a token every 8 steps: the gap, largest", exact(zoom_gap_), 0.2));
  }

  // ---------------------------------------------------------------- growing sets of initial states

  /// Fewest tokens of least … most, a power of two times least, with which all starts in ±radius come to rest; ∞ if
  /// none do. The spec is made of a number of tokens.
  template <class Make>
  double fewest_tokens(double radius, int least, int most, const Make& make) {
    const double a = 1.5;
    const QuantizedLoop loop{.a = a, .gain = a, .steps = 400, .ball = 1e9};
    const auto rests = [&](int tokens) {
      const auto quantizer = fit_to_loop(quantizers_, make(tokens), loop, radius, spread_starts(radius, 16), key_);
      return play(loop, quantizer.get(), spread_starts(radius, points_), key_).rest <= kRest;
    };
    int low = least, high = least;  // low fails or is the least, high rests
    while (!rests(high)) {
      if (high >= most) return HUGE_VAL;
      low = high;
      high *= 2;
    }
    while (high - low > 1) {
      const int middle = low + (high - low) / 2;
      (rests(middle) ? high : low) = middle;
    }
    return high;
  }

  void initial_sets() {
    const std::vector<double> radii{1.0, 4.0, 16.0, 64.0, 256.0};
    std::vector<Estimate> uniform, zoom, log;
    for (const double radius : radii) {
      uniform.push_back(
          exact(fewest_tokens(radius, 2, 65536, [](int k) { return fmt::format("uniform:bins={}", k); })));
      // Its first range is that of radius 1 throughout.
      zoom.push_back(exact(fewest_tokens(
          radius, 4, 65536, [](int k) { return fmt::format("zoom:bins={},a=1.5,low=-1.5,high=1.5", k); })));
      // As many cells a side as `tokens`, so that every number is one that `log` has.
      log.push_back(exact(
          2.0 * fewest_tokens(radius, 1, 32, [](int k) { return fmt::format("log:bins={},ratio=0.25", 2 * k + 1); }) +
          1.0));
      for (const auto& [name, tokens] : {std::pair{"uniform centre", uniform.back().value},
                                         std::pair{"zoom", zoom.back().value}, std::pair{"log", log.back().value}}) {
        row(fmt::format("fewest tokens that bring ±{} to rest within {}", radius, kRest), name, 1.5, 0.0,
            std::log2(tokens), exact(tokens), 0.0);
        tokens_.points.push_back({name, radius, tokens});
      }
    }
    double most = 0.0;
    for (const auto* tokens : {&uniform, &zoom, &log}) {
      for (const Estimate& fewest : *tokens) most = std::max(most, fewest.value);
    }
    result_.checks.push_back(
        check_at_most("uniform, log, zoom: tokens that bring a set to rest, largest", exact(most), 65536.0));
    const std::string none = std::isfinite(most) ? "" : "a set that no number of tokens brings to rest";
    require_slope(result_,
                  {"uniform tokens against the radius", "tokens of uniform: slope in the radius of the initial set",
                   radii, uniform, 0.9, 1.1, none});
    require_slope(result_, {"log tokens against the radius", "tokens of log: slope in the radius", radii, log, -0.05,
                            0.35, none});
    require_slope(result_, {"zoom tokens against the radius", "tokens of zoom: slope in the radius", radii, zoom, -0.05,
                            0.05, none});
    tokens_.title = "Fewest tokens that bring every state of ±R to rest, x' = 1.5·x + u";
    tokens_.x = {.title = "R", .log = true, .log_base = 4.0};
    tokens_.y = {.title = "tokens", .log = true, .log_base = 2.0};
    tokens_.series = scheme_series();
    result_.pictures.push_back({trend_chart(tokens_),
                                "Uniform cells pay for a larger set of initial states with tokens in proportion, "
                                "logarithmic ones with a few, zooming ones with none."});
  }

  // ---------------------------------------------------------------- equal bits

  /// Of the raw expert, one a group of noise.
  [[nodiscard]] std::vector<double> expert_costs(const QuantizedLoop& loop, std::span<const double> starts) const {
    std::vector<double> costs(kGroups);
    for (std::size_t group = 0; group < kGroups; ++group) {
      costs[group] = play(loop, nullptr, starts, key_.child("group", group)).cost;
    }
    return costs;
  }

  /// Cost above the raw expert's under the same noise: where something is drawn over groups of it, else exact.
  [[nodiscard]] Estimate cost_above(std::span<const double> expert, const QuantizedLoop& loop,
                                    const Quantizer& quantizer, std::span<const double> starts, double& left) const {
    const std::size_t groups = loop.noise > 0.0 || quantizer.info().random ? kGroups : 1;
    std::vector<double> costs;
    for (std::size_t group = 0; group < groups; ++group) {
      const LoopOutcome outcome = play(loop, &quantizer, starts, key_.child("group", group));
      costs.push_back(outcome.cost - expert[group]);
      left = std::max(left, outcome.left);
    }
    return groups == 1 ? exact(costs.front()) : mean_estimate(costs);
  }

  /// One scheme at one resolution; costs above the raw expert's.
  struct Trial {
    std::string scheme;
    int bits;
    std::unique_ptr<Quantizer> quantizer;
    Estimate cost = {};
    double left = 0.0;
  };

  /// Every scheme from the finest resolution to the coarsest, played side by side.
  [[nodiscard]] std::vector<Trial> all_trials(const QuantizedLoop& loop, std::span<const double> starts,
                                              std::span<const double> expert) const {
    std::vector<Trial> trials;
    for (const ComparedScheme& scheme : compared_schemes()) {
      for (int bits = 8; bits >= 1; --bits) {
        const std::string spec = scheme.spec(1U << bits, {.a = loop.a, .gain = loop.gain});
        if (spec.empty()) continue;
        trials.push_back({scheme.name, bits, fit_to_loop(quantizers_, spec, loop, 1.0, starts, key_)});
      }
    }
    parallel_blocks(trials.size(), 1, [&](const Block& block) {
      Trial& trial = trials[block.begin];
      trial.cost = cost_above(expert, loop, *trial.quantizer, starts, trial.left);
    });
    return trials;
  }

  void side_by_side(double a, double noise) {
    const QuantizedLoop loop{.a = a, .gain = lqr_gain(a), .noise = noise, .steps = 120, .ball = 10.0};
    const std::vector<double> starts = spread_starts(1.0, points_);
    const std::vector<double> expert = expert_costs(loop, starts);
    const double necessary = std::max(0.0, std::log2(a));
    const std::vector<Trial> trials = all_trials(loop, starts, expert);
    XyChart chart;
    std::string fewest;
    for (const ComparedScheme& scheme : compared_schemes()) {
      double kept = kNaN;  // fewest bits with which nothing leaves, at this and at all finer resolutions tried
      bool any = false, keeps = true;
      for (const Trial& trial : trials) {
        if (trial.scheme != scheme.name) continue;
        any = true;
        const double bits = bits_of(*trial.quantizer);
        row("equal bits: cost above the raw expert's", scheme.name, a, noise, bits, trial.cost, trial.left);
        chart.points.push_back(chart_point(scheme.name, bits, trial.cost));
        keeps = keeps && trial.left == 0.0;
        if (keeps) kept = trial.bits;
      }
      if (!any) continue;
      fewest += fmt::format("{}{} {}", fewest.empty() ? "" : ", ", scheme.name,
                            std::isnan(kept) ? "none of those tried" : format_number(kept));
      if (noise == 0.0) fewest_.points.push_back({scheme.name, a, kept});
    }
    if (noise == 0.0) fewest_.points.push_back({kNecessary, a, necessary});
    result_.notes.push_back(fmt::format(
        "a = {}, noise {}, initial states in [−1, 1]: whole bits from which nothing leaves ±10 (necessary: {:.3g}): {}",
        a, noise, necessary, fewest));
    chart.title = fmt::format("x' = {}·x + u{}, LQR: cost above the raw expert's, at equal bits", a,
                              noise > 0.0 ? fmt::format(" + {}·ω", noise) : std::string());
    chart.x = {.title = "bits a step"};
    chart.y = {.title = "mean x² above the expert's", .log = true};
    for (const double height : {1e-6, 100.0}) chart.points.push_back({kNecessary, necessary, height});
    chart.curves = {kNecessary};
    chart.series = scheme_series();
    result_.pictures.push_back(
        {trend_chart(chart), "Where a curve is flat and high, states have left the ball of ±10."});
  }

  void fewest_picture() {
    fewest_.title = "Fewest bits from which nothing leaves ±10, against instability";
    fewest_.x = {.title = "a"};
    fewest_.y = {.title = "bits a step", .zero = true};
    fewest_.curves = {kNecessary};
    fewest_.series = scheme_series();
    result_.pictures.push_back(
        {trend_chart(fewest_), "What is crowded at rest pays for instability most; no scheme goes below the line."});
  }

  /// With fewer tokens than the plant grows, nothing works: 4 tokens for a = 5, where 8 do.
  void below_the_rate() {
    const QuantizedLoop loop{.a = 5.0, .gain = 5.0, .steps = 120, .ball = 10.0};
    const std::vector<double> starts = spread_starts(1.0, points_);
    double least = 1.0;
    for (const ComparedScheme& scheme : compared_schemes()) {
      const auto quantizer = fit_to_loop(quantizers_, scheme.spec(4, {.a = 5.0, .gain = 5.0}), loop, 1.0, starts, key_);
      const double left = play(loop, quantizer.get(), starts, key_).left;
      row("below the necessary rate: share that leaves", scheme.name, 5.0, 0.0, bits_of(*quantizer), exact(kNaN), left);
      least = std::min(least, left);
    }
    result_.checks.push_back(control_at_least(
        "control, at most 2 bits where log₂5 = 2.32 are necessary: share that leaves, over all schemes", exact(least),
        0.5));
    const auto enough = fit_to_loop(quantizers_, "uniform:bins=8", loop, 1.0, starts, key_);
    result_.checks.push_back(check_at_most("the same plant with 3 bits, uniform cells: share that leaves",
                                           exact(play(loop, enough.get(), starts, key_).left), 0.0));
  }

  NoiseKey key_;
  QuantizerMaker quantizers_;
  std::size_t points_;
  double zoom_rest_ = 0.0, zoom_gap_ = 0.0;
  XyChart tokens_, fewest_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return CoarsestExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_coarsest() {
  return {
      "coarsest",
      "The coarsest quantizers that keep an unstable plant",
      "Logarithmic levels contract every state down to the ratio (|a|−1)/(|a|+1) and not below; a zooming quantizer "
      "needs log₂(|a| + 2) bits whatever the initial states, which rarer tokens bring to the data rate; uniform "
      "cells need tokens in proportion to the initial set; below the data rate every scheme loses. Beyond the paper.",
      "scalar unstable plants, a stated set of initial states, deterministic dynamics",
      {},
      run};
}

}  // namespace pianola
