// A curve of costs over the levels of one disturbance, from none to the greatest: its area, and whether it is a cliff.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

/// In groups of runs with noise of their own.
struct DisturbanceCurve {
  std::vector<std::vector<double>> cost;  ///< [group][level], levels equally far apart; 1: all is lost
  std::vector<double> left;               ///< [level], share of all runs

  [[nodiscard]] std::size_t levels() const { return left.size(); }
  [[nodiscard]] Estimate at(std::size_t level) const;
  /// Mean heights over the axis by trapezia, one a group.
  [[nodiscard]] std::vector<double> areas() const;
  /// Share of the rise from first to last level that comes between two neighbours: 1/(levels − 1) for a straight line,
  /// 1 for a cliff; NaN where it rises by less than 0.01.
  [[nodiscard]] double cliff() const;
};

/// What a table says of a curve. a: the gain of a scalar plant, else NaN.
Row disturbance_row(const std::string& plant, double a, const std::string& disturbance, const std::string& scheme,
                    const DisturbanceCurve& curve);

}  // namespace pianola
