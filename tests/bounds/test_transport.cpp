#include "pianola/bounds/transport.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

struct Law {
  std::vector<double> atoms, weights;
  operator DiscreteLaw() const { return {atoms, weights}; }
};

Law drawn_law(std::size_t n, std::size_t dim, const NoiseKey& key, double grid = 0.0) {
  Law law;
  for (std::size_t i = 0; i < n * dim; ++i) {
    const double x = 4.0 * uniform(key, i, 0);
    law.atoms.push_back(grid > 0.0 ? std::round(x / grid) * grid : x);
  }
  for (std::size_t i = 0; i < n; ++i) law.weights.push_back(uniform(key, i, 1) < 0.1 ? 0.0 : uniform(key, i, 2));
  law.weights[0] += 1e-3;
  const double sum = std::accumulate(law.weights.begin(), law.weights.end(), 0.0);
  for (double& weight : law.weights) weight /= sum;
  return law;
}

TEST(Transport, PointMassesAreNearOrFar) {
  const Law a{{1.0, 2.0}, {1.0}}, b{{1.0, 2.5}, {1.0}};
  EXPECT_EQ(transport(a, b, 2, 0.5).distance, 0.0);
  EXPECT_EQ(transport(a, b, 2, 0.49).distance, 1.0);
  const Law c{{1.0}, {1.0}}, d{{1.5}, {1.0}};
  EXPECT_EQ(transport(c, d, 1, 0.5).distance, 0.0);
  EXPECT_EQ(transport(c, d, 1, 0.49).distance, 1.0);
}

TEST(Transport, WithoutToleranceItIsTheTotalVariation) {
  const Law p{{0, 1, 2}, {0.5, 0.25, 0.25}}, q{{0, 1, 2}, {0.25, 0.25, 0.5}};
  EXPECT_DOUBLE_EQ(transport(p, q, 1, 0.0).distance, total_variation(p.weights, q.weights));
  EXPECT_DOUBLE_EQ(transport(p, q, 1, 0.0).distance, 0.25);
}

// Left-to-right alone would be wrong if an atom took the nearest partner: here 1.0 must take 0.5 and leave 1.5 to 2.0.
TEST(Transport, OnALineTheLeftmostPartnerIsTaken) {
  const Law p{{1.0, 2.0}, {0.5, 0.5}}, q{{0.5, 1.5}, {0.5, 0.5}};
  EXPECT_EQ(transport(p, q, 1, 0.5).distance, 0.0);
}

TEST(Transport, IsTheWorstCut) {
  test::property([] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 4);
    const auto n = *rc::gen::inRange<std::size_t>(1, 9), m = *rc::gen::inRange<std::size_t>(1, 12);
    const NoiseKey key(*rc::gen::arbitrary<std::uint32_t>());
    const double grid = *rc::gen::element(0.0, 0.5);
    const Law p = drawn_law(n, dim, key.child("p"), grid), q = drawn_law(m, dim, key.child("q"), grid);
    const double tolerance = 0.5 * *rc::gen::inRange(0, 8);
    const Transport found = transport(p, q, dim, tolerance);
    RC_ASSERT(std::abs(found.distance - transport_by_cuts(p, q, dim, tolerance)) < 1e-12);
    const double left = std::accumulate(found.unmatched.begin(), found.unmatched.end(), 0.0);
    const double right = std::accumulate(found.unmatched_of_q.begin(), found.unmatched_of_q.end(), 0.0);
    RC_ASSERT(std::abs(left - found.distance) < 1e-12 && std::abs(right - found.distance) < 1e-12);
  });
}

// The line's matching and the flow agree where both apply: a line laid into the plane.
TEST(Transport, TheLineIsTheFlow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const NoiseKey key(seed);
    const Law p = drawn_law(70, 1, key.child("p"), 0.05), q = drawn_law(90, 1, key.child("q"), 0.05);
    const auto in_plane = [](const Law& law) {
      Law plane{{}, law.weights};
      for (const double x : law.atoms) plane.atoms.insert(plane.atoms.end(), {x, 0.0});
      return plane;
    };
    for (const double tolerance : {0.0, 0.04, 0.11, 0.3}) {
      EXPECT_NEAR(transport(p, q, 1, tolerance).distance, transport(in_plane(p), in_plane(q), 2, tolerance).distance,
                  1e-12);
    }
  }
}

TEST(Transport, IsSymmetricAndFallsWithTheTolerance) {
  const Law p = drawn_law(40, 2, NoiseKey(1)), q = drawn_law(60, 2, NoiseKey(2));
  double before = 1.0;
  for (double tolerance = 0.0; tolerance < 6.0; tolerance += 0.2) {
    const double distance = transport(p, q, 2, tolerance).distance;
    EXPECT_NEAR(distance, transport(q, p, 2, tolerance).distance, 1e-12);
    EXPECT_LE(distance, before + 1e-12);
    before = distance;
  }
  EXPECT_EQ(before, 0.0);
}

TEST(Transport, BadLawsAreRefused) {
  const Law good{{0.0}, {1.0}};
  const double inf = std::numeric_limits<double>::infinity();
  for (const Law& bad : {Law{{}, {}}, Law{{0.0, 1.0}, {1.0}}, Law{{0.0, 1.0}, {0.5, 0.4}}, Law{{0.0, 1.0}, {1.5, -0.5}},
                         Law{{inf}, {1.0}}}) {
    EXPECT_THROW((void)transport(bad, good, 1, 0.0), UsageError);
    EXPECT_THROW((void)transport(good, bad, 1, 0.0), UsageError);
  }
  EXPECT_THROW((void)transport(good, good, 0, 0.0), UsageError);
  EXPECT_THROW((void)transport(good, good, 1, -1.0), UsageError);
  EXPECT_THROW((void)total_variation(std::vector<double>{1.0}, {}), UsageError);
}

}  // namespace
}  // namespace pianola
