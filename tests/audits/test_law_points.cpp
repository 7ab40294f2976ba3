#include "pianola/audits/law_points.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(LawPoints, TheNewestRowIsTheObservationAndAllAreTheHistory) {
  const std::vector<LawPoint> points{{4, 9, {1, 2, 3, 4}}, {5, 8, {5, 6, 7, 8}}};
  const LawPoints kept(points, 2);
  const LawQuery query = kept.query(NoiseKey(1));
  EXPECT_EQ(query.situation.lanes(), 2u);
  EXPECT_EQ(query.situation.h[0], 9u);
  EXPECT_EQ(query.situation.observations[0], 3.0);
  EXPECT_EQ(query.situation.observations[3], 8.0);
  EXPECT_EQ(query.histories.size(), 8u);
  EXPECT_EQ(query.situation.plant, nullptr);
}

TEST(LawPoints, DistanceIsTheLargestOverRowsOfOneAge) {
  const LawPoint a{0, 0, {0, 0, 1, 1}}, b{0, 0, {3, 4, 1, 2}};
  EXPECT_DOUBLE_EQ(distance(a, b, 2), 5.0);
  EXPECT_EQ(distance(a, a, 2), 0.0);
}

}  // namespace
}  // namespace pianola
