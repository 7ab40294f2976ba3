#include "pianola/quantizers/edge_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {
namespace {

/// The bare bins, without a scheme.
class PlainBins final : public EdgeBins {
 public:
  explicit PlainBins(std::vector<BinAxis> axes, std::size_t chunk = 1, Levels levels = Levels::inside_cells)
      : EdgeBins("plain", chunk, std::move(axes), levels, "bins") {}
  static constexpr Levels kAsGiven = Levels::as_given;
  [[nodiscard]] nlohmann::ordered_json save() const override { return {}; }
};

const BinAxis kThree{-1.0, 2.0, {0.0, 1.0}, {-0.75, 0.5, 1.0}};

TEST(EdgeBins, CellsAreClosedBelowAndEndsTakeWhatLiesOutside) {
  const PlainBins bins({kThree});
  EXPECT_EQ(encode(bins, {-9.0F, -1e-30F, 0.0F, 0.99F, 1.0F, 9.0F}), (std::vector<Token>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(q(bins, -9.0), -0.75);
  EXPECT_EQ(q(bins, 0.0), 0.5);
  EXPECT_EQ(q(bins, 9.0), 1.0);
  EXPECT_TRUE(bins.info().projection);
  EXPECT_TRUE(bins.info().binning);
}

TEST(EdgeBins, EpsilonSupIsTheLargestDistanceInsideTheRange) {
  EXPECT_DOUBLE_EQ(PlainBins({kThree}).info().epsilon_sup, 1.0);  // from 2 to 1
  EXPECT_DOUBLE_EQ(PlainBins({kThree, kThree}).info().epsilon_sup, std::sqrt(2.0));
  const BinAxis beyond{0.0, 0.25, {-1.0, 0.5}, {-7.0, 0.125, 9.0}};  // only the middle cell reaches into the range
  EXPECT_DOUBLE_EQ(PlainBins({beyond}).info().epsilon_sup, 0.125);
  const BinAxis at_bound{0.0, 1.0, {1.0}, {0.5, 4.0}};  // the last cell holds the bound alone
  EXPECT_DOUBLE_EQ(PlainBins({at_bound}).info().epsilon_sup, 3.0);
}

TEST(EdgeBins, DoubleActionsHaveTheTokensOfTheirFloatRounding) {
  const double tenth = 0.1;  // lies between two float32 numbers
  const auto above = static_cast<float>(tenth), below = std::nextafter(above, 0.0F);
  ASSERT_GT(static_cast<double>(above), tenth);
  const PlainBins bins({{0.0, 1.0, {above}, {0.0, 0.5}}});
  EXPECT_EQ(encode(bins, {below, above}), (std::vector<Token>{0, 1}));
  EXPECT_EQ(q(bins, below), 0.0);
  EXPECT_EQ(q(bins, above), 0.5);
  EXPECT_EQ(q(bins, tenth), 0.5);
  EXPECT_EQ(float_at_least(tenth), above);
  EXPECT_EQ(float_at_least(std::nextafter(static_cast<double>(above), 2.0)), std::nextafter(above, 2.0F));
}

TEST(EdgeBins, RepresentativesStayInTheirCells) {
  const double edge = 0.1F, just_below = std::nextafter(edge, 0.0);  // its float32 rounding is the edge
  const BinAxis axis{0.0, 1.0, {edge}, {just_below, 0.5}};
  const PlainBins moved({axis});
  EXPECT_TRUE(moved.info().projection);
  EXPECT_EQ(moved.levels(0)[0], std::nextafter(0.1F, 0.0F));
  const PlainBins given({axis}, 1, PlainBins::kAsGiven);
  EXPECT_EQ(given.levels(0)[0], 0.1F);
  EXPECT_FALSE(given.info().projection);
}

TEST(EdgeBins, DimensionsMayDiffer) {
  const BinAxis one{0.5, 0.5, {}, {0.5}, false};
  const PlainBins bins({kThree, one}, 2);
  EXPECT_EQ(bins.info().vocabularies, (std::vector<std::uint32_t>{3, 1, 3, 1}));
  EXPECT_EQ(encode(bins, {1.5F, 7.0F, -1.0F, -7.0F}), (std::vector<Token>{2, 0, 0, 0}));
  EXPECT_EQ(bins.levels(3).size(), 1U);
  EXPECT_EQ(bins.cell_widths(0), (std::vector<double>{1.0, 1.0, 1.0}));
  EXPECT_TRUE(bins.cell_widths(1).empty());
  std::vector<Token> tokens{1, 9, 99, 0};
  std::vector<std::uint32_t> lengths{3};
  std::vector<float> out(4);
  std::vector<DecodeStatus> status(1);
  bins.decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{0.5F, 0.5F, 1.0F, 0.5F}));
  EXPECT_EQ(status[0], DecodeStatus::repaired);
}

TEST(EdgeBins, SaturatedIsOutsideTheRange) {
  const PlainBins bins({kThree});
  bool flags[4] = {};
  bins.saturated(std::vector<double>{-1.0, 2.0, 2.01, -1.01}, flags);
  EXPECT_EQ((std::vector<bool>(flags, flags + 4)), (std::vector<bool>{false, false, true, true}));
}

TEST(EdgeBins, RefusesNoneAndTooMany) {
  EXPECT_THROW(PlainBins({}), UsageError);
  EXPECT_THROW(PlainBins({kThree}, 0), UsageError);
  EXPECT_THROW(PlainBins({kThree}, std::size_t{1} << 30), UsageError);
  EXPECT_THROW(EdgeBins::check_size(1, 65537, 1, "x"), UsageError);
  EXPECT_THROW(EdgeBins::check_size(1 << 20, 256, 1, "x"), UsageError);
  EXPECT_NO_THROW(EdgeBins::check_size(26, 65536, 30, "x"));
}

}  // namespace
}  // namespace pianola::testing
