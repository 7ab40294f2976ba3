#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"
#include "theory/scheme_colours.hpp"

namespace pianola {
namespace {

TEST(Coarsest, ChecksPassAndControlsFailWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("coarsest", {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  test::expect_one_colour_a_scheme(result);
  EXPECT_GE(std::ranges::count_if(result.checks, [](const Check& check) { return check.control; }), 4);
}

}  // namespace
}  // namespace pianola
