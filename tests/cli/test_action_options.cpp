#include "pianola/cli/action_options.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {
namespace {

class ActionOptions : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
#ifdef PIANOLA_WITH_HDF5
    data_ = path("demos.hdf5");
    succeeded(
        command({"collect", "--system", "scalar_linear:a=0.9,b=1", "--trajectories", "6", "-o", data_, "--json"}));
#endif
  }
  std::string data_;
};

TEST_F(ActionOptions, MeanTheSameForEveryVerb) {
  PIANOLA_NEEDS_HDF5();
  const Json seen = succeeded(command({"inspect", data_, "--frame", "relative", "--chunk", "4", "--json"}));
  EXPECT_EQ(seen["represented"]["actions"], "0 relative linear to observation 0");
  EXPECT_EQ(seen["represented"]["coordinates"], Json({"0"}));
  const Json fitted = succeeded(command({"quantize", data_, "--quantizer", "uniform:bins=9,range=data", "--chunk", "4",
                                         "--frame", "relative", "-o", path("q.json"), "--json"}));
  EXPECT_EQ(fitted["actions"], "0 relative linear to observation 0");
  const Json saved = Json::parse(read_file(path("q.json")));
  EXPECT_EQ(saved["representation"]["groups"][0]["frame"], "relative");
  EXPECT_EQ(saved["quantizer"]["low"][0], seen["represented"]["min"][0]) << "the range is that of what the scheme sees";
  const Json evaluated = succeeded(command(
      {"evaluate", "--system", "scalar_linear:a=0.9,b=1", "--quantizer", "uniform:bins=65,range=data", "--frame",
       "relative", "--rollouts", "5", "--controller", "quantized", "--controller", "feedback:decode=mean", "--json"}));
  for (const Json& controller : evaluated["controllers"]) {
    EXPECT_LT(controller["action_error"]["value"].get<double>(), 0.1) << controller["name"];
  }
}

TEST_F(ActionOptions, ARunBringsItsOwnAndIsPlayedInIt) {
  PIANOLA_NEEDS_HDF5();
#ifdef PIANOLA_WITH_TORCH
  const std::string run = path("run");
  succeeded(command({"train", data_, "--quantizer", "uniform:bins=17,range=data", "--frame", "relative", "--state", "0",
                     "--steps", "60", "--policy", "mlp:hidden=16", "--chunk", "2", "-o", run, "--json"}));
  const std::string config = read_file(run + "/config.toml");
  EXPECT_NE(config.find("frame = 'relative'"), std::string::npos) << config;
  const std::vector<std::string> evaluate{"evaluate",   "--system", "scalar_linear:a=0.9,b=1", "--run", run,
                                          "--rollouts", "5"};
  auto json = evaluate, absolute = evaluate;
  json.push_back("--json");
  succeeded(command(json));
  absolute.insert(absolute.end(), {"--frame", "absolute"});
  const Ran refused = command(absolute);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--frame"), std::string::npos) << refused.err;
  // Another representation in the run's quantizer is not deployed.
  Json saved = Json::parse(read_file(run + "/quantizer.json"));
  saved["representation"]["groups"][0]["frame"] = "delta";
  write_file(run + "/quantizer.json", saved.dump());
  const Ran spliced = command(evaluate);
  EXPECT_EQ(spliced.code, 3);
  EXPECT_NE(spliced.err.find("representation"), std::string::npos) << spliced.err;
#endif
}

TEST_F(ActionOptions, BadOnesAreRefused) {
  PIANOLA_NEEDS_HDF5();
  const auto refused = [&](std::vector<std::string> more, const std::string& part) {
    std::vector<std::string> arguments{"quantize", data_, "--quantizer", "uniform"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = command(arguments);
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
  };
  refused({"--frame", "relativ"}, "did you mean 'relative'?");
  refused({"--kinds", "linear*2"}, "covers 2");
  refused({"--state", "0"}, "--frame");
  refused({"--frame", "relative", "--state", "3"}, "column 3");
}

}  // namespace
}  // namespace pianola::cli
