#include "pianola/quantizers/fsq_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola::testing {
namespace {

std::vector<FsqCode> codes_of(std::vector<std::uint32_t> levels, FsqVariant variant) {
  std::vector<FsqCode> codes;
  for (const std::uint32_t l : levels) codes.emplace_back(l, variant);
  return codes;
}

TEST(FsqGrid, LevelsLieAtTheirPositionsOfTheRange) {
  const FsqGrid grid({{0.0}, {10.0}}, codes_of({5}, FsqVariant::openpi), "x");
  EXPECT_EQ((std::vector<float>(grid.levels(0).begin(), grid.levels(0).end())),
            (std::vector<float>{0, 2.5F, 5, 7.5F, 10}));
  EXPECT_EQ(grid.cell_widths(0), (std::vector<double>{1.25, 2.5, 2.5, 2.5, 1.25}));
  EXPECT_EQ(grid.largest_error(1), 1.25);
  std::vector<double> out(5);
  grid.quantize(std::vector<double>{-3, 1.24, 1.25, 8, 99}, out);
  EXPECT_EQ(out, (std::vector<double>{0, 0, 2.5, 7.5, 10}));
}

TEST(FsqGrid, CellsCoverTheRange) {
  test::property("widths add up to the range, levels lie in it, encode and quantize agree", [] {
    const auto variant = *rc::gen::element(FsqVariant::canonical, FsqVariant::openpi);
    const auto levels = static_cast<std::uint32_t>(*rc::gen::inRange(2, 1001));
    const double low = *rc::gen::inRange(-1000, 1000) * 1e-2, length = *rc::gen::inRange(1, 1000) * 1e-2;
    const FsqGrid grid({{low}, {low + length}}, codes_of({levels}, variant), "x");
    double sum = 0.0;
    for (const double width : grid.cell_widths(0)) sum += width;
    RC_ASSERT(std::abs(sum - length) < 1e-9 * (length + std::abs(low)));
    std::vector<double> u{low + length * *rc::gen::inRange(0, 1000001) * 1e-6}, q(1);
    grid.quantize(u, q);
    RC_ASSERT(std::abs(q[0] - u[0]) <= grid.largest_error(1) * (1.0 + 1e-9) + 1e-12);
    std::vector<std::uint32_t> digit(1);
    encode_uniform(grid.kernel(), std::vector<float>{static_cast<float>(u[0])}, digit);
    const double other = static_cast<double>(grid.levels(0)[digit[0]]);
    RC_ASSERT(std::abs(std::abs(other - u[0]) - std::abs(q[0] - u[0])) < 1e-5 * (1.0 + std::abs(low) + length));
  });
}

TEST(FsqGrid, ErrorIsOfTheWorstStep) {
  const FsqGrid grid({{-1.0, -1.0}, {1.0, 1.0}}, codes_of({3, 5, 2, 2}, FsqVariant::openpi), "x");
  EXPECT_EQ(grid.period(), 4U);
  EXPECT_DOUBLE_EQ(grid.largest_error(2), std::sqrt(2.0));
}

TEST(FsqGrid, PointsHaveOneLevel) {
  EXPECT_TRUE(is_point(0.25, 0.25, 8));
  EXPECT_TRUE(is_point(8.0, 8.0 + 1e-12, 8));
  EXPECT_TRUE(is_point(0.0, 1e-36, 8));
  EXPECT_FALSE(is_point(0.0, 1e-30, 8));
  const FsqGrid grid({{3.0}, {3.0}}, codes_of({1}, FsqVariant::canonical), "x");
  EXPECT_EQ(grid.levels(0).size(), 1U);
  EXPECT_EQ(grid.levels(0)[0], 3.0F);
  EXPECT_TRUE(grid.cell_widths(0).empty());
  EXPECT_EQ(grid.largest_error(1), 0.0);
}

TEST(FsqGrid, ProjectionIsHonestWhereFloatCannotResolveTheCells) {
  EXPECT_TRUE(FsqGrid({{-1.0}, {1.0}}, codes_of({65536}, FsqVariant::openpi), "x").is_projection());
  EXPECT_FALSE(FsqGrid({{1000.0}, {1001.0}}, codes_of({65536}, FsqVariant::openpi), "x").is_projection());
}

TEST(FsqGrid, RefusesMoreLevelsThanMemoryShouldHold) {
  const std::size_t dim = 2000;
  const LatentRange range{std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)};
  EXPECT_THROW(FsqGrid(range, std::vector<FsqCode>(dim, FsqCode(65536, FsqVariant::openpi)), "x"), UsageError);
}

}  // namespace
}  // namespace pianola::testing
