#include "pianola/theory/experiment_pictures.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

nlohmann::ordered_json plain() {
  XyChart chart;
  chart.x.log = chart.y.log = true;
  for (const double x : {1.0, 4.0, 16.0}) chart.points.push_back({"a", x, 1.0 / x});
  return trend_chart(chart);
}

TEST(ExperimentPictures, AFitIsALineWithItsBandAndItsSlope) {
  const std::vector<double> x{1, 4, 16};
  const std::vector<Estimate> y{{4, 3.6, 4.4, 9}, {2, 2, 2, 9}, {1, 0.8, 1.2, 9}};
  const auto before = plain(), after = with_fit(before, x, y);
  ASSERT_EQ(after["layer"].size(), before["layer"].size() + 2);
  const auto& values = after["layer"][before["layer"].size()]["data"]["values"];
  EXPECT_NEAR(values.front()["fitted"].get<double>(), 4.0, 1e-9);
  EXPECT_NEAR(values.back()["fitted"].get<double>(), 1.0, 1e-9);
  for (const auto& value : values) {
    EXPECT_LE(value["fitted_low"].get<double>(), value["fitted"].get<double>() * (1.0 + 1e-12));
    EXPECT_GE(value["fitted_high"].get<double>(), value["fitted"].get<double>() * (1.0 - 1e-12));
  }
  EXPECT_NE(after.dump().find("slope -0.5"), std::string::npos) << after["layer"].back().dump();
}

TEST(ExperimentPictures, WithoutASlopeAChartStaysAsItIs) {
  const auto chart = plain();
  const std::vector<double> narrow{1, 2, 3}, wide{1, 4, 16};
  EXPECT_EQ(with_fit(chart, narrow, exact(std::vector<double>{1, 2, 3})), chart);
  EXPECT_EQ(with_fit(chart, wide, exact(std::vector<double>{1, 0, 3})), chart);
}

TEST(ExperimentPictures, PlanesAndFacetsHoldTheirNumbers) {
  const auto plane = plane_chart("t", {"H", "ε", "regret"}, std::vector<PlaneCell>{{16, 0x1p-5, 0.25}});
  EXPECT_EQ(plane["data"]["values"][0]["x"], "16");
  EXPECT_EQ(plane["data"]["values"][0]["y"], "2⁻⁵");
  EXPECT_THROW((void)plane_chart("t", {"H"}, {}), UsageError);
  const auto facets = facet_chart("t", "n", "regret", std::vector<FacetPoint>{{"H = 5", "ε = 0.1", "best", 4, 0.5}});
  EXPECT_EQ(facets["data"]["values"][0]["series"], "best");
  const auto domain = [&](const std::vector<std::string>& all) {
    return facet_chart("t", "n", "regret", std::vector<FacetPoint>{{"H = 5", "ε = 0.1", "best", 4, 0.5}},
                       all)["spec"]["encoding"]["color"]["scale"]["domain"];
  };
  EXPECT_EQ(domain({}).dump(), R"(["best"])");
  EXPECT_EQ(domain({"worst", "best"}).dump(), R"(["worst","best"])") << "a colour of its own, whoever is absent";
  EXPECT_THROW((void)domain({"worst"}), UsageError);
}

TEST(ExperimentPictures, ControlsLieBeyondOneIfTheyPass) {
  ExperimentResult result;
  EXPECT_TRUE(control_chart(result).is_null());
  result.checks = {control_at_least("grows", exact(2.0), 1.6), control_at_most("falls", exact(0.2), 0.8),
                   control_at_least("flat slope", exact(-0.05), -0.1), check_at_most("no control", exact(1.0), 2.0)};
  const auto values = control_chart(result)["data"]["values"];
  ASSERT_EQ(values.size(), 3U);
  EXPECT_DOUBLE_EQ(values[0]["beyond"].get<double>(), 1.25);
  EXPECT_DOUBLE_EQ(values[1]["beyond"].get<double>(), 4.0);
  EXPECT_DOUBLE_EQ(values[2]["beyond"].get<double>(), 2.0);
  result.checks = {control_at_least("failed", exact(0.5), 1.0)};
  const std::string text = control_chart(result).dump();
  EXPECT_NE(text.find(R"("domainMin":0.45)"), std::string::npos) << "a control that has failed is in the picture";
}

}  // namespace
}  // namespace pianola
