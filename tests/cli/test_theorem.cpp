#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Theorem : public Scratch {};

TEST_F(Theorem, PrintsChecksAndRows) {
  const Json result = succeeded(command({"theorem", "6", "--initial-points", "512", "--json"}));
  EXPECT_EQ(result["theorem"], "6");
  EXPECT_EQ(result["passed"], true);
  ASSERT_EQ(result["rows"].size(), 3U);
  EXPECT_NEAR(result["rows"][0]["feedback_regret_per_step"].get<double>(), 0.6044, 1e-3);
  EXPECT_EQ(result["rows"][0]["horizon"], 769);
  for (const char* field : {"name", "passed", "measured", "required", "control"}) {
    EXPECT_TRUE(result["checks"][0].contains(field)) << field;
  }
}

TEST_F(Theorem, OneStepOfAnAxisLeavesSlopesOpen) {
  const Json result = succeeded(command({"theorem", "6", "--initial-points", "512", "--epsilon", "0.03125", "--json"}));
  int open = 0;
  for (const Json& check : result["checks"]) open += check["passed"].is_null() ? 1 : 0;
  EXPECT_EQ(open, 2);
}

TEST_F(Theorem, AFailedCheckIsExitCodeOne) {
  // Hardly any steps: the hypothesis H = ω(|log ε|) is broken, slopes included.
  const Ran ran = command({"theorem", "6", "--initial-points", "512", "--horizon", "2", "--json"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["passed"], false);
}

TEST_F(Theorem, ThePageHasThePictures) {
  succeeded(command({"theorem", "8", "--report", path("t.html"), "--json"}));
  EXPECT_GT(std::filesystem::file_size(path("t.html")), 10'000U);
}

TEST_F(Theorem, BadInputIsRefused) {
  EXPECT_EQ(command({"theorem", "66"}).code, 2);
  EXPECT_EQ(command({"theorem", "6", "--epsilon", "0.5"}).code, 2);
  EXPECT_EQ(command({"theorem", "6", "--epsilon", "x"}).code, 2);
  EXPECT_EQ(command({"theorem", "8", "--epsilon", "0.3"}).code, 2);
  EXPECT_EQ(command({"theorem", "all", "--n", "4"}).code, 2);
}

TEST_F(Theorem, SameBitsForAnyNumberOfThreads) {
  const auto without_time = [](Json result) {
    result.erase("seconds");
    return result;
  };
  const auto run = [&](const char* threads) {
    return without_time(
        succeeded(command({"theorem", "6", "--initial-points", "2000", "--threads", threads, "--json"})));
  };
  EXPECT_EQ(run("1"), run("2"));
}

}  // namespace
}  // namespace pianola::cli
