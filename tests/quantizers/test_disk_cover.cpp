#include "pianola/quantizers/disk_cover.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "pianola/base/parallel.hpp"
#include "property.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola {
namespace {

std::vector<float> normal_rows(std::size_t n, std::size_t dim, std::uint64_t seed) {
  std::vector<float> rows(n * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(normal(NoiseKey(seed), i, 0));
  return rows;
}

double distance(const float* a, const float* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t d = 0; d < dim; ++d) sum += std::pow(static_cast<double>(a[d]) - static_cast<double>(b[d]), 2);
  return std::sqrt(sum);
}

/// The next number of the golden file.
double next_number(std::ifstream& file) {
  while (file.peek() == '#' || file.peek() == '\n') file.ignore(1000, '\n');
  double value = 0.0;
  file >> value;
  return value;
}

// Centres are rows, to the bit; the original's means are float32 sums.
TEST(DiskCover, GivesTheCodesOfTheOriginal) {
  std::ifstream file(PIANOLA_GOLDEN);
  ASSERT_TRUE(file.good());
  const std::size_t dim = 6, disks = 64;
  const auto rows = testing::golden_numbers(0, 12000 * dim);
  const auto draw = [](std::size_t disk) {
    if (disk == 0) return 0.0;
    return (static_cast<double>(testing::golden_number(5000000 + static_cast<std::uint32_t>(disk))) + 2.0) / 4.0;
  };
  for (const bool means : {false, true}) {
    const DiskCover cover = cover_by_disks(rows, dim, {disks, 1.5, means}, draw);
    ASSERT_EQ(cover.disks, disks);
    for (std::size_t i = 0; i < cover.codes.size(); ++i) {
      const auto wanted = static_cast<float>(next_number(file));
      ASSERT_NEAR(cover.codes[i], wanted, means ? 1e-5 : 0.0) << "disk " << i / dim << ", means " << means;
    }
  }
}

// The definition itself: centres lie further apart than the radius, and every covered row within it of one.
TEST(DiskCover, CentresAreApartAndCoverTheirRows) {
  test::property("disks cover", [] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 5), k = *rc::gen::inRange<std::size_t>(1, 30);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const double radius = 0.05 * *rc::gen::inRange(1, 40);
    const auto rows = normal_rows(200, dim, seed);
    const DiskCover cover = cover_by_disks(rows, dim, {k, radius, false}, NoiseKey(seed));
    RC_ASSERT(cover.codes.size() == cover.disks * dim);
    RC_ASSERT(cover.disks == k || cover.uncovered == 0U);
    for (std::size_t i = 0; i < cover.disks; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        RC_ASSERT(distance(&cover.codes[i * dim], &cover.codes[j * dim], dim) > radius * (1.0 - 1e-12));
      }
    }
    std::size_t outside = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      bool inside = false;
      for (std::size_t j = 0; j < cover.disks; ++j) {
        inside = inside || distance(&rows[i * dim], &cover.codes[j * dim], dim) <= radius * (1.0 + 1e-12);
      }
      outside += static_cast<std::size_t>(!inside);
    }
    RC_ASSERT(outside <= cover.uncovered);
  });
}

TEST(DiskCover, MeansAreOfWhatIsLeft) {
  const std::vector<float> rows{0.0F, 0.2F, 10.0F, 10.4F};
  DiskCover cover = cover_by_disks(rows, 1, {5, 1.0, true}, NoiseKey(1));
  std::sort(cover.codes.begin(), cover.codes.end());
  ASSERT_EQ(cover.disks, 2U);
  EXPECT_FLOAT_EQ(cover.codes[0], 0.1F);
  EXPECT_FLOAT_EQ(cover.codes[1], 10.2F);
  EXPECT_EQ(cover.uncovered, 0U);
}

TEST(DiskCover, RadiusZeroTakesDistinctRows) {
  const std::vector<float> rows{1, 2, 1, 3, 2, 1};
  EXPECT_EQ(cover_by_disks(rows, 1, {9, 0.0, false}, NoiseKey(1)).disks, 3U);
  EXPECT_EQ(cover_by_disks(rows, 1, {2, 0.0, false}, NoiseKey(1)).disks, 2U);
}

TEST(DiskCover, TheRadiusIsLargeAndGivesEnoughDisks) {
  const auto rows = normal_rows(3000, 2, 4);
  for (const std::size_t k : {1U, 2U, 20U, 200U}) {
    const double radius = largest_radius(rows, 2, k, NoiseKey(3));
    EXPECT_EQ(cover_by_disks(rows, 2, {k, radius, false}, NoiseKey(3)).disks, k);
    if (k > 1) {
      EXPECT_LT(cover_by_disks(rows, 2, {k, 1.5 * radius, false}, NoiseKey(3)).disks, k) << k;
    }
  }
  EXPECT_EQ(largest_radius(std::vector<float>{2, 2, 2}, 1, 1, NoiseKey(3)), 0.0);
}

TEST(DiskCover, ThreadsChangeNoBit) {
  const auto rows = normal_rows(40000, 3, 4);
  set_threads(1);
  const DiskCover one = cover_by_disks(rows, 3, {50, 0.4, true}, NoiseKey(3));
  set_threads(2);
  const DiskCover two = cover_by_disks(rows, 3, {50, 0.4, true}, NoiseKey(3));
  set_threads(0);
  EXPECT_EQ(one.codes, two.codes);
  EXPECT_EQ(one.uncovered, two.uncovered);
}

}  // namespace
}  // namespace pianola
