#include "pianola/systems/mujoco.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::fixture;
using test::Player;

/// A folder with fixture.xml and task.toml.
class Mujoco : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_MUJOCO();
    folder_ = std::filesystem::path(testing::TempDir()) / "mujoco_system";
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "fixture.xml") << test::kFixtureModel;
    std::ofstream(folder_ / "task.toml") << "model = 'fixture.xml'\nframe_skip = 3\nhorizon = 50\n"
                                            "reset = [{ target = 'qvel', count = 2, law = 'normal', scale = 0.1 }]\n"
                                            "reward = [{ term = 'tolerance', source = 'qpos', name = 'hinge' }]\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file(const char* name) const { return (folder_ / name).string(); }
  std::filesystem::path folder_;
};

TEST_F(Mujoco, ATaskFileConforms) {
  const auto system = make_system("mujoco:path=" + file("task.toml"));
  EXPECT_EQ(system->info().horizon, 50u);
  EXPECT_DOUBLE_EQ(system->info().step_seconds, 0.015);
  conformance::check_system_conformance(*system);
}

TEST_F(Mujoco, AnyModelConformsWithDefaults) {
  const auto system = make_system("mujoco:model=" + file("fixture.xml") + ",frame_skip=2,reset_noise=0.05");
  EXPECT_EQ(system->info().observation_dim, 17u);
  EXPECT_EQ(system->info().horizon, 1000u);
  conformance::check_system_conformance(*system);
  EXPECT_EQ(Player(system).step({0.5, 0.0}), 0.0);
}

TEST_F(Mujoco, OptionsOverrideTheTask) {
  const auto system = make_system("mujoco:path=" + file("task.toml") + ",frame_skip=1,horizon=9,reset_noise=0");
  EXPECT_EQ(system->info().horizon, 9u);
  EXPECT_DOUBLE_EQ(system->info().step_seconds, 0.005);
  EXPECT_EQ(Player(system, 1).observe(), Player(system, 2).observe());
}

TEST_F(Mujoco, OptionsAreTheCallersAndNamedAsSuch) {
  const auto refused = [&](const std::string& options) -> std::string {
    try {
      static_cast<void>(make_system("mujoco:model=" + file("fixture.xml") + options));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(refused(",reset_noise=-1").find("option 'reset_noise' must be finite and ≥ 0, not -1"), std::string::npos);
  EXPECT_NE(refused(",reset_noise=inf").find("'reset_noise'"), std::string::npos);
  EXPECT_NE(refused(",horizon=0").find("option 'horizon' must be at least 1, not 0"), std::string::npos);
  EXPECT_NE(refused(",frame_skip=0").find("option 'frame_skip' must be at least 1, not 0"), std::string::npos);
}

TEST_F(Mujoco, AMissingModelIsNamedAndATasksModelExplained) {
  EXPECT_EQ(test::data_error_of([] { static_cast<void>(make_system("mujoco:model=nowhere.xml")); }),
            "the model file 'nowhere.xml' does not exist");
  std::ofstream(folder_ / "lost.toml") << "model = 'nowhere.xml'\n";
  const std::string message =
      test::data_error_of([&] { static_cast<void>(make_system("mujoco:path=" + file("lost.toml"))); });
  EXPECT_NE(message.find(file("lost.toml") + ": the model file"), std::string::npos) << message;
  EXPECT_NE(message.find("`model` is relative to the task's file"), std::string::npos) << message;
}

TEST_F(Mujoco, NeedsATaskOrAModel) {
  EXPECT_THROW(static_cast<void>(make_system("mujoco")), UsageError);
  EXPECT_THROW(static_cast<void>(make_system("mujoco:path=a.toml,model=b.xml")), UsageError);
  EXPECT_THROW(static_cast<void>(make_system("mujoco:path=nowhere.toml")), DataError);
}

TEST(MujocoState, IsMadeFromPositionsAndVelocities) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture("");
  Player player(system);
  const std::vector<double> qpos{0.1, 0.2, 2, 0, 0.1, 1, 0, 0, 0}, qvel{1, 2, 0, 0, 0, 0, 0, 0};
  player.restore(mujoco_state(*system, qpos, qvel));
  std::vector<double> both = qpos;
  both.insert(both.end(), qvel.begin(), qvel.end());
  EXPECT_EQ(player.observe(), both);
  EXPECT_THROW(static_cast<void>(mujoco_state(*system, qvel, qvel)), UsageError);
}

TEST(MujocoState, IsReadBackFromAnObservation) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(
      "keyframe = 'tilted'\nobservation = [{ source = 'site', name = 'hand' }, "
      "{ source = 'qvel', name = 'slide' }, { source = 'qpos', name = 'hinge' }]");
  Player player(system);
  for (int h = 0; h < 5; ++h) player.step({1.0, 0.0});
  const auto seen = player.observe();
  player.restore(mujoco_state_from_observation(*system, seen));
  const auto again = player.observe();
  EXPECT_EQ(again[3], seen[3]);
  EXPECT_EQ(again[4], seen[4]);
  // The slide is not shown: it stays where the keyframe has it.
  EXPECT_NEAR(again[0], 0.25 + 0.5 * std::cos(seen[4]), 1e-12);
  EXPECT_THROW(static_cast<void>(mujoco_state_from_observation(*system, std::vector<double>(3))), UsageError);
}

TEST(MujocoState, OtherSystemsHaveNone) {
  const auto system = make_system("scalar_linear");
  EXPECT_THROW(static_cast<void>(mujoco_state(*system, {}, {})), UsageError);
  EXPECT_THROW(static_cast<void>(mujoco_state_from_observation(*system, std::vector<double>(1))), UsageError);
}

TEST(MujocoState, ABuildWithoutMujocoSaysSo) {
  if (mujoco_unavailable().empty()) return;  // this build has it
  EXPECT_THROW(static_cast<void>(make_system("cart_pole")), UsageError);
  EXPECT_THROW(static_cast<void>(make_mujoco_system(MujocoTask{})), UsageError);
}

}  // namespace
}  // namespace pianola
