#include "pianola/theory/trap_pictures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

TEST(TrapPictures, TheTrajectoryIsCaughtInTheTwoCycle) {
  TrapConstants c;
  c.epsilon = 0x1p-5;
  double last = 0.0, before = 0.0, expert = 1.0;
  for (const ChartPoint& point : trap_trajectory(c).points) {
    if (point.series == "expert") {
      expert = point.y;
      continue;
    }
    before = last;
    last = point.y;
  }
  EXPECT_LT(std::abs(expert), 1e-6);
  // The right ends of I_T1 and I_T2.
  EXPECT_NEAR(std::min(last, before), (c.d + 1.0) * c.epsilon, 1e-3);
  EXPECT_NEAR(std::max(last, before), c.a * (c.d + 1.0) * c.epsilon + c.b, 1e-3);
}

TEST(TrapPictures, ThePortraitHasBothMapsAndTheWay) {
  const XyChart chart = trap_portrait(TrapConstants());
  ASSERT_EQ(chart.series.size(), 4U);
  for (const std::string& series : chart.series) {
    EXPECT_TRUE(std::ranges::any_of(chart.points, [&](const ChartPoint& p) { return p.series == series; })) << series;
  }
}

}  // namespace
}  // namespace pianola
