// Pictures that experiments share beside report/charts.hpp: fitted slopes with their bands, a quantity over a plane of
// two parameters, a grid of small charts, and how far each control lies beyond what it has to reach.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "pianola/theory/experiment.hpp"

namespace pianola {

/// Adds the least-squares line of log y on log x, its band between the interval's two slopes, and its slope as text, to
/// a chart with logarithmic axes (line_chart, point_chart, trend_chart). As it is for fewer than three points, an axis
/// over less than a factor of 4, or a number that is not positive.
nlohmann::ordered_json with_fit(nlohmann::ordered_json chart, std::span<const double> x, std::span<const Estimate> y);

/// One cell of a plane.
struct PlaneCell {
  double x = 0.0, y = 0.0, value = 0.0;
};
/// Cells in colour with their values, x and y as categories in the order of first appearance.
/// names: of x, y and value.
nlohmann::ordered_json plane_chart(const std::string& title, const std::vector<std::string>& names,
                                   std::span<const PlaneCell> cells);

/// One point of a small chart.
struct FacetPoint {
  std::string column, row, series;
  double x = 0.0, y = 0.0;
};
/// Charts of the same logarithmic axes side by side, lines through the points of each series.
/// all: as XyChart::series. @throws UsageError if a series is not in `all` (if given).
nlohmann::ordered_json facet_chart(const std::string& title, const std::string& x, const std::string& y,
                                   std::span<const FacetPoint> points, const std::vector<std::string>& all = {});

/// Of each control how many times beyond its requirement it lies; 1: just. Without those whose ratio does not exist
/// (a zero, or signs that differ); null where none is left.
nlohmann::ordered_json control_chart(const ExperimentResult& result);

}  // namespace pianola
