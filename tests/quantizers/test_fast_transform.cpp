#include "pianola/quantizers/fast_transform.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <utility>

#include "pianola/base/random.hpp"
#include "property.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {
namespace {

std::vector<std::int32_t> forward(const FastTransform& transform, const std::vector<float>& chunk) {
  FastTransform::Workspace workspace(transform);
  std::vector<std::int32_t> q(chunk.size());
  transform.forward(chunk, workspace, q);
  return q;
}

std::vector<float> inverse(const FastTransform& transform, const std::vector<std::int32_t>& q) {
  FastTransform::Workspace workspace(transform);
  std::vector<float> chunk(q.size());
  transform.inverse(q, workspace, chunk);
  return chunk;
}

TEST(FastTransform, RoundsWhatTheReferenceGives) {
  const std::size_t chunk = 12, dim = 3;
  const FastTransform transform({{-2, 0, 5}, {2, 1, 9}}, chunk, 10.0);
  std::vector<float> u(chunk * dim);
  std::vector<double> x(u.size()), c(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double middle[] = {0, 0.5, 7}, radius[] = {2, 0.5, 2};
    x[i] = 2.4 * uniform(NoiseKey(1), i, 0) - 1.2;
    u[i] = static_cast<float>(middle[i % dim] + radius[i % dim] * x[i]);
    x[i] = std::clamp((static_cast<double>(u[i]) - middle[i % dim]) / radius[i % dim], -1.0, 1.0);
  }
  dct_reference(x, chunk, c);
  const auto q = forward(transform, u);
  for (std::size_t i = 0; i < q.size(); ++i) EXPECT_EQ(q[i], std::nearbyint(10.0 * c[i])) << i;
}

/// Multiples of 2⁻²³ in [−1, 1): every bit of a float32.
std::vector<float> golden_chunk(std::size_t number, std::size_t width) {
  std::vector<float> chunk(width);
  for (std::size_t i = 0; i < width; ++i) {
    chunk[i] = static_cast<float>(hash24(static_cast<std::uint32_t>(number * width + i)) * 0x1p-23 - 1.0);
  }
  return chunk;
}

/// The original's coefficients from float32 input, by its own float32 transform: ours, but for the listed ones, which
/// lie within the rounding of that transform of a half.
TEST(FastTransform, GoldenCoefficientsOfFloat32Input) {
  std::ifstream file(PIANOLA_GOLDEN);
  std::string line;
  std::getline(file, line);
  std::getline(file, line);
  std::size_t count = 0, horizon = 0, dim = 0, other = 0, sets = 0;
  for (double scale = 0.0; file >> count >> horizon >> dim >> scale; ++sets) {
    const FastTransform transform({std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)}, horizon, scale);
    const std::size_t width = horizon * dim;
    std::uint32_t hash = 0, expected = 0;
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::int32_t q : forward(transform, golden_chunk(i, width)))
        hash = hash * 31 + static_cast<std::uint32_t>(q);
      if (i % 50 != 49) continue;
      file >> std::hex >> expected >> std::dec;
      EXPECT_EQ(std::exchange(hash, 0), expected) << "up to chunk " << i;
    }
    ASSERT_TRUE(file >> other);
    EXPECT_GT(other, 0U);
    for (std::size_t i = 0, chunk = 0, k = 0, d = 0; i < other; ++i) {
      std::int32_t q = 0;
      ASSERT_TRUE(file >> chunk >> k >> d >> q);
      const auto u = golden_chunk(chunk, width);
      std::vector<double> c(width);
      dct_reference(std::vector<double>(u.begin(), u.end()), horizon, c);
      EXPECT_EQ(std::abs(forward(transform, u)[k * dim + d] - q), 1);
      EXPECT_NEAR(std::abs(scale * c[k * dim + d] - q), 0.5, 1e-6 * scale);
    }
  }
  EXPECT_EQ(sets, 2U);
}

TEST(FastTransform, HalvesGoToEven) {
  const FastTransform transform({{-1}, {1}}, 1, 10.0);
  for (const double tenths : {0.5, 1.5, 2.5, -0.5, -1.5, 9.5}) {
    const auto q = forward(FastTransform({{-64}, {64}}, 1, 64.0), {static_cast<float>(tenths)});
    EXPECT_EQ(q[0], std::nearbyint(tenths)) << tenths;
  }
  EXPECT_EQ(forward(transform, {1.0F})[0], 10);
  EXPECT_EQ(forward(transform, {7.0F})[0], 10);
  EXPECT_EQ(transform.largest(0), 10);
}

TEST(FastTransform, ConstantDimensionsComeBackAsTheirMiddle) {
  const FastTransform transform({{3, 1, -1e-40}, {3, 1 + 1e-12, 1e-40}}, 2, 10.0);
  EXPECT_EQ(forward(transform, {3, 1, 0, -50, 70, 1}), (std::vector<std::int32_t>(6, 0)));
  const auto back = inverse(transform, {5, -3, 2, 0, 1000000, 7});
  for (std::size_t h = 0; h < 2; ++h) {
    EXPECT_EQ(back[3 * h], 3.0F);
    EXPECT_EQ(back[3 * h + 1], 1.0F);
    EXPECT_EQ(back[3 * h + 2], 0.0F);
  }
}

TEST(FastTransform, AnyIntegersComeBackFinite) {
  const FastTransform transform({{-1e36, -1}, {1e36, 1}}, 5, 1e-3);
  test::property("finite", [&] {
    const auto q = *rc::gen::container<std::vector<std::int32_t>>(10, rc::gen::inRange(-(1 << 30), 1 << 30));
    for (const float u : inverse(transform, q)) RC_ASSERT(std::isfinite(u));
  });
}

TEST(FastTransform, ErrorIsBoundedAndCoefficientsToo) {
  test::property("bounds", [] {
    const std::size_t chunk = *rc::gen::inRange<std::size_t>(1, 40);
    const double scale = *rc::gen::element(1.0, 10.0, 77.0);
    const FastTransform transform({{-1, 4}, {1, 4.5}}, chunk, scale);
    const NoiseKey key(*rc::gen::arbitrary<std::uint64_t>());
    const bool extremes = *rc::gen::arbitrary<bool>();
    std::vector<float> u(2 * chunk);
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double x = extremes ? (uniform(key, i, 0) < 0.5 ? -1.0 : 1.0) : 2.0 * uniform(key, i, 0) - 1.0;
      u[i] = static_cast<float>(i % 2 == 0 ? x : 4.25 + 0.25 * x);
    }
    const auto q = forward(transform, u);
    for (std::size_t i = 0; i < q.size(); ++i) RC_ASSERT(std::abs(q[i]) <= transform.largest(i / 2));
    const auto back = inverse(transform, q);
    const std::vector<double> errors(chunk, 0.5 + 1e-9);
    for (std::size_t i = 0; i < u.size(); ++i) {
      RC_ASSERT(std::abs(back[i] - u[i]) <= transform.step_error(errors, i % 2));
    }
  });
}

}  // namespace
}  // namespace pianola::testing
