#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "policies/increment_draws.hpp"
#include "toy_increments.hpp"

namespace pianola {
namespace {

TEST(AutoregressiveModel, LearnsALawOfTwoModesAndThatDimensionsGoTogether) {
  const auto fitted = toy_training::fit_law("autoregressive:bins=32,width=16,layers=1,heads=2",
                                            toy_training::forked(3000), toy_training::forked(1000, 2), 300);
  const double best = toy_training::forked_log_likelihood();
  EXPECT_LT(fitted.held_out, best + 0.1);
  EXPECT_GT(fitted.held_out, best - 1.5) << "cells of 0.1 against deviations of 0.05";
  std::size_t together = 0;
  const auto drawn = toys::draws(*fitted.law, {0.0}, 500);
  for (std::size_t i = 0; i < 500; ++i) together += drawn[2 * i] * drawn[2 * i + 1] > 0.0 ? 1 : 0;
  EXPECT_GT(together, 480U);
}

TEST(AutoregressiveModel, BinsOutOfRangeAreRefused) {
  EXPECT_THROW(toy_training::fit_law("autoregressive:bins=1", toy_training::forked(50), toy_training::forked(50), 1),
               UsageError);
}

}  // namespace
}  // namespace pianola
