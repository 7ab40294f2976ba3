#include "pianola/data/lerobot_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace pianola {
namespace {

TEST(LeRobotStatistics, OfRows) {
  std::vector<double> rows;
  for (int i = 0; i <= 100; ++i) {
    rows.push_back(i);
    rows.push_back(5.0);
  }
  const LeRobotStatistics of = lerobot_statistics(rows, 2);
  EXPECT_EQ(of.count, 101u);
  EXPECT_EQ(of.values[0], (std::vector<double>{0, 5}));
  EXPECT_EQ(of.values[1], (std::vector<double>{100, 5}));
  EXPECT_EQ(of.values[2], (std::vector<double>{50, 5}));
  EXPECT_DOUBLE_EQ(of.values[3][0], std::sqrt(850.0));
  EXPECT_EQ(of.values[4], (std::vector<double>{1, 5}));
  EXPECT_EQ(of.values[8], (std::vector<double>{99, 5}));
  EXPECT_EQ(to_json(of, false).size(), 5u);
  EXPECT_EQ(to_json(of, true)["q90"][0], 90.0);
}

}  // namespace
}  // namespace pianola
