#include <filesystem>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Audit : public Scratch {};

const std::vector<std::string> kSmall{"--rollouts", "40", "--perturbations", "40"};

std::vector<std::string> with(std::vector<std::string> arguments, std::vector<std::string> more = kSmall) {
  arguments.insert(arguments.begin(), "audit");
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(Audit, PrintsWhatScriptsDependOn) {
  const Json json = succeeded(command(
      with({"--system", "scalar_linear:a=0.9,b=1,low=-6,high=6", "--quantizer", "uniform:bins=4097", "--json"})));
  EXPECT_EQ(json["verdict"], "safe") << json["reasons"];
  EXPECT_FALSE(json["reasons"].empty());
  for (const char* field : {"C", "eta", "gains", "exponentially_stable", "covered_fraction", "violations", "witness"}) {
    EXPECT_TRUE(json["stability"].contains(field)) << field;
  }
  for (const char* field : {"quantization", "statistical", "total"}) {
    EXPECT_TRUE(json["decomposition"][field].contains("low")) << field;
  }
  for (const char* form : {"feedback", "augmented", "closed_loop"}) {
    for (const char* field : {"value", "kind", "inputs"}) {
      EXPECT_TRUE(json["certificates"][form].contains(field)) << form << " " << field;
    }
  }
  EXPECT_TRUE(json.contains("smoothness"));
  EXPECT_EQ(json["controller"], "quantized");
}

TEST_F(Audit, StrictExitsOneUnlessSafe) {
  const std::vector<std::string> trap{"--system", "trap:epsilon=0.03125", "--quantizer", "trap:epsilon=0.03125"};
  const Ran loose = command(with(trap));
  EXPECT_EQ(loose.code, 0) << loose.err;
  EXPECT_NE(loose.out.find("UNSAFE"), std::string::npos) << loose.out;
  auto strict = trap;
  strict.emplace_back("--strict");
  EXPECT_EQ(command(with(strict)).code, 1);
}

TEST_F(Audit, AWitnessReplaysWithOneCommand) {
  const Ran ran =
      command(with({"--system", "trap:epsilon=0.03125", "--quantizer", "trap:epsilon=0.03125", "-o", path("audited")}));
  ASSERT_EQ(ran.code, 0) << ran.err;
  std::size_t witnesses = 0;
  for (const auto& file : std::filesystem::directory_iterator(path("audited"))) {
    if (file.path().string().find(".witness.json") == std::string::npos) continue;
    ++witnesses;
    EXPECT_NE(ran.out.find(file.path().string()), std::string::npos) << "the command stands in the text";
    const Json json = succeeded(command({"audit", "--replay", file.path().string(), "--json"}));
    EXPECT_TRUE(json["reproduced"]) << file.path();
  }
  EXPECT_GE(witnesses, 3u);
  EXPECT_TRUE(std::filesystem::exists(path("audited") + "/decomposition.witness.json"));
  EXPECT_TRUE(std::filesystem::exists(path("audited") + "/report.html"));
  EXPECT_TRUE(std::filesystem::exists(path("audited") + "/audit.json"));
}

TEST_F(Audit, TheSameBitsForOneAndTwoThreads) {
  const auto run_with = [](const std::string& threads) {
    Json json = succeeded(command(
        with({"--system", "pendulum:horizon=40", "--quantizer", "uniform:bins=9", "--threads", threads, "--json"})));
    json.erase("seconds");
    return json.dump();
  };
  EXPECT_EQ(run_with("1"), run_with("2"));
}

TEST_F(Audit, RefusesWhatDoesNotFit) {
  EXPECT_EQ(command({"audit"}).code, 2);
  const Ran two = command(with({"--system", "pendulum", "--quantizer", "uniform:bins=9", "--quantizer", "uniform"}));
  EXPECT_EQ(two.code, 2);
  EXPECT_NE(two.err.find("once"), std::string::npos) << two.err;
  const Ran few = command({"audit", "--system", "pendulum", "--perturbations", "5"});
  EXPECT_EQ(few.code, 2);
  EXPECT_NE(few.err.find("--perturbations"), std::string::npos) << few.err;
  EXPECT_EQ(command(with({"--system", "pendulum", "--magnitudes", "0.1,-1"})).code, 2);
  EXPECT_EQ(command({"audit", "--replay", path("none.json")}).code, 3);
  EXPECT_EQ(command(with({"--system", "pendulum", "--run", path("none")})).code, 3);
}

}  // namespace
}  // namespace pianola::cli
