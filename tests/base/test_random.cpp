#include "pianola/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace pianola {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Random123 1.14, tests/kat_vectors: philox4x32 10.
TEST(Philox, MatchesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(NoiseKey, AStreamDependsOnNameAndIndexOnly) {
  const NoiseKey root(7);
  EXPECT_EQ(root.child("plant", 3), NoiseKey(7).child("plant", 3));
  EXPECT_EQ(NoiseKey(root.child("plant").value()), root.child("plant"));
}

TEST(NoiseKey, DifferentPathsGiveDifferentStreams) {
  std::set<std::uint64_t> values;
  std::size_t made = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* name : {"", "plant", "expert", "controller", "dither", "plan"}) {
      for (std::uint64_t index = 0; index < 50; ++index) {
        const NoiseKey child = NoiseKey(seed).child(name, index);
        values.insert(child.value());
        values.insert(child.child("plant").value());
        made += 2;
      }
    }
  }
  EXPECT_EQ(values.size(), made);
}

TEST(NoiseKey, AChildIsNoBlockOfItsParent) {
  const NoiseKey key(5);
  const std::uint64_t child = key.child("plant", 2).value();
  for (std::uint32_t draw = 0; draw < 1000; ++draw) {
    const Words block = key.block(2, 0, draw);
    EXPECT_NE(child, (std::uint64_t{block[1]} << 32) | block[0]);
  }
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

// The sample correlation of independent streams is normal with deviation 1/√n; 4.5 of them is one in 150,000.
TEST(NoiseKey, NeighbouringStreamsAreUncorrelated) {
  constexpr std::size_t kN = 40000;
  const NoiseKey root(11);
  const std::vector<NoiseKey> keys = {root, NoiseKey(12), root.child("plant"), root.child("plant", 1),
                                      root.child("expert")};
  std::vector<std::vector<double>> streams;
  for (const NoiseKey& key : keys) {
    auto& stream = streams.emplace_back();
    for (std::size_t i = 0; i < kN; ++i) stream.push_back(uniform(key, i, 4) - 0.5);
  }
  // Neighbours in trajectory, step and draw.
  for (const auto& [id, h, draw] : {std::array<std::uint32_t, 3>{1, 4, 0}, {0, 5, 0}, {0, 4, 1}}) {
    auto& stream = streams.emplace_back();
    for (std::size_t i = 0; i < kN; ++i) stream.push_back(uniform(root, i + id, h, draw) - 0.5);
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_LT(std::abs(correlation(streams[i], streams[j])), 4.5 / std::sqrt(double{kN})) << i << " and " << j;
    }
  }
}

TEST(Uniform, NeverReachesItsEnds) {
  EXPECT_EQ(uniform_from_bits(0, 0), 0x1.0p-53);
  EXPECT_EQ(uniform_from_bits(0xffffffff, 0xffffffff), 1.0 - 0x1.0p-53);
  EXPECT_TRUE(std::isfinite(normal_quantile(uniform_from_bits(0xffffffff, 0xffffffff))));
  EXPECT_TRUE(std::isfinite(normal_quantile(uniform_from_bits(0, 0))));
}

TEST(Uniform, IsUniformByTheChiSquareTest) {
  constexpr std::size_t kN = 200000, kCells = 100;
  std::vector<double> counts(kCells);
  for (std::size_t i = 0; i < kN; ++i) ++counts[static_cast<std::size_t>(uniform(NoiseKey(3), i, 0) * kCells)];
  double chi = 0.0;
  for (const double count : counts) chi += std::pow(count - kN / kCells, 2) / (kN / kCells);
  EXPECT_LT(chi, 160.0);  // 99 degrees of freedom: one in 10,000 above 160
  EXPECT_GT(chi, 55.0);   // nor suspiciously even
}

// Boost inverts erfc by rational approximations with Halley steps, independently of Wichura's.
double reference_quantile(double p) { return -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * p); }

TEST(NormalQuantile, AgreesWithBoostEverywhere) {
  for (int i = 1; i < 20000; ++i) {
    const double p = i / 20000.0;
    EXPECT_NEAR(normal_quantile(p), reference_quantile(p), 2e-15 * std::max(1.0, std::abs(reference_quantile(p))));
  }
  for (double p = 0.1; p > 1e-300; p *= 0.3) {
    EXPECT_NEAR(normal_quantile(p), reference_quantile(p), 2e-15 * std::abs(reference_quantile(p))) << p;
  }
}

TEST(NormalQuantile, IsOddMonotoneAndInfiniteAtTheEnds) {
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_EQ(normal_quantile(0.0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1.0), std::numeric_limits<double>::infinity());
  for (int i = 1; i < 512; ++i) EXPECT_EQ(normal_quantile(i / 1024.0), -normal_quantile(1.0 - i / 1024.0));
  // Over the joints of the pieces (q = ±0.425, r = 5) too.
  std::vector<double> points;
  for (int i = 1; i < 4000; ++i) points.push_back(i / 4000.0);
  for (int i = -200; i <= 200; ++i) {
    points.push_back(0.075 + i * 1e-9);
    points.push_back(std::exp(-25.0) * (1.0 + i * 1e-9));
  }
  std::sort(points.begin(), points.end());
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_LE(normal_quantile(points[i - 1]), normal_quantile(points[i])) << points[i];
  }
}

// Standard errors of the first four moments of n normals: √(1/n), √(2/n), √(15/n), √(96/n).
TEST(Normals, HaveTheMomentsOfTheStandardNormalLaw) {
  constexpr std::size_t kN = 400000;
  std::vector<double> z(kN);
  normals(NoiseKey(9), 1, 2, z);
  double m1 = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0;
  for (const double x : z) {
    m1 += x / kN;
    m2 += x * x / kN;
    m3 += x * x * x / kN;
    m4 += x * x * x * x / kN;
  }
  const double root = std::sqrt(double{kN});
  EXPECT_LT(std::abs(m1), 4.5 / root);
  EXPECT_LT(std::abs(m2 - 1.0), 4.5 * std::sqrt(2.0) / root);
  EXPECT_LT(std::abs(m3), 4.5 * std::sqrt(15.0) / root);
  EXPECT_LT(std::abs(m4 - 3.0), 4.5 * std::sqrt(96.0) / root);
}

TEST(Normals, DoNotDependOnHowManyAreAskedFor) {
  std::vector<double> five(5), six(6);
  normals(NoiseKey(1), 2, 3, five);
  normals(NoiseKey(1), 2, 3, six);
  EXPECT_TRUE(std::equal(five.begin(), five.end(), six.begin()));
  EXPECT_EQ(five[0], normal(NoiseKey(1), 2, 3, 0));
  EXPECT_EQ(five[2], normal(NoiseKey(1), 2, 3, 1));
}

TEST(Normals, TheTwoHalvesOfABlockAreUncorrelated) {
  constexpr std::size_t kN = 80000;
  std::vector<double> z(kN), first, second;
  normals(NoiseKey(4), 0, 0, z);
  for (std::size_t i = 0; i < kN; i += 2) {
    first.push_back(z[i]);
    second.push_back(z[i + 1]);
  }
  EXPECT_LT(std::abs(correlation(first, second)), 4.5 / std::sqrt(kN / 2.0));
}

}  // namespace
}  // namespace pianola
