#include "pianola/quantizers/bit_allocation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

double cost(const std::vector<double>& weights, const std::vector<int>& bits) {
  double sum = 0.0;
  for (std::size_t d = 0; d < weights.size(); ++d) sum += std::ldexp(weights[d], -2 * bits[d]);
  return sum;
}

/// The least cost of all allocations, by trying them.
double least_cost(const std::vector<double>& weights, int total, int most) {
  std::vector<int> bits(weights.size());
  double least = HUGE_VAL;
  const std::function<void(std::size_t, int)> go = [&](std::size_t d, int left) {
    if (d == weights.size()) {
      least = std::min(least, cost(weights, bits));
      return;
    }
    for (bits[d] = 0; bits[d] <= std::min(left, most); ++bits[d]) go(d + 1, left - bits[d]);
  };
  go(0, total);
  return least;
}

TEST(BitAllocation, IsOptimal) {
  test::property("no allocation is better, of all that there are", [] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 6);
    std::vector<double> weights(dim);
    for (double& w : weights) w = std::ldexp(*rc::gen::inRange(0, 20), *rc::gen::inRange(-8, 9));  // sums are exact
    const int total = *rc::gen::inRange(0, 11), most = *rc::gen::inRange(0, 7);
    const std::vector<int> bits = allocate_bits(weights, total, most);
    RC_ASSERT(std::accumulate(bits.begin(), bits.end(), 0) <= total);
    for (const int b : bits) RC_ASSERT(b >= 0 && b <= most);
    RC_ASSERT(cost(weights, bits) == least_cost(weights, total, most));
  });
}

TEST(BitAllocation, IsReverseWaterFillingWhereThatIsWhole) {
  // θ = 1: b = ½·log2(w) wherever w > θ.
  EXPECT_EQ(allocate_bits(std::vector<double>{256.0, 16.0, 0.5, 4.0}, 4 + 2 + 0 + 1, 16),
            (std::vector<int>{4, 2, 0, 1}));
}

TEST(BitAllocation, TiesGoToTheFirst) {
  EXPECT_EQ(allocate_bits(std::vector<double>{1.0, 1.0, 1.0}, 4, 16), (std::vector<int>{2, 1, 1}));
}

TEST(BitAllocation, NothingIsSpentOnNothing) {
  EXPECT_EQ(allocate_bits(std::vector<double>{0.0, 1.0, 0.0}, 40, 16), (std::vector<int>{0, 16, 0}));
  EXPECT_EQ(allocate_bits(std::vector<double>{0.0}, 40, 16), (std::vector<int>{0}));
}

/// Standard deviations 1, 4 and 0.
const testing::MemoryActions kData(3, {{1.0, 4.0, 7.0, -1.0, -4.0, 7.0}, {1.0, -4.0, 7.0, -1.0, 4.0, 7.0}});

std::vector<std::uint32_t> bins(const BitOptions& options, int count, const ActionSource* data = &kData) {
  FitContext context;
  context.action_dim = 3;
  context.data = data;
  return bins_per_dimension(options, count, 16, context, "quantizer 'x'");
}

std::string failure(const BitOptions& options, const ActionSource* data = &kData) {
  try {
    bins(options, 256, data);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(BitAllocation, BinsFollowTheOptions) {
  using Counts = std::vector<std::uint32_t>;
  EXPECT_EQ(bins({}, 17), (Counts{17, 17, 17}));
  EXPECT_EQ(bins({"auto", 8, {}}, 17), (Counts{8, 32, 1}));
  EXPECT_EQ(bins({"auto", 8, {256.0, 1.0, 1.0}}, 17), (Counts{32, 8, 1}));
  EXPECT_EQ(bins({"auto", 0, {}}, 16), (Counts{32, 128, 1}));  // 12 bits, as 16·16·16
  EXPECT_EQ(bins({"3;0;16", 0, {}}, 17), (Counts{8, 1, 65536}));
  EXPECT_EQ(bins({"auto", 1000000000, {}}, 17), (Counts{65536, 65536, 1}));
}

TEST(BitAllocation, OptionsAreChecked) {
  EXPECT_NE(failure({"auto", 8, {}}, nullptr).find("needs data"), std::string::npos);
  EXPECT_NE(failure({"auto", -8, {}}).find("'total_bits' must be at least 1, or 0 for what"), std::string::npos);
  EXPECT_NE(failure({"auto", 8, {1.0}}).find("needs 3 numbers"), std::string::npos);
  EXPECT_NE(failure({"auto", 8, {1.0, -1.0, 1.0}}).find("sensitivity"), std::string::npos);
  EXPECT_NE(failure({"3;4", 0, {}}).find("3 numbers"), std::string::npos);
  EXPECT_NE(failure({"3;4;17", 0, {}}).find("0 … 16"), std::string::npos);
  EXPECT_NE(failure({"3;4;1.5", 0, {}}).find("1.5"), std::string::npos);
  EXPECT_NE(failure({"automatic", 0, {}}), "");
  EXPECT_NE(failure({"", 8, {}}).find("bits=auto"), std::string::npos);
}

}  // namespace
}  // namespace pianola
