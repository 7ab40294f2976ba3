#include "pianola/base/uniform_lanes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "base/every_target.hpp"

namespace pianola {
namespace {

struct Counters {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h, draws;
};

/// Words of all sizes, repeats among them.
Counters counters_of(std::size_t count) {
  Counters of;
  for (std::size_t i = 0; i < count; ++i) {
    of.ids.push_back(i % 3 == 0 ? i / 2 : i * 0x9E3779B97F4A7C15u);
    of.h.push_back(i % 5 == 0 ? std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(i)
                              : static_cast<std::uint32_t>(i % 7));
    of.draws.push_back(i % 4 == 0 ? ~static_cast<std::uint32_t>(i) : static_cast<std::uint32_t>(i % 11));
  }
  return of;
}

void expect_same_bits(const NoiseKey& key, std::size_t count) {
  const Counters of = counters_of(count);
  std::vector<double> lanes(count + 1, 7.0), pairs(2 * count + 1, 7.0);
  uniform_lanes(key, of.ids, of.h, {lanes.data(), count});
  uniform_pairs(key, of.ids, of.h, of.draws, {pairs.data(), 2 * count});
  EXPECT_EQ(lanes.back(), 7.0) << "written beyond the end";
  EXPECT_EQ(pairs.back(), 7.0) << "written beyond the end";
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = key.block(of.ids[i], of.h[i], of.draws[i]);
    ASSERT_EQ(lanes[i], uniform(key, of.ids[i], of.h[i])) << i << " of " << count;
    ASSERT_EQ(pairs[2 * i], uniform_from_bits(bits[0], bits[1])) << i << " of " << count;
    ASSERT_EQ(pairs[2 * i + 1], uniform_from_bits(bits[2], bits[3])) << i << " of " << count;
  }
}

TEST(UniformLanes, AreTheScalarFunctionsBitsForAnyNumber) {
  for (std::size_t count = 0; count < 40; ++count) expect_same_bits(NoiseKey(3).child("dither"), count);
  for (const std::uint64_t seed : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 32}) {
    expect_same_bits(NoiseKey(seed), 5000);
  }
}

TEST(UniformLanes, AreTheScalarFunctionsBitsWithEveryInstructionSet) {
  on_every_target([] {
    for (const std::size_t count : {1, 7, 8, 9, 64, 1001}) expect_same_bits(NoiseKey(5), count);
  });
}

}  // namespace
}  // namespace pianola
