#include "pianola/experts/arctan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(ArctanExpert, ConformsAndEarnsEverythingOnTheTrap) {
  const auto trap = make_system("trap");
  conformance::check_expert_conformance("arctan", trap);
  EXPECT_DOUBLE_EQ(conformance::play(*trap, *make_expert("", trap), 8, 50).mean_return, 50.0);
}

TEST(ArctanExpert, PlaysEachDimension) {
  EXPECT_EQ(actions_on(Arctan(PlainSystem(2, 2)), {1.0, 0.0}), (std::vector{std::numbers::pi / 4.0, 0.0}));
  EXPECT_EQ(Arctan(PlainSystem(2, 2)).info().lipschitz, 1.0);
}

TEST(ArctanExpert, DimensionsMustAgree) {
  try {
    static_cast<void>(make_expert("arctan", std::make_shared<PlainSystem>(3, 2)));
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("3 observations and 2 actions"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
