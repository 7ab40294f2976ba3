#include <filesystem>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Evaluate : public Scratch {};

TEST_F(Evaluate, RowsForEachQuantizerUnderSharedNoise) {
  const Json json =
      succeeded(command({"evaluate", "--system", "scalar_linear:a=0.9,b=1,horizon=40", "--quantizer", "uniform:bins=5",
                         "--quantizer", "uniform:bins=129", "--rollouts", "50", "--json"}));
  ASSERT_EQ(json["controllers"].size(), 2U);
  EXPECT_EQ(json["horizon"], 40);
  EXPECT_EQ(json["rollouts"], 50);
  EXPECT_TRUE(json["expert_return"]["value"].is_number());
  const Json &coarse = json["controllers"][0], &fine = json["controllers"][1];
  EXPECT_GT(coarse["regret"]["low"].get<double>(), fine["regret"]["high"].get<double>());
  EXPECT_EQ(coarse["name"], "quantized");
  EXPECT_EQ(coarse["state_deviation_by_step"].size(), 40U);
  EXPECT_EQ(coarse["state_deviation_by_step"][0], 0.0);
}

TEST_F(Evaluate, WithoutAQuantizerTheExpertItselfHasRegretZero) {
  const Json json = succeeded(command({"evaluate", "--system", "scalar_linear", "--rollouts", "5", "--json"}));
  ASSERT_EQ(json["controllers"].size(), 1U);
  EXPECT_EQ(json["controllers"][0]["name"], "expert");
  EXPECT_EQ(json["controllers"][0]["regret"]["value"], 0.0);
}

TEST_F(Evaluate, TheSameBitsForOneAndTwoThreads) {
  const auto run_with = [](const std::string& threads) {
    Json json = succeeded(command({"evaluate", "--system", "pendulum", "--quantizer", "uniform:bins=9", "--rollouts",
                                   "70", "--threads", threads, "--json"}));
    json.erase("seconds");
    json.erase("steps_per_second");
    return json.dump();
  };
  EXPECT_EQ(run_with("1"), run_with("2"));
}

TEST_F(Evaluate, AReportIsOneSelfContainedPage) {
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "--quantizer", "uniform:bins=9", "--rollouts", "5",
                           "--report", path("page.html")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(std::filesystem::file_size(path("page.html")), 1000U);
}

TEST_F(Evaluate, AReportThatCannotBeWrittenDoesNotTakeTheNumbersWithIt) {
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "--rollouts", "2", "--json", "--report",
                           path("missing") + "/page.html"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_NE(ran.err.find("missing/page.html"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.json()["rollouts"], 2);
}

TEST_F(Evaluate, AnExampleOfSeveralSchemesFitsTheTerminalWhole) {
  const Ran ran =
      command({"evaluate", "--system", "scalar_linear", "--quantizer", "uniform:bins=17,representatives=ends",
               "--quantizer", "uniform:bins=9,representatives=mean,quantile=0.01", "--rollouts", "3"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out.find("…"), std::string::npos) << ran.out;
}

TEST_F(Evaluate, OutIsAnsweredByWhatThereIs) {
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "-o", "page.html"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("--report page.html"), std::string::npos) << ran.err;
  EXPECT_EQ(command({"evaluate", "--help"}).out.find("-o "), std::string::npos) << "no option of its own";
}

TEST_F(Evaluate, RefusesWhatDoesNotFit) {
  const Ran quantizer = command({"evaluate", "--system", "scalar_linear", "--quantizer", "unifrom:bins=9"});
  EXPECT_EQ(quantizer.code, 2);
  EXPECT_NE(quantizer.err.find("uniform"), std::string::npos) << quantizer.err;
  const Ran controller = command({"evaluate", "--system", "scalar_linear", "--controller", "fedback"});
  EXPECT_EQ(controller.code, 2);
  EXPECT_NE(controller.err.find("feedback"), std::string::npos) << controller.err;
  EXPECT_EQ(command({"evaluate", "--system", "scalar_linear", "--run", path("none")}).code, 3);
  EXPECT_EQ(command({"evaluate", "--system", "scalar_linear", "--run", path("none"), "--quantizer", "uniform"}).code,
            2);
}

TEST_F(Evaluate, ADatasetOfOtherDimensionsIsRefused) {
  succeeded(command(
      {"collect", "--system", "pendulum", "--trajectories", "2", "--horizon", "5", "-o", path("p.hdf5"), "--json"}));
  const Ran ran = command({"evaluate", "--system", "cart_pole", "--expert", "lqr", "--quantizer",
                           "uniform:bins=3,representatives=mean", "--data", path("p.hdf5"), "--rollouts", "2"});
  EXPECT_EQ(ran.code, 0) << "both have one action dimension: " << ran.err;
  const Ran other = command({"evaluate", "--system", "two_link_reacher", "--quantizer",
                             "uniform:bins=3,representatives=mean", "--data", path("p.hdf5"), "--rollouts", "2"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("1 action"), std::string::npos) << other.err;
}

}  // namespace
}  // namespace pianola::cli
