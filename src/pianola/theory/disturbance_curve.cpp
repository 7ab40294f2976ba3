#include "pianola/theory/disturbance_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

constexpr double kFlat = 0.01;    // a curve that rises by less has no cliff
constexpr double kIsCliff = 0.5;  // of the rise, between two neighbours

/// Of the rise from level `from` to level `to`, in steps towards it.
double steepest(const DisturbanceCurve& curve, std::size_t from, std::size_t to) {
  const double rise = curve.at(to).value - curve.at(from).value;
  if (!(rise > kFlat)) return std::numeric_limits<double>::quiet_NaN();
  double most = 0.0;
  for (std::size_t near = from; near != to;) {
    const std::size_t next = to > from ? near + 1 : near - 1;
    most = std::max(most, curve.at(next).value - curve.at(near).value);
    near = next;
  }
  return std::min(1.0, most / rise);  // a curve that falls again has steps above its whole rise
}

std::string cell_of(const DisturbanceCurve& curve) {
  const double cliff = curve.cliff();
  const std::string rise = format_plus_minus(mean_estimate(curve.rises()), 2);
  return cliff > kIsCliff ? fmt::format("{} [{}]", rise, format_percent(cliff, 2)) : rise;
}

}  // namespace

Estimate DisturbanceCurve::at(std::size_t level) const {
  std::vector<double> values;
  values.reserve(cost.size());
  for (const auto& group : cost) values.push_back(group[level]);
  return mean_estimate(values);
}

std::vector<double> DisturbanceCurve::areas() const {
  std::vector<double> out;
  for (const auto& group : cost) {
    double sum = 0.0;
    for (std::size_t i = 1; i < group.size(); ++i) sum += 0.5 * (group[i - 1] + group[i]);
    out.push_back(sum / static_cast<double>(group.size() - 1));
  }
  return out;
}

std::vector<double> DisturbanceCurve::rises() const {
  std::vector<double> out = areas();
  for (std::size_t group = 0; group < out.size(); ++group) out[group] -= cost[group][undisturbed];
  return out;
}

double DisturbanceCurve::cliff() const {
  return std::fmax(steepest(*this, undisturbed, 0), steepest(*this, undisturbed, levels() - 1));  // without NaN
}

Estimate rise_above(const DisturbanceCurve& over, const DisturbanceCurve& under, double factor) {
  std::vector<double> more = over.rises();
  const std::vector<double> less = under.rises();
  for (std::size_t i = 0; i < more.size(); ++i) more[i] -= factor * less[i];
  return mean_estimate(more);
}

Row disturbance_row(const std::string& plant, double a, const std::string& disturbance, const std::string& scheme,
                    const DisturbanceCurve& curve) {
  const Estimate area = mean_estimate(curve.areas()), rise = mean_estimate(curve.rises());
  return {{"plant", plant},
          {"a", a},
          {"disturbance", disturbance},
          {"scheme", scheme},
          {"undisturbed", curve.at(curve.undisturbed).value},
          {"most_disturbed", curve.at(curve.levels() - 1).value},
          {"area", area.value},
          {"area_low", area.low},
          {"area_high", area.high},
          {"rise", rise.value},
          {"rise_low", rise.low},
          {"rise_high", rise.high},
          {"cliff", curve.cliff()},
          {"left", curve.left.back()}};
}

void DisturbanceTable::add(const std::string& disturbance, const std::string& scheme, const DisturbanceCurve& curve) {
  const auto is_it = [&](const Row& row) { return std::get<std::string>(row.front().second) == scheme; };
  auto at = std::ranges::find_if(rows_, is_it);
  if (at == rows_.end()) {
    rows_.push_back({{"scheme", scheme}, {"undisturbed", format_number(curve.at(curve.undisturbed).value, 2)}});
    at = rows_.end() - 1;
  }
  at->emplace_back(disturbance, cell_of(curve));
}

Summary DisturbanceTable::summary(const std::string& plant) const {
  return {fmt::format("{}: cost undisturbed, and by how much the mean height of its curve lies above that; in brackets "
                      "the share of the rise between two neighbouring levels where it is more than half, a cliff.",
                      plant),
          rows_};
}

std::string disturbance_caption(const DisturbanceCurve& raw,
                                const std::vector<std::pair<std::string, DisturbanceCurve>>& curves) {
  std::vector<std::pair<double, std::string>> rises;
  std::string cliffs;
  for (const auto& [scheme, curve] : curves) {
    rises.emplace_back(mean_estimate(curve.rises()).value, scheme);
    const double cliff = curve.cliff();
    if (cliff > kIsCliff)
      cliffs += fmt::format("{}{} ({})", cliffs.empty() ? " Cliffs: " : ", ", scheme, format_percent(cliff, 2));
  }
  if (!cliffs.empty()) cliffs += " of the rise comes between two neighbouring levels.";
  const auto [least, most] = std::ranges::minmax(rises);
  return fmt::format(
      "Mean height above the undisturbed cost: {} {} the least of the schemes, {} {} the most; raw "
      "expert {}.{}",
      least.second, format_number(least.first, 3), most.second, format_number(most.first, 3),
      format_number(mean_estimate(raw.rises()).value, 3), cliffs);
}

}  // namespace pianola
