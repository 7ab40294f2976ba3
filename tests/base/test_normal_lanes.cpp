#include "pianola/base/normal_lanes.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/every_target.hpp"

namespace pianola {
namespace {

struct Lanes {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
};

/// Ids and steps of all sizes, repeats among them.
Lanes lanes_of(std::size_t count) {
  Lanes lanes;
  for (std::size_t i = 0; i < count; ++i) {
    lanes.ids.push_back(i % 3 == 0 ? i / 2 : i * 0x9E3779B97F4A7C15u);
    lanes.h.push_back(i % 5 == 0 ? std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(i)
                                 : static_cast<std::uint32_t>(i % 7));
  }
  return lanes;
}

void expect_same_bits(const NoiseKey& key, std::size_t count) {
  const Lanes lanes = lanes_of(count);
  std::vector<double> drawn(count + 1, 7.0);
  normal_lanes(key, lanes.ids, lanes.h, {drawn.data(), count});
  EXPECT_EQ(drawn[count], 7.0) << "written beyond the end";
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(drawn[i]),
              std::bit_cast<std::uint64_t>(normal(key, lanes.ids[i], lanes.h[i])))
        << "lane " << i << " of " << count;
  }
}

TEST(NormalLanes, AreTheScalarFunctionsBitsForAnyNumberOfLanes) {
  for (std::size_t count = 0; count < 140; ++count) expect_same_bits(NoiseKey(3).child("plant"), count);
}

TEST(NormalLanes, AreTheScalarFunctionsBitsWithEveryInstructionSet) {
  on_every_target([] {
    for (const std::size_t count : {1, 8, 63, 64, 65, 1000}) expect_same_bits(NoiseKey(5), count);
  });
}

TEST(NormalLanes, AreTheScalarFunctionsBitsForAnyKeyAndIntoTheTails) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 32}) {
    expect_same_bits(NoiseKey(seed), 20000);
  }
  const Lanes lanes = lanes_of(20000);
  std::vector<double> drawn(20000);
  normal_lanes(NoiseKey(0), lanes.ids, lanes.h, drawn);
  std::size_t tails = 0;
  for (const double z : drawn) tails += std::abs(z) > 1.4396 ? 1 : 0;  // beyond the middle of the quantile function
  EXPECT_NEAR(static_cast<double>(tails) / 20000.0, 0.15, 0.02);
}

}  // namespace
}  // namespace pianola
