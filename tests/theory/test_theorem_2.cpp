#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

ExperimentOptions small() {
  ExperimentOptions options;
  options.key = NoiseKey(5);
  options.n = {16, 64, 256};
  return options;
}

TEST(Theorem2, RowsStayBelowTheBoundWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("2", small());
  EXPECT_TRUE(result.passed());
  ASSERT_FALSE(result.rows.empty());
  for (const Row& row : result.rows) {
    const auto number = [&](std::size_t i) { return std::get<double>(row[i].second); };
    const double log_size = std::log(number(3));
    EXPECT_DOUBLE_EQ(number(5), bound_theorem_2({number(0), number(1), number(2), log_size, 0.0, 0.05}).total());
    EXPECT_DOUBLE_EQ(number(6), number(4) / number(5));
    EXPECT_GT(number(4), 0.0);
  }
  for (const char* name : {"n", "horizon", "epsilon", "log_class_size"}) EXPECT_EQ(result.exponents.count(name), 1U);
}

TEST(Theorem2, ShortAxesLeaveSlopesOpen) {
  ExperimentOptions options = small();
  options.n = {64};
  options.horizon = {32};
  options.epsilon = {2e-5};
  const ExperimentResult result = find_experiment("2").run(options);
  EXPECT_TRUE(result.passed()) << "what is open has not failed";
  EXPECT_EQ(result.exponents.count("n") + result.exponents.count("horizon") + result.exponents.count("epsilon"), 0U);
}

TEST(Theorem2, AxesOutOfRangeAreRefused) {
  ExperimentOptions options;
  options.n = {4};
  EXPECT_THROW((void)find_experiment("2").run(options), UsageError);
  options.n = {};
  options.epsilon = {0.5};
  EXPECT_THROW((void)find_experiment("2").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
