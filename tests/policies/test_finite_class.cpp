#include "pianola/policies/finite_class.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

using Indices = std::vector<std::uint32_t>;

TEST(FiniteClass, TheTableSearchAgreesWithAskingEachMember) {
  const std::size_t members = 50, contexts = 4, outcomes = 3;
  std::vector<double> laws;
  for (std::uint64_t row = 0; row < members * contexts; ++row) {
    double p[3], sum = 0.0;
    for (std::uint32_t k = 0; k < 3; ++k) sum += p[k] = uniform(NoiseKey(5), row, 0, k);
    for (const double value : p) laws.push_back(value / sum);
  }
  ConditionalCounts counts(contexts, outcomes);
  Indices seen, played;
  for (std::uint64_t i = 0; i < 30; ++i) {
    seen.push_back(static_cast<std::uint32_t>(4.0 * uniform(NoiseKey(6), i, 0)));
    played.push_back(static_cast<std::uint32_t>(3.0 * uniform(NoiseKey(6), i, 1)));
  }
  counts.add(seen, played);
  const ClassMaximiser fast = maximise_log_likelihood(counts, laws);
  const std::size_t width = contexts * outcomes;
  const ClassMaximiser slow = maximise_log_likelihood(members, [&](std::size_t member) {
    return log_likelihood(counts, std::span(laws).subspan(member * width, width));
  });
  EXPECT_EQ(fast.index, slow.index);
  EXPECT_EQ(fast.log_likelihood, slow.log_likelihood);
  EXPECT_EQ(fast.ties, 1U);
}

TEST(FiniteClass, TheFirstOfEqualsIsTakenAndTheTieIsSaid) {
  const double values[] = {-3.0, -1.0, -2.0, -1.0, -1.0};
  const ClassMaximiser best = maximise_log_likelihood(5, [&](std::size_t c) { return values[c]; });
  EXPECT_EQ(best.index, 1U);
  EXPECT_EQ(best.ties, 3U);
  EXPECT_EQ(best.log_likelihood, -1.0);
}

TEST(FiniteClass, WhereNothingIsPossibleEveryoneTies) {
  const ClassMaximiser best =
      maximise_log_likelihood(4, [](std::size_t) { return -std::numeric_limits<double>::infinity(); });
  EXPECT_EQ(best.index, 0U);
  EXPECT_EQ(best.ties, 4U);
  EXPECT_TRUE(std::isinf(best.log_likelihood));
}

TEST(FiniteClass, RefusesWhatIsNoClass) {
  EXPECT_THROW(maximise_log_likelihood(0, [](std::size_t) { return 0.0; }), UsageError);
  EXPECT_THROW(maximise_log_likelihood(1, [](std::size_t) { return std::nan(""); }), UsageError);
  EXPECT_THROW(maximise_log_likelihood(ConditionalCounts(2, 2), std::vector<double>(5)), UsageError);
}

}  // namespace
}  // namespace pianola
