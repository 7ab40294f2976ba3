#include "cli/command.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {
namespace {

class Theorem : public Scratch {};

TEST_F(Theorem, PrintsChecksAndRows) {
  const Json result = succeeded(command({"theorem", "6", "--initial-points", "512", "--json"}));
  EXPECT_EQ(result["theorem"], "6");
  EXPECT_EQ(result["passed"], true);
  ASSERT_EQ(result["rows"].size(), 4U);
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
  EXPECT_EQ(open, 4);
  EXPECT_NE(result["notes"].dump().find("three points over a factor of 8"), std::string::npos);
}

TEST_F(Theorem, AHypothesisThatTheOptionsLeaveIsNamedAndFailsNothing) {
  // Hardly any steps: H = ω(|log ε|) does not hold.
  const Json result = succeeded(command({"theorem", "6", "--initial-points", "512", "--horizon", "5", "--json"}));
  EXPECT_NE(result["notes"].dump().find("H = 5 is not"), std::string::npos);
  int open = 0;
  for (const Json& check : result["checks"]) open += check["passed"].is_null() ? 1 : 0;
  EXPECT_EQ(open, 12) << "four constants, four routes and two slopes of two checks";
}

TEST_F(Theorem, AFailedCheckIsExitCodeOne) {
  const auto run = [&] { return command({"theorem", "8", "--n", "4", "--json", "-o", path("kept")}); };
  ASSERT_EQ(run().code, 0);
  const std::filesystem::path file = std::filesystem::path(path("kept")) / "theorem_8.cbor";
  Json kept = Json::from_cbor(read_file(file));
  kept["checks"][0]["passed"] = false;
  std::string bytes;
  Json::to_cbor(kept, bytes);
  write_file(file, bytes);
  const Ran ran = run();
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["passed"], false);
}

TEST_F(Theorem, CountsAreWholeNumbers) {
  const Json result = succeeded(command({"theorem", "7", "--n", "64", "--horizon", "16", "--json"}));
  for (const Json& row : result["rows"]) {
    const auto size = row["class_size"].get<std::uint64_t>();
    EXPECT_EQ(size & (size - 1), 0U) << size << " is no power of two";
  }
}

TEST_F(Theorem, ThePageHasThePictures) {
  succeeded(command({"theorem", "8", "--report", path("t.html"), "--json"}));
  EXPECT_GT(std::filesystem::file_size(path("t.html")), 10'000U);
}

TEST_F(Theorem, AFolderKeepsResults) {
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"theorem", "6", "--initial-points", "512", "--json", "-o", path("kept")};
    words.insert(words.end(), more.begin(), more.end());
    return command(words);
  };
  Json first = succeeded(run({})), again = succeeded(run({"--report", path("t.html")}));
  first.erase("seconds");
  again.erase("seconds");
  EXPECT_EQ(again["kept_in"], path("kept/theorem_6.cbor")) << "nothing was run";
  EXPECT_FALSE(first.contains("kept_in"));
  again.erase("kept_in");
  EXPECT_EQ(first, again);
  EXPECT_GT(std::filesystem::file_size(path("t.html")), 10'000U) << "kept with its pictures";
  const Ran other = run({"--seed", "1"});
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.err.find("theorem_6.cbor"), std::string::npos) << other.err;
}

TEST_F(Theorem, BadInputIsRefused) {
  EXPECT_EQ(command({"theorem", "66"}).code, 2);
  EXPECT_EQ(command({"theorem", "6", "--epsilon", "0.5"}).code, 2);
  EXPECT_EQ(command({"theorem", "6", "--epsilon", "x"}).code, 2);
  EXPECT_EQ(command({"theorem", "8", "--epsilon", "0.3"}).code, 2);
  EXPECT_EQ(command({"theorem", "all", "--n", "4"}).code, 2);
  EXPECT_EQ(command({"theorem", "unstable", "--n", "4"}).code, 2);
  EXPECT_EQ(command({"theorem", "5", "--n", "4"}).code, 2);
  EXPECT_EQ(command({"theorem", "9", "--horizon", "20,50"}).code, 2);
  const Ran coarse = command({"theorem", "9", "--n", "100,101,102"});
  EXPECT_EQ(coarse.code, 2);
  EXPECT_NE(coarse.err.find("factor of 8"), std::string::npos) << coarse.err;
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
