#include "pianola/data/value_bracket.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "property.hpp"

namespace pianola {
namespace {

using Limits = std::numeric_limits<double>;

double finite(double x) { return std::isfinite(x) ? x : 0.0; }

TEST(ValueBracket, KeysAreOrderedAsDoubles) {
  const double ascending[] = {
      -Limits::infinity(), -Limits::max(),    -1.0, -Limits::denorm_min(), 0.0, Limits::denorm_min(), 1.0,
      Limits::max(),       Limits::infinity()};
  for (std::size_t i = 1; i < std::size(ascending); ++i)
    EXPECT_LT(order_key(ascending[i - 1]), order_key(ascending[i]));
  EXPECT_EQ(order_key(-0.0), order_key(0.0));
  EXPECT_EQ(next_double(0.0), Limits::denorm_min());
  EXPECT_EQ(previous_double(1.0), 1.0 - Limits::epsilon() / 2);
}

TEST(ValueBracket, BinsNeverFall) {
  test::property([] {
    double low = finite(*rc::gen::arbitrary<double>()), high = finite(*rc::gen::arbitrary<double>());
    if (low > high) std::swap(low, high);
    const OrderedBins bins(low, high, *rc::gen::arbitrary<bool>());
    std::vector<double> between{low, high};
    for (int i = 0; i < 20; ++i) {
      const double share = *rc::gen::inRange(0, 1001) / 1000.0;
      between.push_back(std::clamp(low * (1.0 - share) + high * share, low, high));
    }
    std::sort(between.begin(), between.end());
    std::size_t before = 0;
    for (const double x : between) {
      const std::size_t bin = bins(x);
      RC_ASSERT(bin >= before && bin < OrderedBins::kCount);
      before = bin;
    }
  });
}

/// Each part holds the numbers that were counted in it, and the parts next to it begin where it ends.
TEST(ValueBracket, PartsAreTheirBins) {
  test::property([] {
    std::vector<double> numbers = *rc::gen::nonEmpty<std::vector<double>>();
    for (double& x : numbers) x = finite(x);
    ValueBracket bracket;
    bracket.low = *std::min_element(numbers.begin(), numbers.end());
    bracket.high = *std::max_element(numbers.begin(), numbers.end());
    bracket.depth = *rc::gen::inRange(0, 2);
    bracket.begin(false);
    const OrderedBins map = bracket.map();
    for (const double x : numbers) bracket.take(x, map);
    RC_ASSERT(bracket.inside == numbers.size());
    for (std::size_t k = 0; k < OrderedBins::kCount; ++k) {
      if (bracket.bins[k] == 0) continue;
      const ValueBracket part = bracket.part(k);
      const auto in = [&](double x) { return x >= part.low && x <= part.high; };
      RC_ASSERT(static_cast<std::uint64_t>(std::count_if(numbers.begin(), numbers.end(), in)) == part.count);
      RC_ASSERT(part.count == bracket.bins[k] && part.depth == bracket.depth + 1);
      RC_ASSERT(part.low == bracket.low || map(previous_double(part.low)) < k);
      RC_ASSERT(part.high == bracket.high || map(next_double(part.high)) > k);
    }
  });
}

TEST(ValueBracket, CollectsNoMoreThanItWasToldOf) {
  ValueBracket bracket;
  bracket.low = 0.0;
  bracket.high = 10.0;
  bracket.count = 3;
  bracket.known = false;
  bracket.begin(true);
  const OrderedBins map = bracket.map();
  for (const double x : {3.0, 1.0, 2.0}) bracket.take(x, map);
  EXPECT_EQ(bracket.numbers, (std::vector<double>{3.0, 1.0, 2.0}));
  EXPECT_TRUE(bracket.collects);
  bracket.take(4.0, map);
  EXPECT_FALSE(bracket.collects);
  EXPECT_TRUE(bracket.numbers.empty());
  EXPECT_EQ(std::accumulate(bracket.bins.begin(), bracket.bins.end(), std::uint64_t{0}), 4u) << "the bins go on";
}

}  // namespace
}  // namespace pianola
