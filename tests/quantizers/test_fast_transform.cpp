#include "pianola/quantizers/fast_transform.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "property.hpp"

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
