#include <gtest/gtest.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::data_error_of;
using test::fixture;
using test::Player;

TEST(MujocoModel, ABadModelIsADataErrorWithMujocosReason) {
  SKIP_WITHOUT_MUJOCO();
  const std::string syntax = data_error_of([] { fixture("", "<mujoco><worldbody>"); });
  EXPECT_NE(syntax.find("task.toml: MuJoCo cannot read the model 'fixture.xml': "), std::string::npos) << syntax;
  const std::string attribute =
      data_error_of([] { fixture("", "<mujoco><worldbody><geom sise='1'/></worldbody></mujoco>"); });
  EXPECT_NE(attribute.find("sise"), std::string::npos) << attribute;
}

TEST(MujocoModel, AMissingModelIsNamed) {
  SKIP_WITHOUT_MUJOCO();
  const std::string message = data_error_of([] { static_cast<void>(make_system("mujoco:model=nowhere/robot.xml")); });
  EXPECT_NE(message.find("'nowhere/robot.xml' does not exist"), std::string::npos) << message;
}

TEST(MujocoModel, AKeyframeIsFoundByName) {
  SKIP_WITHOUT_MUJOCO();
  const std::string message = data_error_of([] { fixture("keyframe = 'titled'"); });
  EXPECT_NE(message.find("did you mean 'tilted'"), std::string::npos) << message;
}

TEST(MujocoModel, AnErrorInsideMujocoIsAnExceptionAndLeavesNoLog) {
  SKIP_WITHOUT_MUJOCO();
  constexpr const char* kNoMemory = R"(<mujoco><size memory="100"/><worldbody>
    <body><joint name="j" type="slide"/><geom size="0.1"/></body></worldbody>
    <actuator><motor joint="j"/></actuator></mujoco>)";
  // MuJoCo notices while it compiles the model or when a simulation is made, by its version.
  EXPECT_THROW(static_cast<void>(fixture("", kNoMemory)->simulate(1)), Error);
  EXPECT_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

TEST(MujocoModel, AWarningLeavesNoLog) {
  SKIP_WITHOUT_MUJOCO();
  Player player(fixture("observation = [{ source = 'qpos', count = 2 }]"));
  player.step({0.0, 1e300});
  EXPECT_EQ(player.outcome, Outcome::diverged);
  EXPECT_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

}  // namespace
}  // namespace pianola
