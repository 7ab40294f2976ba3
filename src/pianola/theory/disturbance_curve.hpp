// A curve of costs over the levels of one disturbance, from none to the greatest: its area, and whether it is a cliff.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/statistics.hpp"

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

}  // namespace pianola
