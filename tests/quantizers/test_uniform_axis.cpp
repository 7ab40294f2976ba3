#include "pianola/quantizers/uniform_axis.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

using Kind = UniformAxis::Kind;

TEST(UniformAxis, EdgesPartTheRange) {
  const UniformAxis centre(0.0, 8.0, 4, Kind::centre), ends(0.0, 8.0, 5, Kind::ends);
  for (std::uint32_t k = 0; k <= 4; ++k) EXPECT_EQ(centre.edge(k), 2.0 * k);
  const double wanted[] = {0.0, 1.0, 3.0, 5.0, 7.0, 8.0};
  for (std::uint32_t k = 0; k <= 5; ++k) EXPECT_EQ(ends.edge(k), wanted[k]);
}

TEST(UniformAxis, RepresentativesLieInTheirCells) {
  test::property("between the cell's edges, with the cell's token, and no farther than the largest error", [] {
    const double low = *rc::gen::inRange(-1000, 1000) / 300.0, high = low + *rc::gen::inRange(1, 1000) / 300.0;
    const auto kind = *rc::gen::element(Kind::centre, Kind::ends);
    const BoundAtoms atoms{kind == Kind::centre && *rc::gen::arbitrary<bool>(),
                           kind == Kind::centre && *rc::gen::arbitrary<bool>()};
    const UniformAxis axis(low, high, *rc::gen::inRange<std::uint32_t>(3, 400), kind, atoms);
    for (std::uint32_t k = 0; k < axis.bins; ++k) {
      const double at = axis.even_representative(k), slack = 1e-12 * (std::abs(low) + std::abs(high));
      RC_ASSERT(axis.token(at) == k);
      RC_ASSERT(axis.edge(k) <= at + slack && at <= axis.edge(k + 1) + slack);
      const double error = std::max(at - axis.edge(k), axis.edge(k + 1) - at);
      RC_ASSERT(error <= axis.largest_error({}) + slack);
      RC_ASSERT(axis.token(0.5 * (axis.edge(k) + axis.edge(k + 1))) == k);
    }
  });
}

TEST(UniformAxis, AtomsHaveNarrowCellsAtTheBounds) {
  const UniformAxis axis(-1.0, 1.0, 6, Kind::centre, {true, true});
  const double tolerance = std::ldexp(1.0, -20);
  EXPECT_EQ(UniformAxis::atom_tolerance(-1.0, 0.5), tolerance);
  EXPECT_DOUBLE_EQ(axis.edge(1), -1.0 + tolerance);
  EXPECT_DOUBLE_EQ(axis.edge(5), 1.0 - tolerance);
  EXPECT_EQ(axis.even_representative(0), -1.0);
  EXPECT_EQ(axis.even_representative(5), 1.0);
  EXPECT_EQ(axis.token(-1.0), 0U);
  EXPECT_EQ(axis.token(-1.0 + 2.0 * tolerance), 1U);
  EXPECT_EQ(axis.token(1.0 - 2.0 * tolerance), 4U);
  EXPECT_TRUE(axis.cell_widths().empty());
  EXPECT_FALSE(UniformAxis(1000.0, 1000.01, 64, Kind::centre, {true, true}).atoms.low);  // finer than the tolerance
}

TEST(UniformAxis, OneCellStandsForTheMiddle) {
  const UniformAxis one(0.0, 8.0, 1, Kind::centre), constant(3.0, 3.0, 256, Kind::ends);
  EXPECT_EQ(one.even_representative(0), 4.0);
  EXPECT_EQ(one.largest_error({}), 4.0);
  EXPECT_EQ(one.cell_widths(), (std::vector<double>{8.0}));
  EXPECT_FALSE(one.constant);
  EXPECT_EQ(one.token(1e30), 0U);
  EXPECT_TRUE(constant.constant);
  EXPECT_EQ(constant.bins, 1U);
  EXPECT_TRUE(constant.cell_widths().empty());
}

TEST(UniformAxis, MeansAreMeasuredAgainstTheirCells) {
  const UniformAxis axis(0.0, 4.0, 2, Kind::mean);
  EXPECT_EQ(axis.largest_error(std::vector<double>{0.5, 3.0}), 1.5);
}

}  // namespace
}  // namespace pianola
