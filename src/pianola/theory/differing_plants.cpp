#include "pianola/theory/differing_plants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "pianola/report/charts.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/disturbance_curve.hpp"
#include "pianola/theory/fitted_plant.hpp"

namespace pianola {
namespace {

constexpr const char* kRaw = "raw expert";

/// A way in which the plant may differ, in ascending levels; `made_for` is the one that expert and quantizers know.
struct Mismatch {
  const char* name;
  const char* option;  ///< of the plant's spec
  double made_for;
  std::vector<double> levels;
};

struct Plant {
  const char* name;
  const char* spec;
  std::vector<Mismatch> mismatches;
};

std::vector<Plant> plants() {
  std::vector<Plant> all{{"quadrotor",
                          "quadrotor",
                          {{"payload, kg", "payload", 0.0, {0.0, 0.05, 0.1, 0.15, 0.2}},
                           {"rotor gain", "rotor_gain", 1.0, {0.2, 0.4, 0.6, 1.0, 2.0}}}}};
  if (mujoco_unavailable().empty()) {
    all.push_back({"cart-pole",
                   "cart_pole",
                   {{"length of the pole, m", "pole", 1.0, {0.2, 0.4, 0.6, 1.0, 2.0}},
                    {"mass of the pole, kg", "pole_mass", 0.2, {0.05, 0.2, 0.4, 0.6, 1.0}},
                    {"friction of the cart, N s/m", "friction", 0.05, {0.0, 0.05, 1.0, 2.0, 4.0}}}});
  }
  return all;
}

/// One mismatch of one plant, and what its checks look at.
class Comparison {
 public:
  Comparison(const Plant& plant, const Mismatch& mismatch, const FittedPlant& fitted)
      : plant_(plant), mismatch_(mismatch), fitted_(fitted), made_for_(place_of(mismatch)) {
    std::vector<FittedPlant::Level> levels;
    levels.reserve(mismatch.levels.size());
    for (const double level : mismatch.levels)
      levels.push_back({make_system(fmt::format("{}:{}={}", plant.spec, mismatch.option, level))});
    curves_ = fitted.curves(levels, made_for_);
  }

  void show(ExperimentResult& result, DisturbanceTable& table) const {
    const std::string kind = std::string(mismatch_.name) + " unlike the expert's";
    XyChart chart;
    std::vector<std::pair<std::string, DisturbanceCurve>> schemes;
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      const std::string name = i == 0 ? kRaw : fitted_.schemes()[i - 1].first;
      if (i > 0) schemes.emplace_back(name, curves_[i]);
      for (std::size_t level = 0; level < mismatch_.levels.size(); ++level)
        chart.points.push_back(chart_point(name, mismatch_.levels[level], curves_[i].at(level)));
      table.add(mismatch_.name, name, curves_[i]);
      result.rows.push_back(disturbance_row(plant_.name, std::numeric_limits<double>::quiet_NaN(), kind, name,
                                            curves_[i], of(kReferenceScheme)));
    }
    chart.title = fmt::format("{}: {}, 4 bits a dimension", plant_.name, kind);
    chart.x = {.title = mismatch_.name};
    chart.y = {.title = "regret, of horizon × reward range", .format = ".0%"};
    chart.curves = {kRaw};
    chart.series = scheme_series();
    result.pictures.push_back({trend_chart(chart), disturbance_caption(curves_.front(), schemes)});
  }

  /// The curve of a scheme, or the raw expert's.
  [[nodiscard]] const DisturbanceCurve& of(const std::string& name) const {
    return name == kRaw ? curves_.front() : curves_.at(fitted_.curve_of(name));
  }

 private:
  static std::size_t place_of(const Mismatch& mismatch) {
    return static_cast<std::size_t>(std::ranges::find(mismatch.levels, mismatch.made_for) - mismatch.levels.begin());
  }

  const Plant& plant_;
  const Mismatch& mismatch_;
  const FittedPlant& fitted_;
  std::size_t made_for_;
  std::vector<DisturbanceCurve> curves_;
};

/// More weight makes the world unlike the fitted one for all; a scheme whose cells crowd at rest pays more than that.
void add_checks(ExperimentResult& result, const Comparison& comparison) {
  const auto above = [&](const char* scheme) { return rise_above(comparison.of(scheme), comparison.of(kRaw), 1.1); };
  result.checks.push_back(
      check_at_most("quadrotor, payload: rise of uniform with ends less 1.1 times that of the raw expert",
                    above("uniform ends"), 0.0));
  result.checks.push_back(check_at_least(
      "quadrotor, payload: rise of quantile, whose cells crowd at rest, less 1.1 times that of the raw expert",
      above("quantile"), 0.05));
}

}  // namespace

void add_differing_plants(ExperimentResult& result, const ExperimentOptions& options) {
  for (const Plant& plant : plants()) {
    const FittedPlant fitted(plant.spec, options);
    DisturbanceTable table;
    for (const Mismatch& mismatch : plant.mismatches) {
      const Comparison comparison(plant, mismatch, fitted);
      comparison.show(result, table);
      if (std::string(mismatch.option) == "payload") add_checks(result, comparison);
    }
    result.summaries.push_back(table.summary(fmt::format("{} unlike the one that expert and tokens know", plant.name)));
  }
}

}  // namespace pianola
