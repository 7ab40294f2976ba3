#include <filesystem>
#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Demo : public Scratch {};

#if defined(PIANOLA_WITH_TORCH) && defined(PIANOLA_WITH_MUJOCO)
/// Rows and learners name the demonstrations that a policy saw.
void saw_which_demonstrations(const Json& json) {
  const Json& rows = json["controllers"];
  EXPECT_TRUE(rows[0]["demonstrations"].is_null()) << "a quantized expert";
  EXPECT_EQ(rows[12]["name"], "quantized");
  EXPECT_TRUE(rows[12]["demonstrations"].is_null());
  EXPECT_EQ(rows[13]["name"], "feedback") << "sampled first";
  EXPECT_EQ(rows[13]["demonstrations"], "clean");
  EXPECT_EQ(rows[18]["demonstrations"], "perturbed");
  ASSERT_EQ(json["learners"].size(), 2U);
  EXPECT_EQ(json["learners"][0]["sigma"], 0.0);
  EXPECT_GT(json["learners"][1]["sigma"], 0.0);
  for (const Json& learner : json["learners"]) {
    EXPECT_EQ(learner["trajectories"], 50) << "equally many";
    EXPECT_TRUE(std::filesystem::exists(learner["dataset"].get<std::string>()));
    EXPECT_TRUE(std::filesystem::exists(learner["run"].get<std::string>() + "/report.html"));
  }
}

TEST_F(Demo, TellsTheWholeStoryAndMayBeRepeated) {
  const auto arguments = [&](const std::string& threads) {
    return std::vector<std::string>{"demo",    "-o", path("out"), "--rollouts", "4",
                                    "--steps", "30", "--threads", threads,      "--json"};
  };
  const Json json = succeeded(command(arguments("1")));
  EXPECT_EQ(json["report"], path("out") + "/report.html");
  EXPECT_GT(std::filesystem::file_size(path("out") + "/report.html"), 10000U);
  std::vector<std::string> names;
  for (const Json& stage : json["stages"]) names.push_back(stage["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"collect", "quantize", "replay", "train", "evaluate", "report"}));
  EXPECT_EQ(json["controllers"].size(), 19U)
      << "twelve quantized experts, one again beside two policies decoded three ways";
  EXPECT_EQ(succeeded(command(arguments("2")))["controllers"], json["controllers"])
      << "the same seed, the same bits, one policy after the other or both at once";
  saw_which_demonstrations(json);
}

TEST_F(Demo, EndsWithTheFindingAndTheReport) {
  const Ran ran = command({"demo", "-o", path("out"), "--rollouts", "2", "--steps", "3", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.err.empty()) << ran.err;
  const std::size_t found = ran.out.rfind("found: mean return"), report = ran.out.rfind("report: " + path("out"));
  ASSERT_NE(found, std::string::npos) << ran.out;
  ASSERT_NE(report, std::string::npos) << ran.out;
  EXPECT_LT(found, report);
  EXPECT_EQ(ran.out.find('\n', report), ran.out.size() - 1) << "the last line";
}
#endif

TEST_F(Demo, DoesNotOverwriteAFolderOfSomebodyElse) {
  std::filesystem::create_directories(path("mine"));
  std::ofstream(path("mine") + "/work.txt") << "precious";
  EXPECT_EQ(command({"demo", "-o", path("mine")}).code, 2);
  EXPECT_TRUE(std::filesystem::exists(path("mine") + "/work.txt"));
}

}  // namespace
}  // namespace pianola::cli
