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
  const std::string memory = data_error_of([] { fixture("", test::crowded_model("1K").c_str()); });
  EXPECT_NE(memory.find("out of memory"), std::string::npos) << memory;
  EXPECT_EQ(memory.find('\n'), std::string::npos) << memory;
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
  const std::string model = test::crowded_model("40K");
  const auto system = fixture("", model.c_str());
  try {
    static_cast<void>(system->simulate(1));
    FAIL() << "12 boxes in contact fit into 40 KB?";
  } catch (const ResourceError& error) {
    EXPECT_NE(std::string(error.what()).find("stack overflow"), std::string::npos) << error.what();
  }
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
