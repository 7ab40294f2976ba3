// Ready-made Vega-Lite v5 charts with one look: colour-blind-safe colours, tooltips, the width of the page.
//
// Colours and shapes: chart_look.hpp. What lies on a logarithmic axis and is not positive cannot be drawn: it is
// left out and the chart says how many values that concerns.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pianola/base/statistics.hpp"

namespace pianola {

struct ChartAxis {
  std::string title = {};
  bool log = false;
  double log_base = 10.0;
  bool zero = false;               ///< the axis begins at 0 (linear axes)
  std::vector<double> ticks = {};  ///< where labels stand; empty: chosen by the library
  std::string format = {};         ///< a d3 number format for labels, as ".0%"; empty: chosen by the library
};

/// One point of a series. `low` and `high` NaN: no interval.
struct ChartPoint {
  std::string series = {};
  double x = 0.0, y = 0.0;
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

/// The estimate with its interval.
ChartPoint chart_point(std::string series, double x, const Estimate& estimate);

/// A dashed horizontal line across the chart.
struct ChartReference {
  double y = 0.0;
  std::string label = {};
};

struct XyChart {
  std::string title = {};
  ChartAxis x = {}, y = {};
  std::string series_title = {};        ///< heading of the legend
  std::vector<ChartPoint> points = {};  ///< lines join them in this order; NaN or infinite y breaks the line
  std::vector<ChartReference> references = {};
  std::vector<std::string> series = {};  ///< all series of a page in order, so that one has one colour on every chart
  std::vector<std::string> curves = {};  ///< series that are grey dashed lines named at their ends: a theory's
  int height = 300;                      ///< pixels
};

/// Lines, with a band where the points have intervals. @throws UsageError if a series is not in `series` (if given).
nlohmann::ordered_json line_chart(const XyChart& chart);

/// Points with error bars, not joined. @throws UsageError as line_chart.
nlohmann::ordered_json point_chart(const XyChart& chart);

/// Points with error bars, joined by thin lines. @throws UsageError as line_chart.
nlohmann::ordered_json trend_chart(const XyChart& chart);

struct Bar {
  std::string category = {}, series = {};
  double value = 0.0;
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

struct BarChart {
  std::string title = {}, category_title = {}, value_title = {}, series_title = {};
  std::vector<Bar> bars = {};            ///< categories from top to bottom in order of first appearance
  std::vector<std::string> series = {};  ///< as XyChart::series
  std::string format = {};               ///< as ChartAxis::format
};

/// Horizontal bars from 0, grouped by series, with error bars. @throws UsageError as line_chart.
nlohmann::ordered_json bar_chart(const BarChart& chart);

}  // namespace pianola
