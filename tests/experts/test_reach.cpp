#include "pianola/experts/reach.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#include "pianola/systems/two_link_reacher.hpp"

namespace pianola {
namespace {

using Arm = TwoLinkArm;

std::shared_ptr<const System> reacher() {
  for (const SystemEntry& entry : systems()) {
    if (entry.name == "two_link_reacher" && entry.unavailable.empty()) return make_system("two_link_reacher");
  }
  return nullptr;
}

TEST(ReachExpert, Conforms) {
  const auto system = reacher();
  if (system == nullptr) GTEST_SKIP() << "this build has no MuJoCo";
  conformance::check_expert_conformance("reach", system);
}

TEST(ReachExpert, ReachesRandomTargetsAndStays) {
  const auto system = reacher();
  if (system == nullptr) GTEST_SKIP() << "this build has no MuJoCo";
  const auto played = conformance::play(*system, *make_expert("", system), 50, system->info().horizon);
  const auto& last = played.observations.back();
  for (std::size_t i = 0; i < 50; ++i) {
    const double* seen = &last[i * Arm::kObservationDim];
    EXPECT_LT(std::hypot(seen[Arm::kToTarget], seen[Arm::kToTarget + 1]), 0.005) << "lane " << i;
    EXPECT_LT(std::hypot(seen[Arm::kVelocities], seen[Arm::kVelocities + 1]), 0.05) << "lane " << i;
  }
}

TEST(ReachExpert, AtTheTargetItRests) {
  const auto system = reacher();
  if (system == nullptr) GTEST_SKIP() << "this build has no MuJoCo";
  const double shoulder = 0.7, elbow = -1.1;
  const double x = Arm::kUpperArm * std::cos(shoulder) + Arm::kForearm * std::cos(shoulder + elbow);
  const double y = Arm::kUpperArm * std::sin(shoulder) + Arm::kForearm * std::sin(shoulder + elbow);
  // Whole turns of the joints are the same place.
  for (const double turn : {0.0, 2.0 * M_PI, -4.0 * M_PI}) {
    const auto u = actions_on(*make_expert("", system), {shoulder + turn, elbow - turn, 0, 0, x, y, 0, 0});
    EXPECT_NEAR(u[0], 0.0, 1e-12);
    EXPECT_NEAR(u[1], 0.0, 1e-12);
  }
}

TEST(ReachExpert, OptionsAreFinite) {
  const auto system = reacher();
  if (system == nullptr) GTEST_SKIP() << "this build has no MuJoCo";
  for (const std::string spec : {"reach:kp=inf", "reach:kd=nan"}) {
    EXPECT_THROW(static_cast<void>(make_expert(spec, system)), UsageError) << spec;
  }
}

TEST(ReachExpert, RefusesAnotherSystem) {
  try {
    static_cast<void>(make_expert("reach", std::make_shared<PlainSystem>(8, 2)));
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'two_link_reacher' only, not 'plain'"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace pianola
