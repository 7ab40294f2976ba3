#include "pianola/control/origin.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

SystemInfo system_of(const std::string& spec, const std::string& simulator = "") {
  SystemInfo info;
  info.spec = spec;
  info.simulator = simulator;
  return info;
}

TEST(Origin, AnotherSystemAndAnotherSimulatorAreSaid) {
  const auto notes =
      differences("run 'r'", {"gymnasium:Hopper-v4", "mujoco 3.4.0"}, system_of("gymnasium:Hopper-v5", "mujoco 4.0.0"));
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0], "run 'r' was made on system 'gymnasium:Hopper-v4', and is used here on 'gymnasium:Hopper-v5'");
  EXPECT_EQ(notes[1],
            "run 'r' was made with mujoco 3.4.0, and this is mujoco 4.0.0: the same actions may lead elsewhere");
}

TEST(Origin, TheSameOriginAndWhatIsNotRecordedAreSilent) {
  const SystemInfo hopper = system_of("gymnasium:Hopper-v4", "mujoco 3.4.0");
  EXPECT_TRUE(differences("", {"gymnasium:Hopper-v4", "mujoco 3.4.0"}, hopper).empty());
  EXPECT_TRUE(differences("", {}, hopper).empty());
  EXPECT_TRUE(differences("", {"pendulum", "mujoco 3.4.0"}, system_of("pendulum")).empty());
}

TEST(Origin, AHorizonIsNoOtherSystemButAnOptionIs) {
  const auto notes = [](const std::string& recorded) {
    return differences("", {recorded, ""}, system_of("scalar_linear:a=0.9,horizon=40")).size();
  };
  EXPECT_EQ(notes("scalar_linear:a=0.9"), 0U);
  EXPECT_EQ(notes("scalar_linear:a=0.9,horizon=20"), 0U);
  EXPECT_EQ(notes("scalar_linear:a=0.8,horizon=40"), 1U);
}

TEST(Origin, TextOfOtherProgramsNeedNotBeASpec) {
  EXPECT_EQ(differences("", {"Franka 'open", ""}, system_of("pendulum")).size(), 1U);
  EXPECT_EQ(differences("", {",,", ""}, system_of("pendulum")).size(), 1U);
}

TEST(Origin, ADatasetsAttributesHoldIt) {
  const Origin origin = origin_of({{"system", "pendulum"}, {"simulator", "s 1"}, {"seed", "3"}});
  EXPECT_EQ(origin.system, "pendulum");
  EXPECT_EQ(origin.simulator, "s 1");
  EXPECT_EQ(origin_of({{"seed", "3"}}).system, "");
}

}  // namespace
}  // namespace pianola
