// Unstable plants of several states in closed loop (docs/theory/theorem_plants.md): a linear one, the planar quadrotor
// and, in builds with MuJoCo, a pole on a cart. Schemes at equal bits, against instability too, and deployments at
// equal schemes, by control/evaluate, as a user would; then plants unlike those that expert and quantizer were made for
// (theory/differing_plants).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pianola/bounds/rates.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/spectral.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/differing_plants.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kNecessary = "necessary rate";
constexpr double kTolerated = 0.05;  // of the reward range, where nothing can be lost: what `advise` puts up with

/// Plants that differ in one number, each with an expert of its own: how many bits does instability take?
struct Sweep {
  const char* name;  ///< of the number; "": in no sweep
  double level;
  bool only = false;  ///< nothing else is asked of it: five resolutions instead of six
};

struct Plant {
  std::string name, spec;
  std::size_t action_dim;
  bool claimed;   ///< the checks speak of it
  bool deployed;  ///< deployments are compared on it
  Sweep sweep = {"", 0.0};
};

constexpr Sweep kNoSweep{"", 0.0};
constexpr const char *kRotors = "rotor gain", *kPole = "length of the pole, m";

std::vector<Plant> plants() {
  const std::string linear = "linear:a='1.2,0.3,0,1.1',b='0,1',x0_std=0.2,low=-2,high=2,horizon=200,limit=10";
  std::vector<Plant> all{{"linear, eigenvalues 1.2 and 1.1", linear, 1, true, true, kNoSweep},
                         {"the same with noise 0.02", linear + ",noise=0.02", 1, false, true, kNoSweep},
                         {"pendulum", "pendulum", 1, false, true, kNoSweep},
                         {"quadrotor", "quadrotor", 2, true, true, {kRotors, 1.0}},
                         {"quadrotor in wind", "quadrotor:wind=2", 2, false, true, kNoSweep}};
  for (const double gain : {0.25, 0.5, 2.0}) {
    all.push_back({fmt::format("quadrotor, rotor gain {}", gain),
                   fmt::format("quadrotor:rotor_gain={}", gain),
                   2,
                   true,
                   false,
                   {kRotors, gain, true}});
  }
  if (mujoco_unavailable().empty()) {
    all.push_back({"cart-pole", "cart_pole", 1, true, true, {kPole, 1.0}});
    for (const double length : {0.25, 0.5, 0.75}) {
      all.push_back({fmt::format("cart-pole, pole of {} m", length),
                     fmt::format("cart_pole:pole={}", length),
                     1,
                     true,
                     false,
                     {kPole, length, true}});
    }
  }
  return all;
}

/// With b bits for each dimension of the action; "": none.
std::string spec_of(const ComparedScheme& scheme, int bits, std::size_t action_dim) {
  return scheme.spec(1U << bits, {.action_dim = action_dim});
}

/// How the same tokens are deployed; chunk: actions a chunk.
struct Deployed {
  const char* name;
  const char* controller;
  std::size_t chunk;
};

const std::vector<Deployed>& deployments() {
  static const std::vector<Deployed> all{{"feedback", "quantized", 1},
                                         {"chunks of 2", "quantized", 2},
                                         {"chunks of 5", "quantized", 5},
                                         {"augmented, looks every 5", "augmented:resync_every=5", 1},
                                         {"augmented, looks every 20", "augmented:resync_every=20", 1},
                                         {"augmented, never looks", "augmented", 1}};
  return all;
}

double lost(const ControllerResult& result) { return result.terminated_fraction + result.diverged_fraction; }

/// A plant with its expert's demonstrations, and the quantizers fitted to them.
class Bench {
 public:
  Bench(const Plant& plant, const ExperimentOptions& options)
      : plant_(plant), options_(options), key_(options.key.child(plant.spec)) {
    deployment_.system = make_system(plant.spec);
    deployment_.expert = make_expert("", deployment_.system);
    CollectPlan plan;
    plan.system = deployment_.system, plan.expert = deployment_.expert;
    plan.key = key_.child("demonstrations"), plan.trajectories = 20;
    demonstrations_ = Dataset(collected_info(plan));
    collect(plan, [&](const Trajectory& trajectory) { demonstrations_.append(trajectory); });
  }

  [[nodiscard]] Deployment with(const std::string& spec, std::size_t chunk) const {
    const auto actions = action_source(demonstrations_);
    FitContext context;
    context.action_dim = plant_.action_dim, context.chunk = chunk;
    context.range = deployment_.system->info().action_range;
    context.data = actions.get(), context.key = key_.child("fit");
    Deployment out = deployment_;
    out.quantizer = make_experiment_quantizer(options_.quantizers, spec, context);
    return out;
  }

  /// All candidates and the raw expert under the same noise.
  [[nodiscard]] Evaluation run(std::vector<EvaluateCandidate> candidates) const {
    EvaluatePlan plan;
    plan.deployment = deployment_;
    plan.candidates = std::move(candidates);
    plan.key = key_.child("rollouts"), plan.rollouts = options_.thorough ? 320 : 32;
    return evaluate(plan);
  }

  /// Σ max(0, log₂|λ|) of the plant about rest.
  [[nodiscard]] std::optional<double> necessary_bits() const {
    const SystemInfo& info = deployment_.system->info();
    const auto model =
        deployment_.system->linearise(std::vector<double>(info.observation_dim), std::vector<double>(info.action_dim));
    if (!model) return std::nullopt;
    std::vector<double> magnitudes;
    for (const auto& value : eigenvalues(model->a, model->n)) magnitudes.push_back(std::abs(value));
    return necessary_rate(magnitudes);
  }

  /// Of one step; NaN where there is no bound.
  [[nodiscard]] double reward_range() const {
    const SystemInfo& info = deployment_.system->info();
    return info.reward_high.value_or(kNaN) - info.reward_low.value_or(kNaN);
  }

 private:
  const Plant& plant_;
  const ExperimentOptions& options_;
  NoiseKey key_;
  Deployment deployment_;
  Dataset demonstrations_;
};

/// One curve: what every candidate of it is called, and where it lies on the axis.
struct Place {
  std::string curve;
  int bits;  ///< for each dimension of the action
};

class PlantsExperiment {
 public:
  explicit PlantsExperiment(const ExperimentOptions& options) : options_(options) {}

  ExperimentResult run() {
    for (const Plant& plant : plants()) {
      const Bench bench(plant, options_);
      schemes_at_equal_bits(plant, bench);
      if (plant.deployed) deployments_at_equal_bits(plant, bench);
    }
    sweep_pictures();
    add_differing_plants(result_, options_);
    if (const std::string why = mujoco_unavailable(); !why.empty()) {
      result_.notes.push_back(fmt::format("the cart-pole is left out: {}", why));
    }
    return std::move(result_);
  }

 private:
  void row(const std::string& part, const Plant& plant, const std::string& who, double bits, const std::string& level,
           const Estimate& regret, double lost) {
    result_.rows.push_back({{"part", part},
                            {"plant", plant.name},
                            {"who", who},
                            {"bits_per_action", bits},
                            {"level", level},
                            {"regret_per_step", regret.value},
                            {"low", regret.low},
                            {"high", regret.high},
                            {"lost", lost}});
  }

  void schemes_at_equal_bits(const Plant& plant, const Bench& bench) {
    std::vector<EvaluateCandidate> candidates;
    std::vector<Place> places;
    for (const ComparedScheme& scheme : compared_schemes()) {
      for (const int bits : kBits) {
        const std::string spec = spec_of(scheme, bits, plant.action_dim);
        if (spec.empty() || (plant.sweep.only && bits == 8)) continue;
        candidates.push_back({bench.with(spec, 1), "quantized"});
        places.push_back({scheme.name, bits});
      }
    }
    const Evaluation evaluation = bench.run(candidates);
    draw("schemes at equal bits", plant, evaluation, places, fmt::format("{}: regret at equal bits", plant.name),
         scheme_series(), bench.necessary_bits());
    note_fewest(plant, bench, evaluation, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!plant.claimed || places[i].curve != "uniform ends" || places[i].bits != 6) continue;
      result_.checks.push_back(
          check_at_most(fmt::format("{}, uniform with ends, 6 bits a dimension, feedback: share lost", plant.name),
                        share_of(lost(evaluation.controllers[i]), evaluation.rollouts), 0.15));
    }
  }

  void deployments_at_equal_bits(const Plant& plant, const Bench& bench) {
    std::vector<EvaluateCandidate> candidates;
    std::vector<Place> places;
    for (const Deployed& deployed : deployments()) {
      for (const int bits : kDeployedBits) {
        const std::string spec = fmt::format("uniform:bins={},representatives=ends", 1 << bits);
        candidates.push_back({bench.with(spec, deployed.chunk), deployed.controller});
        places.push_back({deployed.name, bits});
      }
    }
    const Evaluation evaluation = bench.run(candidates);
    draw("deployments at equal bits", plant, evaluation, places,
         fmt::format("{}, uniform with ends: regret of deployments", plant.name), {}, bench.necessary_bits());
    if (!plant.claimed) return;
    const auto found = [&](const char* curve, int bits) -> const ControllerResult& {
      const auto at =
          std::ranges::find_if(places, [&](const Place& place) { return place.curve == curve && place.bits == bits; });
      return evaluation.controllers[static_cast<std::size_t>(at - places.begin())];
    };
    double apart = 0.0;
    for (const int bits : kDeployedBits) {
      apart = std::max(apart, std::abs(found("chunks of 5", bits).regret_per_step.value -
                                       found("augmented, looks every 5", bits).regret_per_step.value));
    }
    result_.checks.push_back(check_at_most(
        fmt::format("{}: regret of chunks of 5 and of a look every 5 steps with the exact model, difference",
                    plant.name),
        exact(apart), 0.0));
    const auto gone = [&](const char* curve) { return share_of(lost(found(curve, 4)), evaluation.rollouts); };
    result_.checks.push_back(
        check_at_most(fmt::format("{}, 4 bits a dimension, augmented that looks every 5 steps: share lost", plant.name),
                      gone("augmented, looks every 5"), 0.15));
    result_.checks.push_back(control_at_least(
        fmt::format("control, {}, 4 bits a dimension, augmented that never looks: share lost", plant.name),
        gone("augmented, never looks"), 0.5));
  }

  void draw(const char* part, const Plant& plant, const Evaluation& evaluation, const std::vector<Place>& places,
            const std::string& title, const std::vector<std::string>& series, std::optional<double> necessary) {
    XyChart chart;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const ControllerResult& result = evaluation.controllers[i];
      const double bits = static_cast<double>(places[i].bits) * static_cast<double>(plant.action_dim);
      row(part, plant, places[i].curve, bits, "", result.regret_per_step, lost(result));
      chart.points.push_back(chart_point(places[i].curve, bits, result.regret_per_step));
    }
    chart.title = title;
    if (necessary) {
      for (const double height : {1e-4, 1.0}) chart.points.push_back({kNecessary, *necessary, height});
      chart.curves = {kNecessary};
    }
    chart.x = {.title = "bits an action"};
    chart.y = {.title = "regret a step", .log = true};
    chart.series = series;
    result_.pictures.push_back({trend_chart(chart),
                                "Return of the raw expert less that of the row, a step, under the "
                                "same noise; what is not above 0 is not drawn."});
  }

  /// The fewest bits of a scheme from which, there and at all finer resolutions tried, `holds`; NaN if there are none.
  template <class Holds>
  static double fewest(const std::string& scheme, const Evaluation& evaluation, const std::vector<Place>& places,
                       Holds holds) {
    double kept = kNaN;
    for (std::size_t i = places.size(); i-- > 0;) {
      if (places[i].curve != scheme) continue;
      if (!holds(evaluation.controllers[i])) break;
      kept = places[i].bits;
    }
    return kept;
  }

  /// Of each scheme the fewest bits from which no trajectory is lost. Where no scheme loses any, as on a plant that
  /// nothing throws out of its states, that says nothing: there the fewest from which the regret is tolerable.
  void note_fewest(const Plant& plant, const Bench& bench, const Evaluation& evaluation,
                   const std::vector<Place>& places) {
    const double tolerated = kTolerated * bench.reward_range();
    const auto keeps = [](const ControllerResult& result) { return lost(result) == 0.0; };
    const auto tolerable = [&](const ControllerResult& result) { return result.regret_per_step.high <= tolerated; };
    const bool any_lost = !std::ranges::all_of(evaluation.controllers, keeps);
    std::string text;
    for (const ComparedScheme& scheme : compared_schemes()) {
      if (std::ranges::find(places, scheme.name, &Place::curve) == places.end()) continue;
      const double kept = fewest(scheme.name, evaluation, places, keeps);
      const double shown = any_lost ? kept : fewest(scheme.name, evaluation, places, tolerable);
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", scheme.name,
                          std::isnan(shown) ? "none" : format_number(shown));
      sweep(plant, scheme.name, kept * static_cast<double>(plant.action_dim));
    }
    sweep(plant, kNecessary, bench.necessary_bits().value_or(kNaN));
    const std::string what =
        any_lost ? fmt::format("bits a dimension from which none of {} trajectories is lost", evaluation.rollouts)
                 : fmt::format(
                       "no scheme loses any of {} trajectories at any number of bits; bits a dimension from "
                       "which the regret is at most {} of the reward range a step (upper limit)",
                       evaluation.rollouts, format_percent(kTolerated));
    result_.notes.push_back(fmt::format("{}, its own initial states: {}, of 1, 2, 3, 4, 6{}: {}", plant.name, what,
                                        plant.sweep.only ? "" : ", 8", text));
  }

  void sweep(const Plant& plant, const std::string& who, double bits) {
    const Sweep& of = plant.sweep;
    if (*of.name == '\0') return;
    sweeps_[of.name].points.push_back({who, of.level, bits});
    if (who == kNecessary) return;
    result_.rows.push_back({{"part", std::string("fewest bits against ") + of.name},
                            {"plant", plant.name},
                            {"who", who},
                            {"bits_per_action", bits},
                            {"level", format_number(of.level)},
                            {"regret_per_step", kNaN},
                            {"low", kNaN},
                            {"high", kNaN},
                            {"lost", std::isnan(bits) ? kNaN : 0.0}});
  }

  void sweep_pictures() {
    for (auto& [name, chart] : sweeps_) {
      std::ranges::stable_sort(chart.points, {}, &ChartPoint::x);
      chart.title = fmt::format("Fewest bits from which none of the trajectories is lost, against the {}", name);
      chart.x = {.title = name};
      chart.y = {.title = "bits an action", .zero = true};
      chart.curves = {kNecessary};
      chart.series = scheme_series();
      result_.pictures.push_back({trend_chart(chart),
                                  "Each plant has an expert of its own and tokens fitted to it; a scheme that loses a "
                                  "trajectory at every resolution tried has no mark there."});
    }
  }

  static constexpr int kBits[] = {1, 2, 3, 4, 6, 8}, kDeployedBits[] = {1, 2, 4, 8};
  const ExperimentOptions& options_;
  std::map<std::string, XyChart> sweeps_;  // by what is swept
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return PlantsExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_plants() {
  return {
      "plants",
      "Unstable plants of several states",
      "Feedback with even cells that reach the ends holds a quadrotor and a pole with a few bits; Algorithm 1, which "
      "never looks at the state again, loses them with 4 bits a dimension and mostly with 8; a look every 5 steps, "
      "which is what chunks of 5 are, holds them with 4. Beyond the paper.",
      "plants with eigenvalues on or outside the unit circle, the systems' own experts and initial states",
      {},
      run};
}

}  // namespace pianola
