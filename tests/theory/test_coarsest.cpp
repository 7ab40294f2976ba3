#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

TEST(Coarsest, AllChecksPassAndControlsFailAsTheyMust) {
  const ExperimentResult result = find_experiment("coarsest").run({});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_GE(std::ranges::count_if(result.checks, [](const Check& check) { return check.control; }), 4);
}

TEST(Coarsest, SameBitsForAnyNumberOfThreads) { test::expect_same_bits("coarsest", {}); }

}  // namespace
}  // namespace pianola
