#include "pianola/quantizers/code_clusters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/parallel.hpp"

namespace pianola::testing {
namespace {

std::vector<float> gaussian_rows(std::size_t n, std::size_t dim) {
  std::vector<float> rows(n * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(normal(NoiseKey(6), i, 0));
  return rows;
}

TEST(CodeClusters, SumsAndCountsOfEachCode) {
  const std::vector<float> rows{1, 2, 3, 4, 5, 6};
  const std::vector<Token> tokens{1, 0, 1};
  CodeClusters clusters(3, 2);
  clusters.add(rows, tokens, 2);
  EXPECT_EQ(clusters.sums, (std::vector<double>{3, 4, 6, 8, 0, 0}));
  EXPECT_EQ(clusters.counts, (std::vector<double>{1, 2, 0}));
}

TEST(CodeClusters, ThreadsChangeNoBit) {
  const auto rows = gaussian_rows(50000, 3);
  set_threads(1);
  const auto seeds = code_seeds(rows, 3, 9, NoiseKey(1));
  const auto tokens = assign_codes(rows, 3, seeds);
  set_threads(3);
  EXPECT_EQ(code_seeds(rows, 3, 9, NoiseKey(1)), seeds);
  EXPECT_EQ(assign_codes(rows, 3, seeds), tokens);
  set_threads(0);
}

TEST(CodeClusters, SeedsAreDistinctRows) {
  const std::vector<float> rows{1, 1, 2, 2, 3, 3, 3};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto seeds = code_seeds(rows, 1, 3, NoiseKey(seed));
    std::sort(seeds.begin(), seeds.end());
    EXPECT_EQ(seeds, (std::vector<float>{1, 2, 3}));
  }
  EXPECT_EQ(code_seeds(rows, 1, 5, NoiseKey(1)).size(), 3U);
}

// Two heaps far apart: a second seed in the first's heap has probability about 10⁻⁶.
TEST(CodeClusters, SeedsPreferWhatIsFar) {
  std::vector<float> rows = gaussian_rows(1000, 1);
  for (std::size_t i = 0; i < 500; ++i) rows[i] += 1000.0F;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto seeds = code_seeds(rows, 1, 2, NoiseKey(seed));
    EXPECT_GT(std::abs(seeds[0] - seeds[1]), 900.0F);
  }
}

TEST(CodeClusters, RareRowsAreFoundInTheWhole) {
  std::vector<float> rows(200000, 1.0F);  // seeds are drawn from a part, which misses this one
  rows[77777] = 2.0F;
  EXPECT_EQ(code_seeds(rows, 1, 2, NoiseKey(1)).size(), 2U);
}

TEST(CodeClusters, CodesAreSubtracted) {
  std::vector<float> rows{1, 2, 3, 4};
  subtract_codes(rows, 2, std::vector<Token>{1, 0}, {1, 1, 0.5F, 2});
  EXPECT_EQ(rows, (std::vector<float>{0.5F, 0, 2, 3}));
}

}  // namespace
}  // namespace pianola::testing
