#include "pianola/theory/line_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(LineBins, EdgeAtZeroIsTheFormula) {
  for (const double epsilon : {0.125, 0.03, 0x1p-9}) {
    const LineBins bins = LineBins::edge_at_zero({}, epsilon, 3.0);
    EXPECT_GE(bins.reach(), 3.0);
    for (int i = -299; i < 300; ++i) {
      const double u = 0.01 * i + 0.0003;
      EXPECT_NEAR(bins(u), (std::floor(u / (2.0 * epsilon)) + 0.5) * 2.0 * epsilon, 1e-12) << u;
    }
    EXPECT_NEAR(bins(0.0), epsilon, 1e-15);
    EXPECT_NEAR(bins(-1e-9), -epsilon, 1e-15);
  }
}

TEST(LineBins, CentreAtZeroEndsAtAnOddMultiple) {
  for (const double epsilon : {0x1p-6, 0.03, 0.1, 0x1p-16}) {
    const LineBins bins = LineBins::centre_at_zero({}, epsilon);
    EXPECT_LE(bins.reach(), 1.0 + 1e-12);
    EXPECT_GT(bins.reach(), 1.0 - 2.0 * epsilon);
    EXPECT_EQ(bins(0.0), 0.0);
    EXPECT_NEAR(bins(bins.reach()), bins.reach() - epsilon, 1e-12);
    EXPECT_NEAR(bins(0.4 * epsilon), 0.0, 1e-15);
  }
}

TEST(LineBins, SeveralDimensionsAreBinnedApart) {
  const LineBins bins = LineBins::edge_at_zero({}, 0.125, 1.0, 2);
  const std::vector<double> u{0.3, -0.6};
  std::vector<double> q(2);
  bins.quantize(u, q);
  EXPECT_DOUBLE_EQ(q[0], 0.375);
  EXPECT_DOUBLE_EQ(q[1], -0.625);
}

TEST(LineBins, TooFineIsAnErrorThatSaysWhatWouldDo) {
  try {
    (void)LineBins::edge_at_zero({}, 1e-6, 4.0);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("6.1035"), std::string::npos) << error.what();
  }
  EXPECT_GE(LineBins::edge_at_zero({}, 4.0 / 65536.0, 4.0).reach(), 4.0);
  EXPECT_GE(LineBins::centre_at_zero({}, 1.0 / 65536.0).reach(), 0.99);
}

TEST(LineBins, TheEdgeAboveOneIsAnEdge) {
  EXPECT_EQ(edge_above_one(0.125), 1.0);
  EXPECT_DOUBLE_EQ(edge_above_one(0.03), 1.02);
}

}  // namespace
}  // namespace pianola
