#include <filesystem>
#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Demo : public Scratch {};

#if defined(PIANOLA_WITH_TORCH) && defined(PIANOLA_WITH_MUJOCO)
TEST_F(Demo, TellsTheWholeStoryAndMayBeRepeated) {
  const std::vector<std::string> arguments = {"demo", "-o", path("out"), "--rollouts", "4", "--steps", "30", "--json"};
  const Json json = succeeded(command(arguments));
  EXPECT_EQ(json["report"], path("out") + "/report.html");
  EXPECT_GT(std::filesystem::file_size(path("out") + "/report.html"), 10000U);
  std::vector<std::string> names;
  for (const Json& stage : json["stages"]) names.push_back(stage["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"collect", "quantize", "replay", "train", "evaluate", "report"}));
  EXPECT_EQ(json["controllers"].size(), 16U)
      << "twelve quantized experts, one again beside the policy decoded three ways";
  EXPECT_EQ(succeeded(command(arguments))["controllers"], json["controllers"]) << "the same seed, the same bits";
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
