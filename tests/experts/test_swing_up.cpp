#include "pianola/experts/swing_up.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#include "pianola/systems/pendulum.hpp"

namespace pianola {
namespace {

TEST(SwingUpExpert, Conforms) { conformance::check_expert_conformance("swing_up", make_system("pendulum")); }

TEST(SwingUpExpert, SwingsUpAndHoldsFromRandomStarts) {
  const auto system = make_system("pendulum");
  const auto played = conformance::play(*system, *make_expert("", system), 50, 200);
  EXPECT_GT(played.mean_return, -200.0);  // good learned policies reach about −150
  const auto& last = played.observations.back();
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_GT(last[3 * i], 0.999) << "lane " << i << " is not upright";
    EXPECT_LT(std::abs(last[3 * i + 2]), 0.1) << "lane " << i << " still moves";
  }
}

TEST(SwingUpExpert, LeavesTheLowerRest) {
  const auto system = make_system("pendulum");
  conformance::Run run(*system, NoiseKey(1), {0});
  run.plant->restore(std::vector{M_PI, 0.0});
  EXPECT_NE(actions_on(*make_expert("", system), run.observe())[0], 0.0);
}

TEST(SwingUpExpert, PlaysWithinTheMotorsTorque) {
  const auto system = make_system("pendulum");
  for (const auto& actions :
       conformance::play(*system, *make_expert("swing_up:pump=9,kp=50", system), 16, 50).actions) {
    for (const double u : actions) EXPECT_LE(std::abs(u), Pendulum::kMaxTorque);
  }
}

TEST(SwingUpExpert, OptionsAreFinite) {
  const auto system = make_system("pendulum");
  for (const std::string option : {"pump", "surplus", "kp", "kd", "band"}) {
    for (const std::string value : {"inf", "-inf", "nan"}) {
      try {
        static_cast<void>(make_expert("swing_up:" + option + "=" + value, system));
        ADD_FAILURE() << option << " = " << value;
      } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("expert 'swing_up': option '" + option + "'"), std::string::npos)
            << error.what();
      }
    }
  }
}

TEST(SwingUpExpert, RefusesAnotherSystem) {
  try {
    static_cast<void>(make_expert("swing_up", std::make_shared<PlainSystem>(3, 1)));
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'pendulum' only, not 'plain'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
