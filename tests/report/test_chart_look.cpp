#include "pianola/report/chart_look.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pianola {
namespace {

TEST(ChartLook, NoTwoOfManySeriesLookAlike) {
  const auto range = chart_look().at("range");
  std::set<std::pair<std::string, std::string>> looks;
  for (std::size_t i = 0; i < 56; ++i) {
    looks.emplace(range["category"][i % range["category"].size()], range["symbol"][i % range["symbol"].size()]);
  }
  EXPECT_EQ(looks.size(), 56U);
}

TEST(ChartLook, NoSeriesHasTheColourOfReferences) {
  const auto look = chart_look();
  for (const auto& colour : look.at("range").at("category")) EXPECT_NE(colour, kQuietColour);
}

}  // namespace
}  // namespace pianola
