// A page with every kind of chart. test_render_charts.py lets Vega-Lite draw it; by itself it is written nowhere.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "pianola/report/charts.hpp"
#include "pianola/report/page.hpp"

namespace pianola {
namespace {

XyChart return_chart() {
  XyChart chart;
  chart.title = "Return";
  chart.x = {.title = "bins per dimension", .log = true, .log_base = 2, .ticks = {3, 5, 9, 17, 33, 65}, .format = "d"};
  chart.y.title = "return";
  chart.series_title = "representatives";
  for (const double bins : {3, 5, 9, 17, 33, 65}) {
    chart.points.push_back(
        chart_point("centre", bins, {3700 - 4000 / bins, 3600 - 4000 / bins, 3800 - 4000 / bins, 50}));
    chart.points.push_back(chart_point("ends", bins, {3700 - 1500 / bins, 3600 - 1500 / bins, 3800 - 1500 / bins, 50}));
  }
  chart.references = {{3717, "expert"}};
  return chart;
}

XyChart deviation_chart() {
  XyChart chart;
  chart.title = "Deviation from the expert's trajectory";
  chart.x.title = "step";
  chart.y = {.title = "‖x − x*‖", .log = true};
  for (int h = 0; h < 100; ++h) {
    const double y = 0.01 * h * (1.2 + std::sin(0.2 * h));
    chart.points.push_back({"quantized", double(h), y, y - 0.05, 1.5 * y});
    chart.points.push_back({"feedback", double(h), h == 50 ? std::nan("") : 3 * y});
  }
  return chart;
}

BarChart regret_chart() {
  BarChart chart;
  chart.title = "Regret";
  chart.value_title = "regret per step";
  chart.format = ".0%";
  chart.bars = {{"quantized", "clean", 0.2, 0.1, 0.3}, {"feedback", "clean", 0.4}, {"feedback", "perturbed", 0.1}};
  return chart;
}

TEST(SamplePage, HasEveryKindOfChart) {
  Page page("Sample", "every kind of chart");
  page.chart(trend_chart(return_chart()), "trend").chart(line_chart(deviation_chart()), "line");
  page.chart(point_chart(return_chart()), "points").chart(bar_chart(regret_chart()), "bars");
  BarChart plain = regret_chart();
  plain.bars.resize(2);
  page.chart(bar_chart(plain), "plain bars").chart(line_chart({}), "nothing");
  EXPECT_EQ(page.charts().size(), 6U);
  if (const char* path = std::getenv("PIANOLA_SAMPLE_PAGE")) page.write(path);
}

}  // namespace
}  // namespace pianola
