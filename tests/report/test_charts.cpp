#include "pianola/report/charts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

XyChart example() {
  XyChart chart;
  chart.title = "Return";
  chart.x.title = "bins";
  chart.y.title = "return";
  chart.points = {{"centre", 3, 1.0, 0.5, 1.5}, {"centre", 5, 2.0, 1.5, 2.5}, {"ends", 3, 3.0}, {"ends", 5, kNaN}};
  return chart;
}

/// All values of `key` anywhere in the spec.
void find_all(const Json& node, const std::string& key, std::vector<Json>& out) {
  if (node.is_object() && node.contains(key)) out.push_back(node[key]);
  for (const auto& [name, child] : node.items()) {
    if (child.is_structured()) find_all(child, key, out);
  }
}

std::set<std::string> mark_types(const Json& spec) {
  std::vector<Json> marks;
  find_all(spec, "mark", marks);
  std::set<std::string> types;
  for (const Json& mark : marks) types.insert(mark.at("type").get<std::string>());
  return types;
}

TEST(Charts, EachKindHasItsMarks) {
  XyChart chart = example();
  for (int i = 0; i < 40; ++i) chart.points.push_back({"centre", 10.0 + i, 1.0});
  EXPECT_EQ(mark_types(line_chart(chart)), (std::set<std::string>{"area", "line", "point"}));
  EXPECT_EQ(mark_types(point_chart(chart)), (std::set<std::string>{"rule", "point"}));
  EXPECT_EQ(mark_types(trend_chart(chart)), (std::set<std::string>{"rule", "line", "point"}));
  for (ChartPoint& point : chart.points) point.low = point.high = kNaN;
  EXPECT_EQ(mark_types(line_chart(chart)), (std::set<std::string>{"line", "point"})) << "no interval, no band";
}

TEST(Charts, FillTheWidthOfThePageAndAnswerThePointer) {
  for (const Json& spec : {line_chart(example()), point_chart(example()), trend_chart(example())}) {
    EXPECT_EQ(spec.at("width"), "container");
    EXPECT_EQ(spec.at("$schema"), "https://vega.github.io/schema/vega-lite/v5.json");
    std::vector<Json> tooltips;
    find_all(spec["layer"], "tooltip", tooltips);
    EXPECT_FALSE(tooltips.empty());
  }
}

TEST(Charts, KeepTheNumbersAsTheyWereGiven) {
  const Json values = line_chart(example()).at("data").at("values");
  ASSERT_EQ(values.size(), 4U);
  EXPECT_EQ(values[0], Json::parse(R"({"series":"centre","x":3.0,"y":1.0,"low":0.5,"high":1.5})"));
  EXPECT_EQ(values[2], Json::parse(R"({"series":"ends","x":3.0,"y":3.0})"));
  EXPECT_TRUE(values[3]["y"].is_null()) << "no number breaks the line";
}

TEST(Charts, LogarithmicAxesSayWhatTheyLeaveOut) {
  XyChart chart = example();
  chart.y.log = true;
  EXPECT_EQ(line_chart(chart).at("title"), "Return") << "nothing is left out";
  chart.points.push_back({"ends", 9, 0.0});
  chart.points.push_back({"ends", 17, -1.0});
  const Json spec = line_chart(chart);
  EXPECT_EQ(spec.at("title").at("subtitle"), "2 values ≤ 0 not shown on a logarithmic axis");
  EXPECT_EQ(spec.at("encoding").at("y").at("scale").at("type"), "log");
  EXPECT_EQ(spec.at("data").at("values").back().at("y"), -1.0) << "the reader's table keeps them";
}

TEST(Charts, IntervalsThatReachZeroShowTheirUpperPart) {
  XyChart chart;
  chart.y.log = true;
  chart.points = {{"a", 1, 2.0, -1.0, 5.0}, {"a", 2, 2.0, 1.0, 3.0}, {"a", 3, -1.0, -2.0, 1.0}};
  const Json spec = line_chart(chart);
  EXPECT_EQ(spec.at("title").at("subtitle"),
            "1 value ≤ 0 not shown on a logarithmic axis; 1 interval reaches 0: only the upper part is shown");
  EXPECT_NE(spec["transform"].dump().find("datum.low > 0 ? datum.low : datum.y"), std::string::npos);
}

TEST(Charts, LogarithmicTicksArePowersInsideTheData) {
  XyChart chart;
  chart.x.log = chart.y.log = true;
  chart.x.log_base = 2.0;
  chart.points = {{"", 3, 0.002}, {"", 65, 20.0}};
  const Json spec = point_chart(chart);
  EXPECT_EQ(spec["encoding"]["x"]["axis"]["values"], Json({4.0, 8.0, 16.0, 32.0, 64.0}));
  EXPECT_EQ(spec["encoding"]["y"]["axis"]["values"], Json({0.01, 0.1, 1.0, 10.0}));
  chart.points = {{"", 3, 1.0}, {"", 65, 20.0}};
  EXPECT_EQ(point_chart(chart)["encoding"]["y"]["axis"]["values"], Json({1.0, 2.0, 5.0, 10.0, 20.0}));
  chart.x.ticks = {3, 65};
  EXPECT_EQ(point_chart(chart)["encoding"]["x"]["axis"]["values"], Json({3.0, 65.0}));
}

TEST(Charts, LogarithmicTicksStayFew) {
  XyChart chart;
  chart.y.log = true;
  chart.points = {{"", 1, 1e-200}, {"", 2, 1e100}};
  EXPECT_LE(line_chart(chart)["encoding"]["y"]["axis"]["values"].size(), 12U);
  chart.points = {{"", 1, 0.0}};
  EXPECT_FALSE(line_chart(chart)["encoding"]["y"]["axis"].contains("values"));
}

TEST(Charts, CurvesAreGreyAndNamedWhereTheyEnd) {
  XyChart chart = example();
  chart.points.push_back({"bound", 3, 0.5});
  chart.points.push_back({"bound", 9, 0.1});
  chart.curves = {"bound"};
  const Json spec = trend_chart(chart);
  EXPECT_EQ(spec["encoding"]["color"]["scale"]["domain"], Json({"centre", "ends"})) << "it takes no colour";
  EXPECT_EQ(spec["encoding"]["color"]["legend"]["values"], Json({"centre", "ends"}));
  std::vector<Json> data;
  find_all(spec["layer"], "data", data);
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data[0]["values"], Json::parse(R"([{"x":9.0,"y":0.1,"label":"bound"}])"));
  EXPECT_EQ(spec["data"]["values"].size(), 6U) << "the reader's table keeps it";
}

TEST(Charts, OneSeriesHasOneColourOnEveryChart) {
  XyChart chart = example();
  chart.series = {"expert", "ends", "centre"};
  const Json color = line_chart(chart)["encoding"]["color"];
  EXPECT_EQ(color["scale"]["domain"], Json({"expert", "ends", "centre"}));
  EXPECT_EQ(color["legend"]["values"], Json({"ends", "centre"})) << "the legend shows what is there";
  chart.series = {"expert", "centre"};
  EXPECT_THROW(line_chart(chart), UsageError);
}

TEST(Charts, ASingleSeriesNeedsNoLegend) {
  XyChart chart = example();
  chart.points.resize(2);
  EXPECT_TRUE(line_chart(chart)["encoding"]["color"]["legend"].is_null());
}

TEST(Charts, LongNamesTakeFewerColumnsOfTheLegend) {
  const auto columns = [](const std::string& name) {
    XyChart chart = example();
    for (ChartPoint& point : chart.points) point.series += name;
    return line_chart(chart)["encoding"]["color"]["legend"]["columns"].get<int>();
  };
  EXPECT_EQ(columns(""), 4);
  EXPECT_EQ(columns(std::string(20, 'x')), 3);
  EXPECT_EQ(columns(std::string(200, 'x')), 1);
}

TEST(Charts, ReferencesAreDashedRulesWithTheirOwnData) {
  XyChart chart = example();
  chart.references = {{3.5, "expert"}};
  const Json layer = line_chart(chart)["layer"][0];
  EXPECT_EQ(layer["data"]["values"], Json::parse(R"([{"y":3.5,"label":"expert"}])"));
  EXPECT_EQ(layer["layer"][0]["mark"]["type"], "rule");
  EXPECT_EQ(layer["layer"][1]["mark"]["type"], "text");
}

TEST(Charts, BarsKeepTheirOrderAndBeginAtZero) {
  BarChart chart;
  chart.value_title = "regret";
  chart.bars = {{"b", "", 2.0, 1.0, 3.0}, {"a", "", 1.0}};
  const Json spec = bar_chart(chart);
  EXPECT_TRUE(spec["encoding"]["y"]["sort"].is_null());
  EXPECT_EQ(mark_types(spec), (std::set<std::string>{"bar", "rule"}));
  EXPECT_FALSE(spec["encoding"].contains("yOffset"));
  chart.bars.push_back({"a", "perturbed", 0.5});
  EXPECT_TRUE(bar_chart(chart)["encoding"].contains("yOffset"));
}

TEST(Charts, AnEstimateIsAPointWithItsInterval) {
  const ChartPoint point = chart_point("s", 2.0, {1.0, 0.5, 1.5, 9});
  EXPECT_EQ(point.x, 2.0);
  EXPECT_EQ(point.y, 1.0);
  EXPECT_EQ(point.low, 0.5);
  EXPECT_EQ(point.high, 1.5);
}

TEST(Charts, WithoutPointsTheyAreStillSpecs) {
  EXPECT_TRUE(line_chart({}).at("data").at("values").empty());
  EXPECT_EQ(line_chart({})["encoding"]["y"]["scale"]["domain"], Json({1, 10})) << "an axis needs some range";
  EXPECT_FALSE(line_chart(example())["encoding"]["y"]["scale"].contains("domain"));
  EXPECT_TRUE(bar_chart({}).at("data").at("values").is_array());
}

}  // namespace
}  // namespace pianola
