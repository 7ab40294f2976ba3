#include "pianola/base/atan_lanes.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

/// Numbers of all sizes, the borders of the method's intervals and their neighbours among them.
std::vector<double> arguments() {
  std::vector<double> x{0.0, -0.0, 1.0, 1e300, -1e300, 1e-300, 5e-324, std::numeric_limits<double>::infinity()};
  for (const double border : {0.4375, 0.6875, 1.1875, 2.4375}) {
    for (const double value : {border, std::nextafter(border, 0.0), std::nextafter(border, 9.0)}) {
      x.push_back(value);
      x.push_back(-value);
    }
  }
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double scale = std::exp2(80.0 * uniform(NoiseKey(3), i, 0) - 40.0);
    x.push_back((2.0 * uniform(NoiseKey(3), i, 1) - 1.0) * (i % 2 == 0 ? scale : 4.0));
  }
  return x;
}

TEST(AtanLanes, IsWithinAnUlpOfTheLibrarysOnEveryProcessorAndTheSameOnAll) {
  const std::vector<double> x = arguments();
  std::vector<double> first;
  on_every_target([&] {
    std::vector<double> out(x.size());
    atan_lanes(x, out);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = std::atan(x[i]), ulp = std::nextafter(std::abs(exact), 9.0) - std::abs(exact);
      ASSERT_LE(std::abs(out[i] - exact), ulp) << x[i];
      ASSERT_EQ(std::signbit(out[i]), std::signbit(x[i])) << x[i];
    }
    if (first.empty()) first = out;
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(out[i]), std::bit_cast<std::uint64_t>(first[i])) << x[i];
    }
  });
}

TEST(AtanLanes, ALaneDoesNotSeeItsNeighbours) {
  const std::vector<double> x = arguments();
  std::vector<double> all(x.size());
  atan_lanes(x, all);
  for (std::size_t count = 0; count < 20; ++count) {
    std::vector<double> some(count + 1, 7.0);
    atan_lanes(std::span(x).subspan(5, count), std::span(some).first(count));
    EXPECT_EQ(some.back(), 7.0) << "written beyond the end";
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(some[i], all[5 + i]);
  }
}

TEST(AtanLanes, PassesNaNOnAndWorksInPlace) {
  std::vector<double> x{std::nan(""), 1.0};
  atan_lanes(x, x);
  EXPECT_TRUE(std::isnan(x[0]));
  EXPECT_DOUBLE_EQ(x[1], 0.78539816339744831);
}

}  // namespace
}  // namespace pianola
