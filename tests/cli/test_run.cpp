#include "pianola/cli/run.hpp"

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

TEST(Run, AVerbThatDoesNotExistIsUsageAndSuggestsTheNearest) {
  const Ran ran = command({"evalute"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("did you mean 'evaluate'?"), std::string::npos) << ran.err;
}

TEST(Run, AnOptionThatDoesNotExistIsUsageAndSuggestsTheNearest) {
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "--rolouts", "3"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("did you mean '--rollouts'?"), std::string::npos) << ran.err;
}

TEST(Run, EveryVerbExplainsItselfWithAnExample) {
  for (const char* verb : {"demo", "systems", "collect", "inspect", "quantize", "train", "evaluate", "completion"}) {
    const Ran ran = command({verb, "--help"});
    EXPECT_EQ(ran.code, 0) << verb;
    EXPECT_NE(ran.out.find("example:"), std::string::npos) << verb;
    EXPECT_NE(ran.out.find("--json"), std::string::npos) << verb;
  }
}

TEST(Run, HelpSaysHowToCallAVerb) {
  const Ran ran = command({"inspect", "--help"});
  EXPECT_NE(ran.out.find("Usage: pianola inspect"), std::string::npos) << ran.out;
  // CLI11's own words for kinds of values are not for users.
  for (const char* verb : {"demo", "systems", "collect", "inspect", "quantize", "train", "evaluate", "completion"}) {
    for (const char* word : {"UINT", "INT", "FLOAT", "TEXT", "POSITIVE", "NONNEGATIVE"}) {
      EXPECT_EQ(command({verb, "--help"}).out.find(word), std::string::npos) << verb << " " << word;
    }
  }
}

TEST(Run, TheVersionIsPrinted) { EXPECT_EQ(command({"--version"}).out.rfind("pianola ", 0), 0U); }

TEST(Run, AValueOfTheWrongTypeNamesTheOption) {
  const Ran ran = command({"evaluate", "--system", "scalar_linear", "--rollouts", "many"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("rollouts"), std::string::npos) << ran.err;
}

TEST(Run, JsonHasTheCommonFields) {
  const Json json = succeeded(command({"systems", "--json", "--seed", "7"}));
  EXPECT_EQ(json["verb"], "systems");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_TRUE(json["seconds"].is_number());
  EXPECT_TRUE(json["pianola"].is_string());
}

}  // namespace
}  // namespace pianola::cli
