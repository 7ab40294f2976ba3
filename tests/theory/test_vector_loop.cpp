#include "pianola/theory/vector_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(VectorLoop, RestsAtItsEdgeAndClosesTheSmallGain) {
  const VectorLoop loop = vector_loop(0.03);
  const Eigen::Vector2d u(loop.rest, loop.rest);
  const Eigen::Vector3d x = (Eigen::Matrix3d::Identity() - loop.a).inverse() * (loop.b * u);
  EXPECT_LT((loop.offset() - loop.k * x - u).norm(), 1e-12);
  EXPECT_LT(loop.gain() * loop.k.jacobiSvd().singularValues()(0), 1.0);
  EXPECT_LT(loop.a.eigenvalues().cwiseAbs().maxCoeff(), 1.0);
}

TEST(VectorLoop, NoTokenIsFartherThanItsBin) {
  const double epsilon = 0x1p-6;
  const LineBins bins = LineBins::edge_at_zero({}, epsilon, 4.0, 2);
  const VectorCost cost = vector_cost(vector_loop(epsilon), 60, bins);
  EXPECT_LE(cost.error, std::sqrt(2.0) * epsilon * (1.0 + 1e-9));
  EXPECT_GT(cost.feedback, 0.0);
  EXPECT_GT(cost.augmented, 0.0);
}

}  // namespace
}  // namespace pianola
