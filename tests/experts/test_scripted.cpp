#include "pianola/experts/scripted.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

class ScriptedExpert : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("pianola_scripted_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string csv(const std::string& text) const {
    const auto path = (folder_ / "actions.csv").string();
    std::ofstream(path) << text;
    return path;
  }
  template <class E>
  std::string error_of(const ScriptedConfig& config) const {
    try {
      Scripted expert(config, system_);
    } catch (const E& error) {
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  std::filesystem::path folder_;
  PlainSystem system_{3, 2};
};

TEST_F(ScriptedExpert, Conforms) {
  const auto system = std::make_shared<PlainSystem>(3, 2);
  conformance::check_expert_conformance("scripted:actions='1,2,3,4'", system);
  conformance::check_expert_conformance("scripted:path='" + csv("1,2\n3,4\n") + "',after=loop", system);
}

TEST_F(ScriptedExpert, PlaysRowsByStepAndThenWhatIsAsked) {
  const std::vector<double> x{9, 9, 9};
  const auto at = [&](const std::string& after, std::uint32_t h) {
    return actions_on(Scripted({.actions = {1, 2, 3, 4}, .after = after}, system_), x, h);
  };
  EXPECT_EQ(at("hold", 0), (std::vector{1.0, 2.0}));
  EXPECT_EQ(at("hold", 1), (std::vector{3.0, 4.0}));
  EXPECT_EQ(at("hold", 2), (std::vector{3.0, 4.0}));
  EXPECT_EQ(at("zero", 2), (std::vector{0.0, 0.0}));
  EXPECT_EQ(at("loop", 2), (std::vector{1.0, 2.0}));
  EXPECT_EQ(Scripted({.actions = {1, 2}}, system_).info().lipschitz, 0.0);
}

TEST_F(ScriptedExpert, NumbersMayHaveASign) {
  const Scripted expert({.path = csv("+0.5,-1\n +2e-1 , 3\n")}, system_);
  EXPECT_EQ(actions_on(expert, {9, 9, 9}, 0), (std::vector{0.5, -1.0}));
  EXPECT_EQ(actions_on(expert, {9, 9, 9}, 1), (std::vector{0.2, 3.0}));
  for (const std::string cell : {"+", "++1", "+-1", "-+1"}) {
    EXPECT_NE(error_of<DataError>({.path = csv(cell + ",1\n")}).find("'" + cell + "' is not a finite number"),
              std::string::npos);
  }
}

TEST_F(ScriptedExpert, LanesMayStandAtDifferentSteps) {
  const std::vector<std::uint64_t> ids{0, 1};
  const std::vector<std::uint32_t> h{1, 0};
  const std::vector<double> x(6);
  const std::vector<Outcome> outcomes(2, Outcome::running);
  std::vector<double> actions(4);
  Scripted({.actions = {1, 2, 3, 4}}, system_).act({ids, h, x, outcomes, nullptr}, actions);
  EXPECT_EQ(actions, (std::vector{3.0, 4.0, 1.0, 2.0}));
}

TEST_F(ScriptedExpert, ReadsCsvWithCommentsBlanksAndWindowsLines) {
  const Scripted expert({.path = csv("# u, v\n 1 , -2e-1\r\n\n3,4 # last")}, system_);
  EXPECT_EQ(expert.steps(), 2u);
  EXPECT_EQ(actions_on(expert, {0, 0, 0}), (std::vector{1.0, -0.2}));
}

TEST_F(ScriptedExpert, CsvErrorsNameFileLineAndColumn) {
  EXPECT_NE(
      error_of<DataError>({.path = csv("1,2\n3\n")}).find("actions.csv, line 2: has 1 numbers, but an action has 2"),
      std::string::npos);
  EXPECT_NE(error_of<DataError>({.path = csv("1,2\n\n3,x\n")}).find("line 3, column 2: 'x' is not a finite number"),
            std::string::npos);
  EXPECT_NE(error_of<DataError>({.path = csv("nan,1\n")}).find("line 1, column 1: 'nan'"), std::string::npos);
  EXPECT_NE(error_of<DataError>({.path = csv("# none\n")}).find("holds no actions"), std::string::npos);
  EXPECT_NE(error_of<DataError>({.path = "/nowhere/a.csv"}).find("/nowhere/a.csv"), std::string::npos);
}

TEST_F(ScriptedExpert, BadOptionsAreNamed) {
  EXPECT_NE(error_of<UsageError>({}).find("give either"), std::string::npos);
  EXPECT_NE(error_of<UsageError>({.actions = {1, 2}, .path = "x"}).find("give either"), std::string::npos);
  EXPECT_NE(error_of<UsageError>({.actions = {1, 2, 3}}).find("no multiple of the action dimension 2"),
            std::string::npos);
  EXPECT_NE(error_of<UsageError>({.actions = {1, HUGE_VAL}}).find("number 2 of option 'actions' is inf"),
            std::string::npos);
  EXPECT_NE(error_of<UsageError>({.actions = {1, 2}, .after = "holt"}).find("did you mean 'hold'"), std::string::npos);
}

}  // namespace
}  // namespace pianola
