#include "pianola/audits/finite_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "property.hpp"

namespace pianola {
namespace {

TEST(FiniteLaw, MergingSortsJoinsAndDrops) {
  FiniteLaw law{2, {1, 2, 0, 5, 1, 2, 9, 9}, {0.25, 0.5, 0.25, 0.0}};
  merge_atoms(law);
  EXPECT_EQ(law.atoms, (std::vector<double>{0, 5, 1, 2}));
  EXPECT_EQ(law.weights, (std::vector<double>{0.5, 0.5}));
}

TEST(FiniteLaw, AnActionThatIsNotFiniteIsNoLaw) {
  FiniteLaw law{1, {1.0, std::numeric_limits<double>::quiet_NaN()}, {0.5, 0.5}};
  merge_atoms(law);
  EXPECT_FALSE(law.exists());
}

FiniteLaw law_of(const std::vector<std::uint8_t>& numbers) {
  FiniteLaw law{1, {}, {}};
  for (const std::uint8_t x : numbers) {
    law.atoms.push_back(x % 16), law.weights.push_back(1.0 / static_cast<double>(numbers.size()));
  }
  merge_atoms(law);
  return law;
}

TEST(FiniteLaw, OneDimensionIsTheWassersteinDistanceAndTheTotalVariation) {
  test::property([](std::vector<std::uint8_t> a, std::vector<std::uint8_t> b) {
    if (a.empty() || b.empty()) return;
    const FiniteLaw p = law_of(a), q = law_of(b);
    double area = 0.0, one = 0.0, other = 0.0;  // ∫ |F − G|, over the integers
    for (double x = 0.0; x < 16.0; x += 1.0) {
      for (std::size_t i = 0; i < p.weights.size(); ++i) one += p.atoms[i] == x ? p.weights[i] : 0.0;
      for (std::size_t i = 0; i < q.weights.size(); ++i) other += q.atoms[i] == x ? q.weights[i] : 0.0;
      area += std::abs(one - other);
    }
    RC_ASSERT(std::abs(quantile_distance(p, q) - area) < 1e-9);
    RC_ASSERT(std::abs(total_variation(p, q) - transport(p.view(), q.view(), 1, 0.0).distance) < 1e-9);
  });
}

TEST(FiniteLaw, PointsAreAsFarApartAsTheyAre) {
  const FiniteLaw a{3, {1, 2, 3}, {1}}, b{3, {1, 5, 7}, {1}};
  EXPECT_DOUBLE_EQ(quantile_distance(a, b), 5.0);
  EXPECT_EQ(total_variation(a, b), 1.0);
  EXPECT_EQ(total_variation(a, a), 0.0);
}

}  // namespace
}  // namespace pianola
