#include "pianola/quantizers/action_bounds.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/fit_range.hpp"

namespace pianola {
namespace {

TEST(ActionBounds, AreUsableInOrderAndWithinReason) {
  EXPECT_TRUE(usable_bounds(-1.0, 1.0));
  EXPECT_TRUE(usable_bounds(0.5, 0.5));
  EXPECT_TRUE(usable_bounds(-kLargestRangeBound, kLargestRangeBound));
  EXPECT_FALSE(usable_bounds(1.0, -1.0));
  EXPECT_FALSE(usable_bounds(-2.0 * kLargestRangeBound, 0.0));
  EXPECT_FALSE(usable_bounds(0.0, HUGE_VAL));
  EXPECT_FALSE(usable_bounds(std::nan(""), 1.0));
}

TEST(ActionBounds, AnErrorNamesSchemeDimensionAndBounds) {
  EXPECT_NO_THROW(require_bounds("test", 3, -1.0, 1.0));
  try {
    require_bounds("test", 3, 2.0, 1.0);
    FAIL() << "usable";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "test: the range of dimension 3 must have low ≤ high within ±1e+36, not [2, 1]");
  }
}

TEST(ActionBounds, AreReadBackAndChecked) {
  const nlohmann::ordered_json good{{"low", {-1.0, 0.0}}, {"high", {1.0, 4.0}}}, bad{{"low", {5.0}}, {"high", {4.0}}};
  EXPECT_EQ(saved_bounds(SavedFields(good), 2).high, (std::vector<double>{1.0, 4.0}));
  EXPECT_THROW(saved_bounds(SavedFields(good), 3), DataError);
  EXPECT_THROW(saved_bounds(SavedFields(bad), 1), DataError);
}

TEST(ActionBounds, FlagWhatLiesOutside) {
  const std::array<double, 6> actions{-1.0, 4.5, 1.0, 0.0, 1.1, -0.1};
  std::array<bool, 6> flags{};
  flag_outside({{-1.0, 0.0}, {1.0, 4.0}}, actions, flags);
  EXPECT_EQ(flags, (std::array<bool, 6>{false, true, false, false, true, true}));
}

}  // namespace
}  // namespace pianola
