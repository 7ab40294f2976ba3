#include "pianola/base/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Json, NumbersThatDoNotExistAreNull) {
  EXPECT_EQ(number_or_null(0.0).dump(), "0.0");
  EXPECT_EQ(number_or_null(-1.5).dump(), "-1.5");
  EXPECT_TRUE(number_or_null(kNaN).is_null());
  EXPECT_TRUE(number_or_null(HUGE_VAL).is_null());
  EXPECT_TRUE(number_or_null(-HUGE_VAL).is_null());
}

TEST(Json, AnInfiniteFieldSaysSo) {
  nlohmann::ordered_json object;
  put_number(object, "a", 1.5);
  put_number(object, "b", HUGE_VAL);
  put_number(object, "c", kNaN);
  EXPECT_EQ(object.dump(), R"({"a":1.5,"b":null,"b_infinite":true,"c":null})");
}

TEST(Json, DoublesReadBackToTheSameBits) {
  const double value = 0.1 + 0.2;
  EXPECT_EQ(nlohmann::ordered_json::parse(number_or_null(value).dump()).get<double>(), value);
}

TEST(Json, EstimatesHaveFourFieldsInOrder) {
  EXPECT_EQ(to_json(Estimate{1.5, 1.0, 2.0, 20}).dump(), R"({"value":1.5,"low":1.0,"high":2.0,"n":20})");
}

TEST(Json, AnEstimateFromOneSampleHasNoInterval) {
  EXPECT_EQ(to_json(Estimate{1.5, kNaN, kNaN, 1}).dump(), R"({"value":1.5,"low":null,"high":null,"n":1})");
}

TEST(Json, AnEstimateFromNoSamplesIsNull) { EXPECT_TRUE(to_json(RunningMean{}.estimate()).is_null()); }

}  // namespace
}  // namespace pianola
