#include "pianola/theory/disturbance_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/report/numbers.hpp"
#include "pianola/theory/compared_schemes.hpp"

namespace pianola {
namespace {

constexpr double kFlat = 0.01;    // a curve that rises by less has no cliff
constexpr double kIsCliff = 0.5;  // of the rise, between two neighbours
constexpr double kIsLost = 0.25;  // of the runs

/// Areas from level `first` to level `last` above each group's own undisturbed cost; exactly 0 where nothing changes.
std::vector<double> areas_above(const DisturbanceCurve& curve, std::size_t first, std::size_t last) {
  std::vector<double> out;
  out.reserve(curve.cost.size());
  for (const auto& group : curve.cost) {
    const double base = group[curve.undisturbed];
    double sum = 0.0;
    for (std::size_t i = first + 1; i <= last; ++i) sum += 0.5 * ((group[i - 1] - base) + (group[i] - base));
    out.push_back(sum);
  }
  return out;
}

/// Of the rise from the undisturbed level to level `to`, in steps towards it. NaN where that side is not shown to rise.
double steepest(const DisturbanceCurve& curve, std::size_t to) {
  const std::size_t from = curve.undisturbed;
  const double rise = curve.at(to).value - curve.at(from).value;
  const bool rises = mean_estimate(areas_above(curve, std::min(from, to), std::max(from, to))).low > 0.0;
  if (!rises || !(rise > kFlat)) return std::numeric_limits<double>::quiet_NaN();
  double most = 0.0;
  for (std::size_t near = from; near != to;) {
    const std::size_t next = to > from ? near + 1 : near - 1;
    most = std::max(most, curve.at(next).value - curve.at(near).value);
    near = next;
  }
  return std::min(1.0, most / rise);  // a curve that falls again has steps above its whole rise
}

std::string cell_of(const DisturbanceCurve& curve) {
  if (curve.lost_as_it_is()) return "lost as it is";
  const Estimate rise = mean_estimate(curve.rises());
  if (rise.value == 0.0 && rise.low == rise.high) return "0";
  const double cliff = curve.cliff();
  const std::string text = format_plus_minus(rise, 2);
  return cliff > kIsCliff ? fmt::format("{} [{}]", text, format_percent(cliff, 2)) : text;
}

/// "first, second".
void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

/// NaN where either is lost as it is: neither rise says anything then.
Estimate above_reference(const DisturbanceCurve& curve, const DisturbanceCurve& reference) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (curve.lost_as_it_is() || reference.lost_as_it_is()) return {kNaN, kNaN, kNaN, 0};
  return rise_above(curve, reference);
}

/// Whose rises are told from the reference scheme's, group by group under the same noise. "" without that scheme.
std::string compared_with_reference(const std::vector<std::pair<std::string, DisturbanceCurve>>& curves) {
  const auto reference = std::ranges::find(curves, kReferenceScheme, &std::pair<std::string, DisturbanceCurve>::first);
  if (reference == curves.end() || reference->second.lost_as_it_is()) return "";
  std::string less, more;
  for (const auto& [scheme, curve] : curves) {
    const Estimate above = above_reference(curve, reference->second);
    if (above.high < 0.0) append(less, fmt::format("{} ({})", scheme, format_plus_minus(above, 2)));
    if (above.low > 0.0) append(more, fmt::format("{} ({})", scheme, format_plus_minus(above, 2)));
  }
  const std::string against = fmt::format(" Against {} under the same noise", kReferenceScheme);
  if (less.empty() && more.empty()) return against + " no other's rise is told apart.";
  if (more.empty()) return fmt::format("{} (95 % each): less {}.", against, less);
  if (less.empty()) return fmt::format("{} (95 % each): more {}.", against, more);
  return fmt::format("{} (95 % each): less {}; more {}.", against, less, more);
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
  std::vector<double> out = areas_above(*this, 0, levels() - 1);
  for (double& rise : out) rise /= static_cast<double>(levels() - 1);
  return out;
}

std::size_t DisturbanceCurve::costliest() const {
  std::size_t most = 0;
  for (std::size_t level = 1; level < levels(); ++level) {
    if (at(level).value > at(most).value) most = level;
  }
  return most;
}

bool DisturbanceCurve::lost_as_it_is() const { return left[undisturbed] >= kIsLost; }

double DisturbanceCurve::cliff() const {
  if (lost_as_it_is() || !(mean_estimate(rises()).low > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  return std::fmax(steepest(*this, 0), steepest(*this, levels() - 1));  // without NaN
}

Estimate rise_above(const DisturbanceCurve& over, const DisturbanceCurve& under, double factor) {
  std::vector<double> more = over.rises();
  const std::vector<double> less = under.rises();
  for (std::size_t i = 0; i < more.size(); ++i) more[i] -= factor * less[i];
  return mean_estimate(more);
}

Row disturbance_row(const std::string& plant, double a, const std::string& disturbance, const std::string& scheme,
                    const DisturbanceCurve& curve, const DisturbanceCurve& reference) {
  const Estimate above = above_reference(curve, reference);
  const Estimate area = mean_estimate(curve.areas()), rise = mean_estimate(curve.rises());
  const std::size_t most = curve.costliest();
  return {{"plant", plant},
          {"a", a},
          {"disturbance", disturbance},
          {"scheme", scheme},
          {"undisturbed", curve.at(curve.undisturbed).value},
          {"most_disturbed", curve.at(most).value},
          {"area", area.value},
          {"area_low", area.low},
          {"area_high", area.high},
          {"rise", rise.value},
          {"rise_low", rise.low},
          {"rise_high", rise.high},
          {"cliff", curve.cliff()},
          {"left", curve.left[most]},
          {"left_undisturbed", curve.left[curve.undisturbed]},
          {"above_reference", above.value},
          {"above_reference_low", above.low},
          {"above_reference_high", above.high}};
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
                      "the share of the rise between two neighbouring levels where it is more than half, a cliff; lost "
                      "as it is: undisturbed a quarter of the runs or more leave, and a rise says nothing.",
                      plant),
          rows_};
}

std::string disturbance_caption(const DisturbanceCurve& raw,
                                const std::vector<std::pair<std::string, DisturbanceCurve>>& curves) {
  std::vector<std::pair<double, std::string>> rises;
  std::string cliffs, lost;
  for (const auto& [scheme, curve] : curves) {
    if (curve.lost_as_it_is()) {
      append(lost, scheme);
      continue;
    }
    rises.emplace_back(mean_estimate(curve.rises()).value, scheme);
    const double cliff = curve.cliff();
    if (cliff > kIsCliff) append(cliffs, fmt::format("{} ({})", scheme, format_percent(cliff, 2)));
  }
  std::string text = "Mean height above the undisturbed cost: ";
  if (!rises.empty()) {
    const auto [least, most] = std::ranges::minmax(rises);
    text += fmt::format("{} {} the least of the schemes, {} {} the most; ", least.second, format_number(least.first, 3),
                        most.second, format_number(most.first, 3));
  }
  text += fmt::format("raw expert {}.", format_number(mean_estimate(raw.rises()).value, 3));
  text += compared_with_reference(curves);
  if (!cliffs.empty())
    text += fmt::format(" Cliffs: {}, the share of the rise that comes between two neighbouring levels.", cliffs);
  if (!lost.empty()) text += fmt::format(" Lost as it is, and not compared: {}.", lost);
  return text;
}

}  // namespace pianola
