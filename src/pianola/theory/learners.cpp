// Learners from n demonstrations on an unstable plant, at equal bits (docs/theory/theorem_learners.md): who wins over
// bits and demonstrations, what noise-injected data change, and that nothing works below the data rate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/experiment_pictures.hpp"
#include "pianola/theory/learned_loop.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

constexpr double kInjected = 0.2;  // σ_p of noise-injected data

/// Of 2^bits tokens a step. "": none.
std::string spec_of(const ComparedScheme& scheme, const LearnedLoop& learned, int bits) {
  return scheme.spec(1U << bits, {.a = learned.loop.a, .gain = learned.loop.gain});
}

/// One learner over all repetitions.
struct Trial {
  std::vector<double> regret, left;  ///< [repetitions]; cost above the raw expert's, share that leaves
};

class LearnersExperiment {
 public:
  explicit LearnersExperiment(const ExperimentOptions& options)
      : options_(options),
        counts_(axis("n", options.n, {2, 4, 8, 32, 128}, 1, 100'000)),
        repetitions_(options.thorough ? 160 : 16),
        starts_(spread_starts(1.0, 32)) {}

  ExperimentResult run() {
    for (const double a : {0.9, 1.2}) {
      for (const double injected : {0.0, kInjected}) who_wins(a, injected);
    }
    noise_injection();
    resolution();
    below_the_rate();
    return std::move(result_);
  }

 private:
  struct Name {
    double a, injected;
    std::string scheme;
    int bits;
    std::uint64_t n;
    auto operator<=>(const Name&) const = default;
  };

  /// With the noise that all schemes on it share.
  [[nodiscard]] LearnedLoop loop_of(double a, double injected) const {
    LearnedLoop learned;
    learned.loop = {.a = a, .gain = lqr_gain(a), .noise = 0.01, .steps = 120, .ball = 10.0};
    learned.injected = injected;
    draw_noise(learned, starts_.size(), options_.key, repetitions_);
    return learned;
  }

  /// Of the raw expert, one a repetition.
  [[nodiscard]] std::vector<double> expert_costs(const LearnedLoop& learned) const {
    std::vector<double> costs(repetitions_);
    for (std::size_t r = 0; r < repetitions_; ++r) costs[r] = play_expert(learned, starts_, options_.key, r).cost;
    return costs;
  }

  [[nodiscard]] Trial trial(const LearnedLoop& learned, const Quantizer& quantizer, std::uint64_t n,
                            std::span<const double> expert_costs) const {
    Trial out{std::vector<double>(repetitions_), std::vector<double>(repetitions_)};
    parallel_blocks(repetitions_, 1, [&](const Block& block) {
      const LoopOutcome outcome = learn_and_play(learned, quantizer, n, starts_, options_.key, block.begin);
      const double most = learned.loop.ball * learned.loop.ball;
      out.regret[block.begin] = (outcome.cost - expert_costs[block.begin]) / most;
      out.left[block.begin] = outcome.left;
    });
    return out;
  }

  void who_wins(double a, double injected) {
    const LearnedLoop learned = loop_of(a, injected);
    const std::vector<double> expert = expert_costs(learned);
    std::vector<FacetPoint> curves;
    std::map<std::pair<std::uint64_t, int>, std::pair<double, std::string>> best;
    for (const ComparedScheme& scheme : compared_schemes()) {
      for (int bits = 1; bits <= kMostBits; ++bits) {
        const std::string spec = spec_of(scheme, learned, bits);
        if (spec.empty()) continue;
        const auto quantizer = fit_to_loop(options_.quantizers, spec, learned.loop, 1.0, starts_, options_.key);
        for (const std::uint64_t n : counts_) {
          const Trial found = trial(learned, *quantizer, n, expert);
          const Estimate regret = mean_estimate(found.regret), left = mean_estimate(found.left);
          result_.rows.push_back({{"a", a},
                                  {"injected", injected},
                                  {"scheme", scheme.name},
                                  {"bits", static_cast<double>(bits)},
                                  {"n", static_cast<double>(n)},
                                  {"regret", regret.value},
                                  {"low", regret.low},
                                  {"high", regret.high},
                                  {"left", left.value}});
          curves.push_back({fmt::format("n = {}", n), injected > 0.0 ? "noise-injected" : "clean", scheme.name,
                            std::exp2(bits), regret.value});
          auto& winner = best[{n, bits}];
          if (winner.second.empty() || regret.value < winner.first) winner = {regret.value, scheme.name};
          trials_[{a, injected, scheme.name, bits, n}] = found;
        }
      }
    }
    const std::string data = injected > 0.0 ? "noise-injected" : "clean";
    result_.pictures.push_back(
        {facet_chart(
             fmt::format("x' = {}·x + u, {} demonstrations: regret of a table of {} cells", a, data, learned.cells),
             "tokens", "regret a step", curves, scheme_series()),
         "Cost above the raw expert's, in shares of the ball's, under the same noise: more tokens help only a learner "
         "that has seen enough."});
    result_.pictures.push_back({winners(a, data, best),
                                "Who has the least regret with so many bits and so many "
                                "demonstrations; neighbours may lie within their intervals."});
  }

  static nlohmann::ordered_json winners(
      double a, const std::string& data,
      const std::map<std::pair<std::uint64_t, int>, std::pair<double, std::string>>& best) {
    XyChart chart;
    for (const auto& [place, winner] : best) {
      chart.points.push_back({winner.second, static_cast<double>(place.first), static_cast<double>(place.second)});
    }
    chart.series = scheme_series();
    chart.title = fmt::format("Who wins: x' = {}·x + u, {} demonstrations", a, data);
    chart.x = {.title = "demonstrations n", .log = true, .log_base = 4.0};
    chart.y = {.title = "bits a step"};
    return point_chart(chart);
  }

  /// Mean over schemes and resolutions, one a repetition.
  [[nodiscard]] std::vector<double> share_left(double a, double injected, std::uint64_t n) const {
    std::vector<double> sums(repetitions_);
    double count = 0.0;
    for (const auto& [name, found] : trials_) {
      if (name.a != a || name.injected != injected || name.n != n || name.bits < 3) continue;
      for (std::size_t r = 0; r < repetitions_; ++r) sums[r] += found.left[r];
      ++count;
    }
    for (double& sum : sums) sum /= count;
    return sums;
  }

  /// Zhang et al. (arXiv:2507.09061): on an unstable plant demonstrations that stay on the expert's path do not show
  /// the way back; executed with noise they do.
  void noise_injection() {
    const std::uint64_t few = counts_.front();
    const std::vector<double> clean = share_left(1.2, 0.0, few), injected = share_left(1.2, kInjected, few);
    std::vector<double> gains(repetitions_);
    for (std::size_t r = 0; r < repetitions_; ++r) gains[r] = clean[r] - injected[r];
    const std::string where = fmt::format("n = {}, mean over schemes of 3 bits and more: share that leaves", few);
    result_.notes.push_back(fmt::format("a = 1.2, {} after clean demonstrations {}, after noise-injected ones {}",
                                        where, format_estimate(mean_estimate(clean), 3),
                                        format_estimate(mean_estimate(injected), 3)));
    add_check(
        result_,
        check_at_least(fmt::format("a = 1.2, {}: after clean demonstrations less after noise-injected ones", where),
                       mean_estimate(gains), 0.05),
        few < 2   ? "a single demonstration is not executed with noise"
        : few > 4 ? "more than 4 demonstrations show the way back without noise"
                  : "");
    result_.checks.push_back(check_at_most(fmt::format("a = 0.9, {}, clean demonstrations", where),
                                           mean_estimate(share_left(0.9, 0.0, few)), 0.05));
  }

  /// More demonstrations pay for finer tokens: the best resolution of each n.
  void resolution() {
    for (const double a : {0.9, 1.2}) {
      for (const double injected : {0.0, kInjected}) {
        std::string text;
        for (const std::uint64_t n : counts_) {
          text += fmt::format("{}n = {}: {}", text.empty() ? "" : ", ", n, best_bits(a, injected, n));
        }
        result_.notes.push_back(fmt::format("a = {}, {} demonstrations, uniform with ends: best of 1 to {} bits: {}", a,
                                            injected > 0.0 ? "noise-injected" : "clean", kMostBits, text));
      }
    }
    const int few = best_bits(1.2, 0.0, counts_.front()), many = best_bits(1.2, 0.0, counts_.back());
    add_check(
        result_,
        check_at_least(fmt::format("a = 1.2, clean, uniform with ends: best bits with n = {} less with n = {}",
                                   counts_.back(), counts_.front()),
                       exact(many - few), 1.0),
        counts_.front() > 4 || counts_.back() < 32 ? "the best resolution moves between 4 and 32 demonstrations" : "");
  }

  [[nodiscard]] int best_bits(double a, double injected, std::uint64_t n) const {
    const auto regret = [&](int bits) {
      return mean_estimate(trials_.at({a, injected, "uniform ends", bits, n}).regret).value;
    };
    int best = 1;
    for (int bits = 2; bits <= kMostBits; ++bits) {
      if (regret(bits) < regret(best)) best = bits;
    }
    return best;
  }

  /// 4 tokens where log₂5 = 2.32 bits are necessary, and all the demonstrations one likes.
  void below_the_rate() {
    const LearnedLoop learned = loop_of(5.0, kInjected);
    const std::vector<double> expert = expert_costs(learned);
    Estimate least{.value = 1.0, .low = 1.0, .high = 1.0};
    for (const ComparedScheme& scheme : compared_schemes()) {
      const std::string spec = spec_of(scheme, learned, 2);
      if (spec.empty()) continue;
      const auto quantizer = fit_to_loop(options_.quantizers, spec, learned.loop, 1.0, starts_, options_.key);
      const Estimate left = mean_estimate(trial(learned, *quantizer, counts_.back(), expert).left);
      if (left.low < least.low) least = left;
    }
    result_.checks.push_back(control_at_least(
        fmt::format("control, a = 5, 2 bits where log₂5 = 2.32 are necessary, n = {}: share that leaves, least of the "
                    "schemes",
                    counts_.back()),
        least, 0.5));
  }

  static constexpr int kMostBits = 6;
  const ExperimentOptions& options_;
  std::vector<std::uint64_t> counts_;
  std::size_t repetitions_;
  std::vector<double> starts_;
  std::map<Name, Trial> trials_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return LearnersExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_learners() {
  return {
      "learners",
      "Learners from n demonstrations on an unstable plant",
      "On an unstable plant finer tokens help only a learner that has seen enough; demonstrations that were executed "
      "with noise keep it inside where a few clean ones do not; below the data rate no number of demonstrations does. "
      "Beyond the paper.",
      "scalar plants, a table over cells of the state, an LQR expert",
      {.n = Taken::several},
      run};
}

}  // namespace pianola
