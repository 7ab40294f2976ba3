#include "pianola/theory/disturbed_plants.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pianola/report/charts.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/disturbance_curve.hpp"
#include "pianola/theory/fitted_plant.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLevels = 5;  // of each disturbance, none included
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

class DisturbedPlants {
 public:
  DisturbedPlants(ExperimentResult& result, const ExperimentOptions& options) : result_(result), options_(options) {}

  void run() {
    for (const Plant& plant : plants()) {
      const FittedPlant fitted(plant.spec, options_);
      DisturbanceTable table;
      for (const Kind& kind : kinds()) compare(plant, kind, fitted, table);
      result_.summaries.push_back(table.summary(plant.name));
      checks(plant.name, fitted.rollouts());
    }
  }

 private:
  using CurveName = std::pair<std::string, std::string>;  // disturbance, scheme; of the present plant

  static double amount(const Plant& plant, const Kind& kind, std::size_t level) {
    return kind.most(plant) * static_cast<double>(level) / (kLevels - 1);
  }

  void compare(const Plant& plant, const Kind& kind, const FittedPlant& fitted, DisturbanceTable& table) {
    std::vector<FittedPlant::Level> levels(kLevels);
    for (std::size_t i = 0; i < kLevels; ++i) levels[i].disturbance = kind.at(amount(plant, kind, i), plant);
    const std::vector<DisturbanceCurve> all = fitted.curves(levels, 0);
    XyChart chart;
    std::vector<std::pair<std::string, DisturbanceCurve>> schemes;
    const DisturbanceCurve& reference = all[fitted.curve_of(kReferenceScheme)];
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name = i == 0 ? kRaw : fitted.schemes()[i - 1].first;
      if (i > 0) schemes.emplace_back(name, all[i]);
      for (std::size_t level = 0; level < kLevels; ++level)
        chart.points.push_back(chart_point(name, amount(plant, kind, level), all[i].at(level)));
      table.add(kind.name, name, all[i]);
      curves_[{kind.name, name}] = all[i];
      result_.rows.push_back(
          disturbance_row(plant.name, std::numeric_limits<double>::quiet_NaN(), kind.name, name, all[i], reference));
    }
    chart.title = fmt::format("{}: {} with 4 bits a dimension", plant.name, kind.name);
    chart.x = {.title = fmt::format("{} ({})", kind.name, kind.unit)};
    chart.y = {.title = "regret, of horizon × reward range", .format = ".0%"};
    chart.curves = {kRaw};
    chart.series = scheme_series();
    result_.pictures.push_back({trend_chart(chart), disturbance_caption(all.front(), schemes)});
  }

  /// Rises, so that what a scheme's tokens cost undisturbed neither hides nor feigns what the disturbance adds.
  void checks(const std::string& plant, std::size_t rollouts) {
    if (plant == "pendulum") return;  // it swings up wherever it is thrown
    auto& all = result_.checks;
    const auto curve = [&](const char* kind, const char* scheme) -> const DisturbanceCurve& {
      return curves_.at({kind, scheme});
    };
    all.push_back(check_at_most(
        fmt::format("{}, observation noise: rise of uniform with ends less 1.25 times that of the raw expert", plant),
        rise_above(curve("observation noise", "uniform ends"), curve("observation noise", kRaw), 1.25), 0.0));
    if (plant != "cart-pole") {  // there a few rollouts of 16 decide
      all.push_back(check_at_least(
          fmt::format("{}, lost tokens: rise of zoom, whose decoder loses the encoder's scale, less 1.5 times that of "
                      "uniform with ends",
                      plant),
          rise_above(curve("lost tokens", "zoom"), curve("lost tokens", "uniform ends"), 1.5), 0.0));
    }
    all.push_back(
        control_at_least(fmt::format("control, {}, latest actions: even the raw expert loses, share lost", plant),
                         share_of(curve("action delay", kRaw).left.back(), rollouts), 0.5));
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
