#include "pianola/theory/disturbed_plants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pianola/control/collect.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/disturbance_curve.hpp"
#include "pianola/theory/disturbed_plant.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLevels = 5;     // of each disturbance, none included
constexpr std::uint32_t kTokens = 16;  // of each dimension of the action
constexpr const char* kRaw = "raw expert";

struct Plant {
  const char* name;
  const char* spec;
  std::uint32_t latest;  ///< steps, the greatest delay
};

std::vector<Plant> plants() {
  std::vector<Plant> all{
      {"linear, 1.2 and 1.1", "linear:a='1.2,0.3,0,1.1',b='0,1',x0_std=0.2,low=-2,high=2,horizon=200,limit=10", 4},
      {"pendulum", "pendulum", 8},
      {"quadrotor", "quadrotor", 16}};
  if (mujoco_unavailable().empty()) all.push_back({"cart-pole", "cart_pole", 8});
  return all;
}

/// At the share `amount` of the greatest.
struct Kind {
  const char* name;
  const char* unit;
  Disturbance (*at)(double amount, const Plant& plant);
  double (*most)(const Plant& plant);
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"observation noise", "deviations of the expert's own observations",
       [](double x, const Plant&) { return Disturbance{.observation_noise = x}; }, [](const Plant&) { return 0.4; }},
      {"action delay", "steps",
       [](double x, const Plant&) { return Disturbance{.delay = static_cast<std::uint32_t>(std::lround(x))}; },
       [](const Plant& plant) { return static_cast<double>(plant.latest); }},
      {"wrong tokens", "probability a step", [](double x, const Plant&) { return Disturbance{.wrong_token = x}; },
       [](const Plant&) { return 0.2; }},
      {"lost tokens", "probability a step", [](double x, const Plant&) { return Disturbance{.lost_token = x}; },
       [](const Plant&) { return 0.4; }}};
  return all;
}

/// A plant, its expert's demonstrations, and the schemes fitted to them.
class Bench {
 public:
  Bench(const Plant& plant, const ExperimentOptions& options)
      : key_(options.key.child(plant.spec)),
        system_(make_system(plant.spec)),
        expert_(make_expert("", system_)),
        rollouts_(options.thorough ? 160 : 16) {
    CollectPlan plan;
    plan.system = system_, plan.expert = expert_;
    plan.key = key_.child("demonstrations"), plan.trajectories = 20;
    Dataset data(collected_info(plan));
    collect(plan, [&](const Trajectory& trajectory) { data.append(trajectory); });
    observe(data);
    const auto actions = action_source(data);
    FitContext context;
    context.action_dim = system_->info().action_dim;
    context.range = system_->info().action_range;
    context.data = actions.get(), context.key = key_.child("fit");
    for (const ComparedScheme& scheme : compared_schemes()) {
      const std::string spec = scheme.spec(kTokens, {.action_dim = context.action_dim});
      if (spec.empty()) continue;
      schemes_.emplace_back(scheme.name, make_experiment_quantizer(options.quantizers, spec, context));
    }
  }

  using Schemes = std::vector<std::pair<std::string, std::unique_ptr<Quantizer>>>;
  [[nodiscard]] const Schemes& schemes() const { return schemes_; }
  [[nodiscard]] std::size_t rollouts() const { return rollouts_; }
  /// Horizon × reward range.
  [[nodiscard]] double most() const {
    const SystemInfo& info = system_->info();
    return static_cast<double>(info.horizon) * (info.reward_high.value() - info.reward_low.value());
  }

  /// quantizer: null: the raw expert. Each rollout is a group of its own.
  [[nodiscard]] DisturbedReturns play(const Disturbance& disturbance, const Quantizer* quantizer) const {
    const DisturbedPlant plant{*system_, *expert_, deviations_, disturbance};
    return play_disturbed(plant, quantizer, key_.child("rollouts"), rollouts_);
  }

 private:
  void observe(const Dataset& data) {
    const std::size_t dim = data.info().observation_dim;
    std::vector<RunningMean> columns(dim);
    for (std::size_t i = 0; i < data.observations().size(); ++i) columns[i % dim].add(data.observations()[i]);
    for (const RunningMean& column : columns) deviations_.push_back(std::sqrt(column.variance()));
  }

  NoiseKey key_;
  std::shared_ptr<const System> system_;
  std::shared_ptr<const Expert> expert_;
  std::size_t rollouts_;
  std::vector<double> deviations_;
  Schemes schemes_;
};

class DisturbedPlants {
 public:
  DisturbedPlants(ExperimentResult& result, const ExperimentOptions& options) : result_(result), options_(options) {}

  void run() {
    for (const Plant& plant : plants()) {
      const Bench bench(plant, options_);
      for (const Kind& kind : kinds()) compare(plant, kind, bench);
      checks(plant.name, bench.rollouts());
    }
  }

 private:
  using CurveName = std::pair<std::string, std::string>;  // disturbance, scheme; of the present plant

  /// Regret against the undisturbed raw expert from the same state, a share of horizon × reward range.
  [[nodiscard]] static DisturbanceCurve curve(const Plant& plant, const Kind& kind, const Bench& bench,
                                              const Quantizer* quantizer, std::span<const double> whole) {
    DisturbanceCurve out{std::vector<std::vector<double>>(bench.rollouts()), std::vector<double>(kLevels)};
    for (std::size_t level = 0; level < kLevels; ++level) {
      const double amount = kind.most(plant) * static_cast<double>(level) / (kLevels - 1);
      const DisturbedReturns played = bench.play(kind.at(amount, plant), quantizer);
      for (std::size_t i = 0; i < played.returns.size(); ++i)
        out.cost[i].push_back((whole[i] - played.returns[i]) / bench.most());
      out.left[level] = static_cast<double>(played.lost) / static_cast<double>(bench.rollouts());
    }
    return out;
  }

  void compare(const Plant& plant, const Kind& kind, const Bench& bench) {
    const std::vector<double> whole = bench.play({}, nullptr).returns;
    XyChart chart;
    const double raw = add(plant, kind, kRaw, curve(plant, kind, bench, nullptr, whole), chart);
    std::vector<std::pair<double, std::string>> areas;
    for (const auto& [name, quantizer] : bench.schemes()) {
      areas.emplace_back(add(plant, kind, name, curve(plant, kind, bench, quantizer.get(), whole), chart), name);
    }
    const auto [least, most] = std::ranges::minmax(areas);
    chart.title = fmt::format("{}: {} with 4 bits a dimension", plant.name, kind.name);
    chart.x = {.title = fmt::format("{} ({})", kind.name, kind.unit)};
    chart.y = {.title = "regret, of horizon × reward range", .format = ".0%"};
    chart.curves = {kRaw};
    result_.pictures.push_back(
        {trend_chart(chart), fmt::format("Area under the curve: {} {} the least of the schemes, {} {} the most; raw "
                                         "expert {}.",
                                         least.second, format_number(least.first, 3), most.second,
                                         format_number(most.first, 3), format_number(raw, 3))});
  }

  /// The curve, its row and its points; returns its area.
  double add(const Plant& plant, const Kind& kind, const std::string& scheme, const DisturbanceCurve& curve,
             XyChart& chart) {
    for (std::size_t level = 0; level < kLevels; ++level) {
      const double amount = kind.most(plant) * static_cast<double>(level) / (kLevels - 1);
      chart.points.push_back(chart_point(scheme, amount, curve.at(level)));
    }
    curves_[{kind.name, scheme}] = curve;
    result_.rows.push_back(
        disturbance_row(plant.name, std::numeric_limits<double>::quiet_NaN(), kind.name, scheme, curve));
    return mean_estimate(curve.areas()).value;
  }

  /// Of areas, rollout by rollout: both saw the same noise.
  [[nodiscard]] Estimate area_above(const CurveName& over, const CurveName& under) const {
    std::vector<double> more = curves_.at(over).areas();
    const std::vector<double> less = curves_.at(under).areas();
    for (std::size_t i = 0; i < more.size(); ++i) more[i] -= less[i];
    return mean_estimate(more);
  }

  void checks(const std::string& plant, std::size_t rollouts) {
    if (plant == "pendulum") return;  // it swings up wherever it is thrown
    auto& all = result_.checks;
    all.push_back(
        check_at_most(fmt::format("{}, observation noise: area of uniform with ends above the raw expert's", plant),
                      area_above({"observation noise", "uniform ends"}, {"observation noise", kRaw}), 0.15));
    if (plant != "cart-pole") {  // there a few rollouts of 16 decide
      all.push_back(check_at_least(
          fmt::format("{}, lost tokens: area of zoom, whose decoder loses the encoder's scale, above that of uniform",
                      plant),
          area_above({"lost tokens", "zoom"}, {"lost tokens", "uniform ends"}), 0.02));
    }
    all.push_back(
        control_at_least(fmt::format("control, {}, latest actions: even the raw expert loses, share lost", plant),
                         share_of(curves_.at({"action delay", kRaw}).left.back(), rollouts), 0.5));
  }

  ExperimentResult& result_;
  const ExperimentOptions& options_;
  std::map<CurveName, DisturbanceCurve> curves_;
};

}  // namespace

void add_disturbed_plants(ExperimentResult& result, const ExperimentOptions& options) {
  DisturbedPlants(result, options).run();
}

}  // namespace pianola
