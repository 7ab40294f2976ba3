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

TEST_F(Evaluate, AReportThatCannotBeWrittenIsFoundBeforeTheRollouts) {
  const Ran ran = command(
      {"evaluate", "--system", "scalar_linear", "--rollouts", "1000000", "--report", path("missing") + "/page.html"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_NE(ran.err.find("missing/page.html"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
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
  PIANOLA_NEEDS_HDF5();
  succeeded(command(
      {"collect", "--system", "pendulum", "--trajectories", "2", "--horizon", "5", "-o", path("p.hdf5"), "--json"}));
  const auto refused = [&](const std::string& system) {
    const Ran ran = command({"evaluate", "--system", system, "--quantizer", "uniform:bins=3,representatives=mean",
                             "--data", path("p.hdf5"), "--rollouts", "2"});
    EXPECT_EQ(ran.code, 2);
    return ran.err;
  };
  const std::string observations = refused("scalar_linear"), actions = refused("two_link_reacher");
  EXPECT_NE(observations.find("observation dimensions"), std::string::npos) << observations;
  EXPECT_NE(observations.find("--observation"), std::string::npos) << observations;
  EXPECT_NE(actions.find("1 action"), std::string::npos) << actions;
}

TEST_F(Evaluate, ADatasetOfAnotherSystemIsANote) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command({"collect", "--system", "scalar_linear:a=0.5", "--trajectories", "2", "--horizon", "5", "-o",
                     path("a.hdf5"), "--json"}));
  const auto run_on = [&](const std::string& system) {
    return command({"evaluate", "--system", system, "--quantizer", "uniform:bins=3", "--quantizer", "uniform:bins=5",
                    "--data", path("a.hdf5"), "--rollouts", "2", "--json"});
  };
  const Ran other = run_on("scalar_linear:a=0.75");
  const Json notes = succeeded(other)["notes"];
  ASSERT_EQ(notes.size(), 1U) << "once, however many quantizers";
  EXPECT_NE(notes[0].get<std::string>().find("scalar_linear:a=0.5"), std::string::npos) << notes;
  EXPECT_EQ(other.err, "note: " + notes[0].get<std::string>() + "\n");
  const Ran same = run_on("scalar_linear:a=0.5,horizon=7");
  EXPECT_TRUE(succeeded(same)["notes"].empty());
  EXPECT_EQ(same.err, "");
}

TEST_F(Evaluate, AnExpertThatDoesNotStabiliseIsRefusedWithItsEigenvaluesUnlessAskedFor) {
  const std::vector<std::string> words{"evaluate",    "--system",       "scalar_linear:a=1.5,gain=0.3",
                                       "--quantizer", "uniform:bins=9", "--rollouts",
                                       "3",           "--json"};
  const Ran refused = command(words);
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.out, "");
  for (const char* part : {"eigenvalue 1.2", "a gain between 0.5 and 2.5", "--allow-unstable"})
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  const std::size_t once = refused.err.find("does not stabilise");
  EXPECT_EQ(refused.err.find("does not stabilise", once + 1), std::string::npos) << "said once: " << refused.err;
  std::vector<std::string> asked = words;
  asked.emplace_back("--allow-unstable");
  const Ran allowed = command(asked);
  const Json notes = succeeded(allowed)["notes"];
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].get<std::string>().find("eigenvalue 1.2"), std::string::npos) << notes;
  EXPECT_EQ(allowed.err, "note: " + notes[0].get<std::string>() + "\n");
  EXPECT_EQ(command({"evaluate", "--system", "scalar_linear:a=1.5", "--rollouts", "3"}).err, "");
}

TEST_F(Evaluate, WhatIsForFittingIsRefusedBesideARun) {
  for (const char* option : {"--chunk", "--trajectories", "--data", "--observation"}) {
    const Ran ran = command({"evaluate", "--system", "scalar_linear", "--run", path("none"), option, "3"});
    EXPECT_EQ(ran.code, 2) << option;
    EXPECT_NE(ran.err.find(option), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace pianola::cli
