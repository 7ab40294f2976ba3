#include "pianola/base/student_t.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace pianola {
namespace {

TEST(StudentT, OneAndTwoDegreesAreTheClosedForms) {
  for (const double confidence : {0.01, 0.5, 0.9, 0.95, 0.999}) {
    EXPECT_NEAR(student_t(1.0, confidence), std::tan(std::numbers::pi * confidence / 2.0), 1e-9 / (1.0 - confidence));
    const double two = confidence * std::sqrt(2.0 / (1.0 - confidence * confidence));
    EXPECT_NEAR(student_t(2.0, confidence), two, 1e-11 * two) << confidence;
  }
}

TEST(StudentT, ManyDegreesAreTheNormalLaw) {
  EXPECT_NEAR(std::erf(student_t(1e9, 0.95) / std::sqrt(2.0)), 0.95, 1e-8);
  EXPECT_GT(student_t(10.0, 0.95), student_t(11.0, 0.95));
}

}  // namespace
}  // namespace pianola
