#include "pianola/quantizers/action_scale.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

const std::vector<float> kRows{0, 10, 5, 4, 30, 5, 2, 20, 5, 2, 20, 5};  // [4 × 3]; the last one is constant

std::string failure(const ActionScaleOptions& options) {
  try {
    action_scale(options, kRows, 3, "quantizer 'x'");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ActionScale, OfEachKind) {
  EXPECT_EQ(action_scale({"none", {}}, kRows, 3, "x"), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(action_scale({"range", {}}, kRows, 3, "x"), (std::vector<double>{0.25, 0.05, 0}));
  const auto std = action_scale({"std", {}}, kRows, 3, "x");
  EXPECT_NEAR(std[0], 0.70710678, 1e-7);
  EXPECT_NEAR(std[1], 0.14142136, 1e-7);
  EXPECT_EQ(std[2], 0.0);
  EXPECT_EQ(action_scale({"none", {1, 2, 0}}, kRows, 3, "x"), (std::vector<double>{1, 2, 0}));
}

TEST(ActionScale, OfConstantsAloneIsOne) {
  EXPECT_EQ(action_scale({"std", {}}, std::vector<float>{3, 3, 3}, 1, "x"), (std::vector<double>{1}));
}

TEST(ActionScale, OptionsAreChecked) {
  EXPECT_NE(failure({"stdd", {}}).find("did you mean 'std'?"), std::string::npos);
  EXPECT_NE(failure({"std", {1, 1, 1}}).find("contradict"), std::string::npos);
  for (const std::vector<double>& weights :
       std::vector<std::vector<double>>{{1}, {1, 1, -1}, {0, 0, 0}, {1, 1, 1e300}}) {
    EXPECT_NE(failure({"none", weights}).find("needs 3 numbers"), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola
