#include "pianola/quantizers/uniform_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Dimensions of very different place and width; every fifth has one cell only.
UniformGrid make_grid(std::size_t dim, std::uint32_t bins, std::uint64_t seed = 1) {
  const NoiseKey key(seed);
  std::vector<float> origin(dim), scale(dim), levels(dim * bins);
  for (std::size_t d = 0; d < dim; ++d) {
    const double width = std::exp2(8.0 * uniform(key, d, 0) - 4.0);
    origin[d] = static_cast<float>(-width * uniform(key, d, 1));
    scale[d] = d % 5 == 4 ? 0.0F : static_cast<float>(bins / width);
    for (std::uint32_t k = 0; k < bins; ++k) levels[d * bins + k] = static_cast<float>(normal(key, d, k));
  }
  return UniformGrid(origin, scale, bins, std::move(levels));
}

/// Everything that may go wrong: random numbers, cell edges and their neighbours, denormals, zeros, huge ones, no
/// numbers.
std::vector<float> hostile_values(const UniformGrid& grid, std::size_t n, std::uint64_t seed) {
  const NoiseKey key(seed);
  const std::vector<float> special{0.0F,     -0.0F,    1e-45F, -1e-45F, 1e-39F, 3.4e38F,
                                   -3.4e38F, 1.2e-38F, kInf,   -kInf,   kNaN,   -kNaN};
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto dice = key.block(i, 0, 0);
    const float origin = grid.origin()[i % grid.dim()], scale = grid.scale()[i % grid.dim()];
    const float edge = scale > 0.0F ? origin + static_cast<float>(dice[1] % (grid.bins() + 1)) / scale : origin;
    switch (dice[0] % 6) {
      case 0:
        values[i] = special[dice[2] % special.size()];
        break;
      case 1:
        values[i] = edge;
        break;
      case 2:
        values[i] = std::nextafter(edge, kInf);
        break;
      case 3:
        values[i] = std::nextafter(edge, -kInf);
        break;
      default:
        values[i] = edge + static_cast<float>(normal(key, i, 1)) / (scale > 0.0F ? scale : 1.0F);
    }
  }
  return values;
}

template <class T>
void expect_reference_tokens(const UniformGrid& grid, std::span<const float> values) {
  std::vector<std::uint32_t> wanted(values.size());
  encode_uniform_reference(grid, values, wanted);
  std::vector<T> got(values.size() + 1, T{77});
  encode_uniform(grid, values, std::span(got).first(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(got[i], wanted[i]) << "value " << i << " is " << values[i] << ", dimensions " << grid.dim() << ", bins "
                                 << grid.bins();
  }
  ASSERT_EQ(got.back(), T{77}) << "wrote behind the end";
}

template <class T>
void expect_reference_values(const UniformGrid& grid, std::span<const std::uint32_t> tokens) {
  std::vector<T> narrow(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) narrow[i] = static_cast<T>(tokens[i]);
  const std::vector<std::uint32_t> wide(narrow.begin(), narrow.end());
  std::vector<float> wanted(tokens.size()), got(tokens.size() + 1, 77.0F);
  decode_uniform_reference(grid, wide, wanted);
  decode_uniform(grid, std::span<const T>(narrow), std::span(got).first(tokens.size()));
  ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), got.begin()));
  ASSERT_EQ(got.back(), 77.0F) << "wrote behind the end";
}

void expect_all(std::size_t dim, std::uint32_t bins, std::size_t n, std::size_t offset) {
  const UniformGrid grid = make_grid(dim, bins, dim + bins);
  std::vector<float> storage = hostile_values(grid, n + offset, n);
  for (std::size_t i = 0; i < n; ++i) storage[i + offset] = storage[i];  // any alignment, phase 0 at `offset`
  const auto values = std::span<const float>(storage).subspan(offset, n);
  std::vector<std::uint32_t> tokens(n);
  for (std::size_t i = 0; i < n; ++i) tokens[i] = NoiseKey(n).block(i, 3, 0)[0] >> (i % 33 == 32 ? 0 : i % 33);
  if (bins <= 256) {
    expect_reference_tokens<std::uint8_t>(grid, values);
    expect_reference_values<std::uint8_t>(grid, tokens);
  }
  expect_reference_tokens<std::uint16_t>(grid, values);
  expect_reference_tokens<std::uint32_t>(grid, values);
  expect_reference_values<std::uint16_t>(grid, tokens);
  expect_reference_values<std::uint32_t>(grid, tokens);
}

TEST(UniformKernels, GiveTheReferencesBitsInEveryDimension) {
  on_every_target([] {
    for (std::size_t dim = 1; dim <= 26; ++dim) expect_all(dim, 256, dim * 61, dim % 16);
    for (const std::size_t dim : {33U, 64U, 100U}) expect_all(dim, 17, dim * 13, 3);
  });
}

TEST(UniformKernels, GiveTheReferencesBitsForEveryNumberOfBins) {
  on_every_target([] {
    for (const std::uint32_t bins : {1U, 2U, 3U, 17U, 255U, 256U, 257U, 1000U, 32768U, 65535U, 65536U})
      expect_all(7, bins, 2000, 1);
  });
}

TEST(UniformKernels, GiveTheReferencesBitsForEveryLength) {
  on_every_target([] {
    for (std::size_t n = 0; n < 200; ++n) expect_all(5, 64, n, n % 17);
  });
}

TEST(UniformKernels, DimensionsMayHaveDifferentNumbersOfBins) {
  on_every_target([] {
    for (const std::size_t dim : {2U, 3U, 7U, 26U, 40U}) {
      const UniformGrid alike = make_grid(dim, 256);
      std::vector<std::uint32_t> bins(dim);
      std::vector<float> levels(dim * 256);
      for (std::size_t d = 0; d < dim; ++d) {
        bins[d] = d == 1 ? 256 : 1 + NoiseKey(9).block(d, 0, 0)[0] % 256;
        for (std::uint32_t k = 0; k < 256; ++k) levels[d * 256 + k] = static_cast<float>(std::min(k, bins[d] - 1));
      }
      const UniformGrid grid(alike.origin(), alike.scale(), bins, levels);
      EXPECT_FALSE(grid.alike());
      const std::vector<float> values = hostile_values(grid, dim * 97, dim);
      expect_reference_tokens<std::uint8_t>(grid, values);
      expect_reference_tokens<std::uint16_t>(grid, values);
      expect_reference_tokens<std::uint32_t>(grid, values);
      std::vector<std::uint32_t> tokens(values.size());
      encode_uniform(grid, values, std::span(tokens));
      for (std::size_t i = 0; i < tokens.size(); ++i) ASSERT_LT(tokens[i], bins[i % dim]);
      expect_reference_values<std::uint8_t>(grid, tokens);
      tokens.assign(values.size(), 255);  // beyond the last of most
      std::vector<float> decoded(values.size());
      decode_uniform(grid, std::span<const std::uint32_t>(tokens), decoded);
      for (std::size_t i = 0; i < tokens.size(); ++i) ASSERT_EQ(decoded[i], static_cast<float>(bins[i % dim] - 1));
    }
  });
}

/// dim × 256 even levels.
UniformGrid even_grid(std::size_t dim, bool given = true) {
  const UniformGrid cells = make_grid(dim, 256);
  const std::vector<std::uint32_t> bins(dim, 256);
  std::vector<float> levels;
  EvenLevels even;
  for (std::size_t d = 0; d < dim; ++d) {
    even.middle.push_back(d % 3 == 0 ? 0.0 : normal(NoiseKey(5), d, 0));
    even.step.push_back(d % 5 == 4 ? 0.0 : std::exp2(4.0 * normal(NoiseKey(5), d, 1)));
    for (std::uint32_t k = 0; k < 256; ++k) {
      levels.push_back(static_cast<float>(even.middle[d] + (k - 127.5) * even.step[d]));
    }
  }
  return UniformGrid(cells.origin(), cells.scale(), bins, levels, given ? even : EvenLevels());
}

TEST(UniformKernels, ComputedLevelsAreTheBitsOfTheTable) {
  on_every_target([] {
    for (std::size_t dim = 1; dim <= 40; ++dim) {
      const UniformGrid grid = even_grid(dim);
      ASSERT_TRUE(grid.even());
      std::vector<std::uint32_t> tokens(dim * 97 + dim % 13);
      for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = NoiseKey(3).block(i, 0, 0)[0] >> (i % 25);
      expect_reference_values<std::uint8_t>(grid, tokens);
      expect_reference_values<std::uint16_t>(grid, tokens);
      expect_reference_values<std::uint32_t>(grid, tokens);
    }
  });
}

TEST(UniformKernels, LevelsThatAreNotEvenAreLookedUp) {
  const std::vector<float> zero(1, 0.0F), one(1, 1.0F);
  const std::vector<std::uint32_t> bins(1, 3);
  const EvenLevels even{{1.0}, {1.0}};
  EXPECT_TRUE(UniformGrid(zero, one, bins, {0.0F, 1.0F, 2.0F}, even).even());
  EXPECT_FALSE(UniformGrid(zero, one, bins, {0.0F, 1.0F, std::nextafter(2.0F, 3.0F)}, even).even());
  EXPECT_FALSE(even_grid(3, false).even());
}

TEST(UniformKernels, EqualDimensionsShareOneRow) {
  const std::vector<float> origin(6, -1.0F), scale(6, 4.0F);
  const UniformGrid grid(origin, scale, 8, std::vector<float>(48, 0.5F));
  EXPECT_EQ(grid.period(), 1U);
  expect_reference_tokens<std::uint8_t>(grid, hostile_values(grid, 999, 4));
}

TEST(UniformKernels, CellsAreHalfOpenAndClipped) {
  const UniformGrid grid(std::vector<float>{-1.0F}, std::vector<float>{2.0F}, 4, {-0.75F, -0.25F, 0.25F, 0.75F});
  const std::vector<float> values{-9.0F, -1.0F, -0.51F, -0.5F, 0.0F, 0.5F, 1.0F, 9.0F, -kInf, kInf, kNaN};
  std::vector<std::uint8_t> tokens(values.size());
  encode_uniform(grid, values, std::span(tokens));
  EXPECT_EQ(tokens, (std::vector<std::uint8_t>{0, 0, 0, 1, 2, 3, 3, 3, 0, 3, 0}));
}

TEST(UniformKernels, EncodeIsMonotone) {
  test::property("a larger value never has a smaller token", [] {
    const auto bins = *rc::gen::inRange<std::uint32_t>(1, 65537);
    const UniformGrid grid = make_grid(1, bins, *rc::gen::arbitrary<std::uint64_t>());
    const auto a = static_cast<float>(*rc::gen::inRange(-2000000, 2000000)) * 1e-5F;
    std::vector<float> values{a, std::nextafter(a, kInf), a + 0.01F, a + 1.0F};
    std::vector<std::uint32_t> tokens(4);
    encode_uniform_reference(grid, values, tokens);
    RC_ASSERT(std::is_sorted(tokens.begin(), tokens.end()));
  });
}

}  // namespace
}  // namespace pianola
