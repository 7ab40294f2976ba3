#include "pianola/theory/misspecified_models.hpp"

#include <gtest/gtest.h>

#include "pianola/theory/sign_class.hpp"

namespace pianola {
namespace {

ExperimentResult controls(std::size_t repetitions, std::uint64_t horizon) {
  MisspecifiedModels models{{}, repetitions, NoiseKey(2)};
  for (const double epsilon : {0.0, 0.001, 0.05}) {
    HiddenBranch branch;
    branch.by_model = true;
    branch.horizon = horizon;
    branch.played = 1.0 - epsilon;
    branch.hidden = 0.5 * epsilon;
    models.branches.push_back(branch);
  }
  ExperimentResult result;
  add_misspecified_models(result, models);
  return result;
}

TEST(MisspecifiedModels, PayAFloorThatTheTruthDoesNot) {
  for (const std::uint64_t horizon : {2U, 20U}) {
    const ExperimentResult result = controls(100, horizon);
    ASSERT_EQ(result.checks.size(), 3U);
    for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << check.measured.value;
    // Of 256 demonstrations a context none is undecided: one sign of four is wrong, or none.
    EXPECT_NEAR(result.checks[1].measured.value, 0.1, 1e-12);
    EXPECT_NEAR(result.checks[2].measured.value, 0.0, 1e-12);
    EXPECT_TRUE(result.checks[0].control && result.checks[1].control && !result.checks[2].control);
    EXPECT_EQ(result.pictures.size(), 1U);
  }
}

TEST(MisspecifiedModels, TheFloorIsApproachedFromAbove) {
  // The two free contexts of four are wrong as often as those of the class with the truth.
  const auto wrong = [](Signs signs, std::uint64_t n) {
    return mean_estimate(repeated_wrong(SignClass(4, 0.2, signs), n, 4000, NoiseKey(3).child("data", n)), 0.9999);
  };
  for (const std::uint64_t n : {8U, 64U}) {
    const Estimate tied = wrong(Signs::tied, n), free = wrong(Signs::free, n);
    const double expected = 0.25 + 0.5 * free.value, width = tied.high - tied.low + free.high - free.low;
    EXPECT_NEAR(tied.value, expected, width) << n;
    EXPECT_GT(tied.low, 0.25);
  }
}

}  // namespace
}  // namespace pianola
