#include <gtest/gtest.h>

#include "pianola/base/parallel.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {
namespace {

TEST(TrainingThreads, AreSetAndDefaultToThoseOfTheLoops) {
  set_training_threads(2);
  EXPECT_EQ(training_threads(), 2);
  set_training_threads(0);
  EXPECT_EQ(training_threads(), threads());
  set_training_threads(1);
  EXPECT_EQ(training_threads(), 1);
}

TEST(TrainingThreads, SmallStepsAreWorthOneLargeOnesAll) {
  EXPECT_EQ(threads_worth(1e6), 1);
  EXPECT_EQ(threads_worth(1e15), threads());
}

}  // namespace
}  // namespace pianola
