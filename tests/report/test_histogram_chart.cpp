#include "pianola/report/histogram_chart.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pianola {
namespace {

TEST(HistogramChart, EveryBarStandsInItsPanel) {
  const std::vector<HistogramPanel> panels{{"elbow", -1.0, 0.5, {1, 0, 7}}, {"never moves", 4.0, 0.0, {9}}};
  const auto spec = histogram_chart("Actions", panels, 3);
  const auto& rows = spec["data"]["values"];
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[2]["name"], "elbow");
  EXPECT_EQ(rows[2]["low"], 0.0);
  EXPECT_EQ(rows[2]["high"], 0.5);
  EXPECT_EQ(rows[2]["count"], 7);
  EXPECT_GT(rows[3]["high"].get<double>(), 4.0) << "a bar of no width cannot be seen";
  EXPECT_EQ(spec["columns"], 3);
  EXPECT_EQ(spec["resolve"]["scale"]["x"], "independent");
}

}  // namespace
}  // namespace pianola
