// Dither (ours; docs/theory.md §13, docs/theory/theorem_dither.md): stochastic rounding makes the tokens of a
// *deterministic* expert smooth, with TV(q#π(x), q#π(x')) ≤ ‖u − u'‖₁/Δ, and the played action unbiased.
//
// Token laws are exact: Quantizer::targets of `dither` is the law of its token.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/bounds/transport.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr int kLevels = 9;
constexpr double kPlant = 0.9, kGain = 0.532;  // x' = 0.9x + u, and the gain that LQR with Q = R = 1 has there
constexpr std::uint32_t kSteps = 30;

std::unique_ptr<Quantizer> fitted(const QuantizerMaker& quantizers, const std::string& spec, std::size_t dims) {
  FitContext context;
  context.action_dim = dims;
  context.range = {std::vector<double>(dims, -1.0), std::vector<double>(dims, 1.0)};
  return make_experiment_quantizer(quantizers, spec, context);
}

/// Law of the token at each position.
std::vector<std::vector<float>> law_of(const Quantizer& quantizer, std::span<const float> action) {
  std::vector<std::vector<float>> law;
  for (std::size_t p = 0; p < quantizer.info().max_tokens; ++p) {
    law.emplace_back(quantizer.info().vocabularies[p]);
    quantizer.targets(action, p, law.back());
  }
  return law;
}

/// TV of product laws of two positions, by enumeration of pairs.
double product_distance(const std::vector<std::vector<float>>& p, const std::vector<std::vector<float>>& q) {
  if (p.size() == 1) {
    return total_variation(std::vector<double>(p[0].begin(), p[0].end()),
                           std::vector<double>(q[0].begin(), q[0].end()));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < p[0].size(); ++i) {
    for (std::size_t j = 0; j < p[1].size(); ++j) {
      sum += std::abs(static_cast<double>(p[0][i]) * static_cast<double>(p[1][j]) -
                      static_cast<double>(q[0][i]) * static_cast<double>(q[1][j]));
    }
  }
  return 0.5 * sum;
}

class DitherExperiment {
 public:
  explicit DitherExperiment(const ExperimentOptions& options) : options_(options) {}

  ExperimentResult run() {
    const double step = 2.0 / (kLevels - 1);
    for (const std::size_t dims : {1U, 2U}) smoothness(dims, step);
    bias();
    closed_loop();
    result_.checks.push_back(control_at_least("control, the same levels without noise: largest TV over ‖Δu‖₁/Δ",
                                              exact(largest_ratio("uniform:bins=9,representatives=ends", 1, step)),
                                              10.0));
    picture(step);
    return std::move(result_);
  }

 private:
  /// Largest TV·Δ/‖u − u'‖₁ over pairs of drawn and of very close actions inside the range.
  double largest_ratio(const std::string& spec, std::size_t dims, double step) {
    const auto quantizer = fitted(options_.quantizers, spec, dims);
    const std::size_t pairs = options_.thorough ? 40'000 : 4'000;
    const NoiseKey key = options_.key.child("pairs", dims);
    double most = 0.0;
    for (std::size_t i = 0; i < pairs; ++i) {
      std::vector<float> u, v;
      double distance = 0.0;
      const double scale = std::exp2(-static_cast<double>(i % 12));
      for (std::uint32_t d = 0; d < dims; ++d) {
        const double a = 2.0 * uniform(key, i, d, 0) - 1.0;
        const double b = std::clamp(a + scale * (2.0 * uniform(key, i, d, 1) - 1.0), -1.0, 1.0);
        u.push_back(static_cast<float>(a));
        v.push_back(static_cast<float>(b));
        distance += std::abs(static_cast<double>(u.back()) - static_cast<double>(v.back()));
      }
      if (distance < 1e-4) continue;  // below, float32 probabilities round
      most = std::max(most, product_distance(law_of(*quantizer, u), law_of(*quantizer, v)) * step / distance);
    }
    return most;
  }

  void smoothness(std::size_t dims, double step) {
    const double ratio = largest_ratio("dither:bins=9", dims, step);
    result_.checks.push_back(
        check_at_most("largest TV over ‖Δu‖₁/Δ, " + std::to_string(dims) + " dimension" + (dims == 1 ? "" : "s"),
                      exact(ratio), 1.0 + 1e-3));
    if (dims == 1) {
      result_.checks.push_back(check_at_least("and the bound is reached: the same ratio", exact(ratio), 0.99));
    }
  }

  /// E q(u) − u over drawn noise, where rounding to the nearest level is off by up to Δ/2.
  void bias() {
    const auto quantizer = fitted(options_.quantizers, "dither:bins=9", 1);
    const std::size_t draws = options_.thorough ? 200'000 : 20'000;
    const NoiseKey noise = options_.key.child("dither");
    std::vector<std::uint64_t> ids(draws);
    for (std::size_t i = 0; i < draws; ++i) ids[i] = i;
    const std::vector<std::uint32_t> h(draws);
    std::vector<double> out(draws);
    for (const double u : {-0.97, 0.1, 0.6}) {
      const std::vector<double> actions(draws, u);
      quantizer->quantize(actions, {&noise, ids, h, {}, {}}, out);
      for (double& q : out) q -= u;
      const Estimate mean = mean_estimate(out, 0.999);
      // With the sign that makes it negative: the interval holds 0 if and only if it then reaches 0 from below.
      const Estimate below = mean.value > 0.0 ? Estimate{-mean.value, -mean.high, -mean.low, mean.n} : mean;
      result_.checks.push_back(check_not_below("−|bias| of the mean, its 99.9 % interval reaches 0: u = " +
                                                   std::to_string(u).substr(0, 5) + ", n = " + std::to_string(draws),
                                               below, 0.0));
    }
  }

  /// E[x_h − x_h*], h = 1 … H, on x' = 0.9x + u under u = q(−kx), x_1 = 1 and no noise but the dither's. Each
  /// interval at a confidence that holds for all h together.
  std::vector<Estimate> mean_deviations(const std::string& spec, std::size_t rollouts) const {
    const auto quantizer = fitted(options_.quantizers, spec, 1);
    const NoiseKey noise = options_.key.child("dither");
    std::vector<std::uint64_t> ids(rollouts);
    for (std::size_t i = 0; i < rollouts; ++i) ids[i] = i;
    std::vector<double> x(rollouts, 1.0), wanted(rollouts), played(rollouts);
    std::vector<Estimate> means;
    double expert = 1.0;
    for (std::uint32_t h = 0; h < kSteps; ++h) {
      for (std::size_t i = 0; i < rollouts; ++i) wanted[i] = -kGain * x[i];
      const std::vector<std::uint32_t> steps(rollouts, h);
      quantizer->quantize(wanted, {&noise, ids, steps, {}, {}}, played);
      expert = (kPlant - kGain) * expert;
      RunningMean mean;
      for (std::size_t i = 0; i < rollouts; ++i) {
        x[i] = kPlant * x[i] + played[i];
        mean.add(x[i] - expert);
      }
      means.push_back(mean.estimate(1.0 - 0.001 / kSteps));
    }
    return means;
  }

  void closed_loop() {
    const std::size_t rollouts = options_.thorough ? 100'000 : 10'000;
    for (const char* spec : {"dither:bins=9", "dither:bins=9,subtractive=true"}) {
      Estimate worst{0.0, -1.0, 1.0, 0};
      for (const Estimate& mean : mean_deviations(spec, rollouts)) {
        const Estimate below = mean.value > 0.0 ? Estimate{-mean.value, -mean.high, -mean.low, mean.n} : mean;
        if (below.high < worst.high) worst = below;
      }
      result_.checks.push_back(check_not_below(
          fmt::format("closed loop, {}: −|E x_h − x_h*| of the worst h, 99.9 % interval reaches 0", spec), worst, 0.0));
    }
    for (const char* spec : {"uniform:bins=9", "uniform:bins=8"}) {
      double largest = 0.0;
      for (const Estimate& mean : mean_deviations(spec, 2)) largest = std::max(largest, std::abs(mean.value));
      result_.checks.push_back(control_at_least(fmt::format("control, closed loop, {}: largest |E x_h − x_h*|", spec),
                                                exact(largest), 0.03));
    }
  }

  void picture(double step) {
    const auto smooth = fitted(options_.quantizers, "dither:bins=9", 1),
               hard = fitted(options_.quantizers, "uniform:bins=9,representatives=ends", 1);
    XyChart chart;
    chart.title = "Distance of token laws against distance of actions, Δ = 0.25";
    chart.x = {.title = "|u − u'|"};
    chart.y = {.title = "total variation", .zero = true};
    const float u = 0.12F;  // just below an edge of the hard bins
    for (int i = 0; i <= 40; ++i) {
      const double r = 0.3 * i / 40.0;
      const auto v = static_cast<float>(static_cast<double>(u) + r);
      const std::vector<float> here{u}, there{v};
      const double soft = product_distance(law_of(*smooth, here), law_of(*smooth, there));
      const double rough = product_distance(law_of(*hard, here), law_of(*hard, there));
      chart.points.push_back({"dither", r, soft});
      chart.points.push_back({"nearest level", r, rough});
      chart.points.push_back({"bound |u − u'|/Δ", r, std::min(1.0, r / step)});
      result_.rows.push_back(
          {{"distance", r}, {"tv", soft}, {"tv_nearest", rough}, {"bound", std::min(1.0, r / step)}});
    }
    chart.curves = {"bound |u − u'|/Δ"};
    result_.pictures.push_back({line_chart(chart),
                                "Rounding to the nearest level jumps from 0 to 1 at an edge; dither "
                                "rises along the bound."});
  }

  const ExperimentOptions& options_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return DitherExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_dither() {
  return {
      "dither",
      "Stochastic rounding makes tokens smooth",
      "With dither the tokens of a deterministic expert are TV-continuous with modulus ‖Δu‖₁/Δ, and the mean of the "
      "played action is the action. Beyond the paper.",
      "actions inside the range; noise independent of them",
      {},
      run};
}

}  // namespace pianola
