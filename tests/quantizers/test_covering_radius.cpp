#include "pianola/quantizers/covering_radius.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

struct Problem {
  std::vector<float> codes;
  std::vector<double> low, high, weights;
};

Problem make_problem(std::size_t k, std::size_t dim, std::uint64_t seed, bool weighted) {
  const NoiseKey key(seed);
  Problem p;
  for (std::size_t i = 0; i < k * dim; ++i) p.codes.push_back(static_cast<float>(2.0 * uniform(key, i, 0) - 1.0));
  for (std::size_t d = 0; d < dim; ++d) {
    p.low.push_back(-1.0 - uniform(key, d, 1));
    p.high.push_back(1.0 + uniform(key, d, 2));
    p.weights.push_back(weighted ? 0.2 + 2.0 * uniform(key, d, 3) : 1.0);
  }
  return p;
}

/// The error at u.
double error(const Problem& p, std::span<const double> u) {
  const std::size_t dim = p.low.size();
  double smallest = HUGE_VAL, result = 0.0;
  for (std::size_t j = 0; j * dim < p.codes.size(); ++j) {
    double weighted = 0.0, plain = 0.0;
    for (std::size_t d = 0; d < dim; ++d) {
      const double t = u[d] - static_cast<double>(p.codes[j * dim + d]);
      plain += t * t;
      weighted += p.weights[d] * p.weights[d] * t * t;
    }
    if (weighted >= smallest) continue;
    smallest = weighted;
    result = std::sqrt(plain);
  }
  return result;
}

/// The largest error on a grid.
double brute_force(const Problem& p, std::size_t points) {
  const std::size_t dim = p.low.size();
  auto n = static_cast<std::size_t>(std::pow(points, dim) + 0.5);
  double largest = 0.0;
  std::vector<double> u(dim);
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t rest = i;
    for (std::size_t d = 0; d < dim; ++d, rest /= points) {
      u[d] = p.low[d] + (p.high[d] - p.low[d]) * static_cast<double>(rest % points) / static_cast<double>(points - 1);
    }
    largest = std::max(largest, error(p, u));
  }
  return largest;
}

TEST(CoveringRadius, IsWhatBruteForceFinds) {
  for (const bool weighted : {false, true}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const std::size_t dim = 1 + seed % 3, points = dim == 1 ? 4001 : dim == 2 ? 161 : 41;
      const Problem p = make_problem(1 + 5 * seed % 13, dim, seed, weighted);
      const CoveringRadius radius = covering_radius(p.codes, p.low, p.high, p.weights, 1e8);
      const double found = brute_force(p, points), spacing = 4.0 * std::sqrt(dim) / static_cast<double>(points - 1);
      EXPECT_GE(radius.bound, found);
      EXPECT_LE(radius.attained, radius.bound);
      if (!weighted) {
        EXPECT_LE(radius.bound, 1.002 * found + spacing) << "seed " << seed;
        EXPECT_LE(radius.bound, 1.002 * radius.attained);
      }
    }
  }
}

TEST(CoveringRadius, OfOneCodeIsTheFarthestCorner) {
  const Problem p{{0.25F, -0.5F}, {-1, -1}, {1, 1}, {1, 1}};
  const double corner = std::hypot(1.25, 1.5);
  const CoveringRadius radius = covering_radius(p.codes, p.low, p.high, p.weights);
  EXPECT_NEAR(radius.bound, corner, 2e-3 * corner);
  EXPECT_GE(radius.bound, corner);
}

TEST(CoveringRadius, IsABoundWhateverTheWork) {
  test::property("no point is farther", [] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 9), k = *rc::gen::inRange<std::size_t>(1, 30);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Problem p = make_problem(k, dim, seed, *rc::gen::arbitrary<bool>());
    const double work = std::pow(10.0, *rc::gen::inRange(0, 6));
    const CoveringRadius radius = covering_radius(p.codes, p.low, p.high, p.weights, work);
    std::vector<double> u(dim);
    for (std::uint64_t i = 0; i < 300; ++i) {
      for (std::size_t d = 0; d < dim; ++d) {
        const double share = i % 3 == 0 ? std::round(uniform(NoiseKey(seed), i, 9, static_cast<std::uint32_t>(d)))
                                        : uniform(NoiseKey(seed), i, 9, static_cast<std::uint32_t>(d));
        u[d] = p.low[d] + (p.high[d] - p.low[d]) * share;
      }
      RC_ASSERT(error(p, u) <= radius.bound);
    }
  });
}

TEST(CoveringRadius, MoreWorkIsNoWorse) {
  const Problem p = make_problem(64, 6, 1, false);
  double before = HUGE_VAL;
  for (const double work : {0.0, 1e4, 1e6, 1e7}) {
    const double bound = covering_radius(p.codes, p.low, p.high, p.weights, work).bound;
    EXPECT_LE(bound, before);
    before = bound;
  }
}

TEST(CoveringRadius, PointsAndFlatBoxes) {
  const std::vector<float> codes{0.0F, 1.0F, 2.0F, 1.0F};
  const std::vector<double> ones{1, 1}, ignoring{1, 0};
  const std::vector<double> at{1.0, 1.0}, low{0.0, 1.0}, high{2.0, 1.0};
  EXPECT_NEAR(covering_radius(codes, at, at, ones).bound, 1.0, 1e-6);
  EXPECT_NEAR(covering_radius(codes, low, high, ones).bound, 1.0, 2e-3);
  EXPECT_NEAR(covering_radius(codes, low, high, ignoring).bound, 1.0, 2e-3);
}

}  // namespace
}  // namespace pianola
