#include "pianola/policies/conditional_counts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

using Indices = std::vector<std::uint32_t>;

TEST(ConditionalCounts, AreRatiosAndUniformWhereNothingWasSeen) {
  ConditionalCounts counts(3, 2);
  counts.add(Indices{0, 0, 0, 2}, Indices{1, 1, 0, 0});
  EXPECT_EQ(counts.ratios(), (std::vector<double>{1.0 / 3.0, 2.0 / 3.0, 0.5, 0.5, 1.0, 0.0}));
  EXPECT_EQ(counts.seen(0), 3.0);
  counts.clear();
  EXPECT_EQ(counts.seen(0), 0.0);
}

TEST(ConditionalCounts, NoOtherLawIsMoreLikely) {
  ConditionalCounts counts(2, 3);
  counts.add(Indices{0, 0, 0, 1, 1, 0}, Indices{0, 1, 1, 2, 2, 2});
  const double best = log_likelihood(counts, counts.ratios());
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    std::vector<double> law(6);
    for (std::size_t row = 0; row < 6; row += 3) {
      double sum = 0.0;
      for (std::size_t i = row; i < row + 3; ++i) sum += law[i] = uniform(NoiseKey(3), trial, 0, std::uint32_t(i));
      for (std::size_t i = row; i < row + 3; ++i) law[i] /= sum;
    }
    EXPECT_LT(log_likelihood(counts, law), best);
  }
  EXPECT_NEAR(best, std::log(0.25) + 2.0 * std::log(0.5) + std::log(0.25), 1e-12);
}

TEST(ConditionalCounts, WhatWasSeenButCannotBeHasNoLikelihood) {
  ConditionalCounts counts(1, 2);
  counts.add(Indices{0}, Indices{1});
  EXPECT_EQ(log_likelihood(counts, std::vector<double>{1.0, 0.0}), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(log_likelihood(counts, std::vector<double>{0.0, 1.0}), 0.0);
}

TEST(ConditionalCounts, RefusesWhatItHasNoRowFor) {
  ConditionalCounts counts(2, 2);
  EXPECT_THROW(counts.add(Indices{0, 2}, Indices{0, 0}), UsageError);
  EXPECT_THROW(counts.add(Indices{0}, Indices{2}), UsageError);
  EXPECT_THROW(counts.add(Indices{0, 1}, Indices{0}), UsageError);
  EXPECT_EQ(counts.seen(0), 0.0) << "nothing was added";
}

}  // namespace
}  // namespace pianola
