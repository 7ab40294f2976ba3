#include "pianola/theory/disturbance_curve.hpp"

#include <algorithm>
#include <limits>

namespace pianola {

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

double DisturbanceCurve::cliff() const {
  const double rise = at(levels() - 1).value - at(0).value;
  if (!(rise > 0.01)) return std::numeric_limits<double>::quiet_NaN();
  double most = 0.0;
  for (std::size_t i = 1; i < levels(); ++i) most = std::max(most, at(i).value - at(i - 1).value);
  return most / rise;
}

Row disturbance_row(const std::string& plant, double a, const std::string& disturbance, const std::string& scheme,
                    const DisturbanceCurve& curve) {
  const Estimate area = mean_estimate(curve.areas());
  return {{"plant", plant},
          {"a", a},
          {"disturbance", disturbance},
          {"scheme", scheme},
          {"undisturbed", curve.at(0).value},
          {"most_disturbed", curve.at(curve.levels() - 1).value},
          {"area", area.value},
          {"area_low", area.low},
          {"area_high", area.high},
          {"cliff", curve.cliff()},
          {"left", curve.left.back()}};
}

}  // namespace pianola
