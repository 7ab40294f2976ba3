#include <gtest/gtest.h>

#include "policies/increment_draws.hpp"
#include "toy_increments.hpp"

namespace pianola {
namespace {

TEST(MixtureModel, LearnsALawOfTwoModes) {
  const auto fitted = toy_training::fit_law("mixture:components=2,hidden=32x1", toy_training::forked(3000),
                                            toy_training::forked(1000, 2), 800);
  const double best = toy_training::forked_log_likelihood();
  EXPECT_LT(fitted.held_out, best + 0.1) << "nothing beats the law itself";
  EXPECT_GT(fitted.held_out, best - 0.6);
  std::size_t high = 0, between = 0;
  const auto drawn = toys::draws(*fitted.law, {0.0}, 1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    high += drawn[2 * i + 1] > 0.0 ? 1 : 0;
    between += std::abs(drawn[2 * i + 1]) < 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(high), 500.0, 100.0);
  EXPECT_LT(between, 20U) << "the mean of the two is nowhere";
}

}  // namespace
}  // namespace pianola
