#include "pianola/cli/plant_options.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "cli/command.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "data/raw_hdf5.hpp"
#endif
#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

TEST(PlantOptions, TheRequestHasEveryOption) {
  CLI::App app;
  DeploymentOptions options;
  add_deployment_options(app, options);
  std::vector<std::string> words = {"--system",      "a",   "--expert",       "b", "--assets",    "c",
                                    "--run",         "d",   "--chunk",        "2", "--data",      "e",
                                    "--observation", "f,g", "--trajectories", "3", "--quantizer", "h",
                                    "--quantizer",   "i",   "--controller",   "j"};
  std::reverse(words.begin(), words.end());  // CLI11 wants them so
  app.parse(words);
  std::ostringstream out;
  Session session({out, out, false});
  const DeploymentRequest request = request_of(options, "h", session);
  EXPECT_EQ(request.system + request.expert + request.assets + request.run + request.data + request.quantizer,
            "abcdeh");
  EXPECT_EQ(request.chunk, 2U);
  EXPECT_EQ(request.trajectories, 3U);
  EXPECT_EQ(request.read.observation, (std::vector<std::string>{"f", "g"}));
  EXPECT_EQ(options.quantizers, (std::vector<std::string>{"h", "i"}));
  EXPECT_EQ(options.controllers, std::vector<std::string>{"j"});
}

#ifdef PIANOLA_WITH_HDF5

using PlantOptionsFiles = Scratch;

TEST_F(PlantOptionsFiles, FittingLooksAtActionsOnlyUnlessFieldsAreNamed) {
  {
    test::RawHdf5 raw(path("images.hdf5"));
    raw.doubles("/data/demo_0/actions", {5, 1}, test::halves(5));
    raw.doubles("/data/demo_0/obs/camera", {5, 2, 2}, test::halves(20));
  }
  std::vector<std::string> words = {"evaluate", "--system",          "scalar_linear", "--quantizer", "uniform:bins=3",
                                    "--data",   path("images.hdf5"), "--rollouts",    "2",           "--json"};
  EXPECT_EQ(succeeded(command(words))["rollouts"], 2);
  words.insert(words.end(), {"--observation", "camear"});
  const Ran ran = command(words);
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("did you mean 'camera'?"), std::string::npos) << ran.err;
}

#endif

TEST(PlantOptions, NotesGoToStderrUnlessQuiet) {
  std::ostringstream out, err;
  Session session({out, err, false});
  const DeploymentRequest request = request_of({}, "", session);
  EXPECT_EQ(request.chunk + request.trajectories, 0U) << "not given";
  request.note("look");
  session.quiet = true;
  request.note("do not look");
  EXPECT_EQ(err.str(), "note: look\n");
  EXPECT_EQ(out.str(), "");
}

TEST(PlantOptions, PerturbationIsParsed) {
  const Perturbation some = parse_perturbation("sigma=0.3,clean=0.5");
  EXPECT_EQ(some.sigma, 0.3);
  EXPECT_EQ(some.clean, 0.5);
  EXPECT_EQ(parse_perturbation("").clean, 1.0);
  EXPECT_EQ(parse_perturbation("sigma=0.1").clean, 0.0);
}

TEST(PlantOptions, AnExpertThatLosesItsLinearPlantPassesOnlyWhereThatIsAllowed) {
  const auto refusal = [](const std::string& system, const std::string& expert, bool allowed) -> std::string {
    DeploymentRequest request;
    request.system = system, request.expert = expert;
    try {
      require_stabilising("collect", make_plant(request), allowed);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  const std::string lost = refusal("scalar_linear:a=1.5,gain=0.3", "", false);
  for (const char* part : {"collect: ", "eigenvalue 1.2", "--allow-unstable"})
    EXPECT_NE(lost.find(part), std::string::npos) << lost;
  EXPECT_EQ(refusal("scalar_linear:a=1.5,gain=0.3", "", true), "");
  EXPECT_EQ(refusal("scalar_linear:a=1.5", "", false), "") << "LQR holds it";
  EXPECT_EQ(refusal("scalar_linear:a=1.5", "scripted:0", false), "") << "no regulator: nothing is known of its loop";
  EXPECT_NO_THROW(require_stabilising("collect", Deployment{}, false)) << "no expert";
}

TEST(PlantOptions, BadPerturbationsAreRefused) {
  EXPECT_THROW(parse_perturbation("sigma=-1"), UsageError);
  EXPECT_THROW(parse_perturbation("sigma=1,clean=2"), UsageError);
  EXPECT_THROW(parse_perturbation("sgima=1"), UsageError);
}

}  // namespace
}  // namespace pianola::cli
