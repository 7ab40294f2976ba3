#include "pianola/control/deployment.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "policies/toy_mlp.hpp"

namespace pianola {
namespace {

DeploymentRequest request(const std::string& quantizer,
                          const std::string& system = "scalar_linear:a=0.9,b=1,horizon=20") {
  DeploymentRequest made;
  made.system = system;
  made.quantizer = quantizer;
  made.trajectories = 5;
  return made;
}

TEST(Deployment, ThePlantComesWithItsOwnExpert) {
  const Deployment plant = make_plant(request(""));
  ASSERT_NE(plant.expert, nullptr);
  EXPECT_EQ(plant.expert->info().action_dim, plant.system->info().action_dim);
  EXPECT_EQ(plant.quantizer, nullptr);
  EXPECT_EQ(default_controller(plant), "expert");
}

TEST(Deployment, AnUnboundedRangeIsFittedToDemonstrations) {
  const Deployment deployment = make_deployment(request("uniform:bins=9"));
  const auto levels = deployment.quantizer->levels(0);
  ASSERT_EQ(levels.size(), 9U);
  EXPECT_LT(levels.front(), levels.back());
  EXPECT_EQ(default_controller(deployment), "quantized");
}

TEST(Deployment, TheSameKeyFitsTheSameQuantizer) {
  const auto first = make_deployment(request("uniform:bins=9")), second = make_deployment(request("uniform:bins=9"));
  EXPECT_EQ(first.quantizer->fingerprint(), second.quantizer->fingerprint());
}

TEST(Deployment, ASystemsFiniteRangeWins) {
  const Deployment deployment = make_deployment(request("uniform:bins=5,representatives=ends", "pendulum"));
  EXPECT_EQ(deployment.quantizer->levels(0).front(), -2.0F);
  EXPECT_EQ(deployment.quantizer->levels(0).back(), 2.0F);
}

TEST(Deployment, RunAndQuantizerExcludeEachOther) {
  DeploymentRequest both = request("uniform");
  both.run = "somewhere";
  EXPECT_THROW(make_deployment(both), UsageError);
}

/// A run trained on `system`, with `bins` tokens a dimension; gone after the test.
class DeployedRun : public testing::Test {
 protected:
  DeployedRun() { std::filesystem::create_directories(folder); }
  ~DeployedRun() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void train(const std::string& system, std::size_t observation_dim, const std::string& config = "") const {
    const auto quantizer = make_deployment(request("uniform:bins=5,low=-1,high=1", system)).quantizer;
    const toy_mlp::Shape shape{observation_dim, 1, {4}, quantizer->info().vocabularies, Activation::relu};
    const PolicyStamp stamp{"mlp:hidden=4x1", system, "d4ta", quantizer->fingerprint(), "ema@1"};
    write_run_quantizer(folder, *quantizer);
    write_policy(folder / "policy.safetensors", to_tensors(toy_mlp::random_weights(shape)), stamp);
    if (!config.empty()) write_file(folder / "config.toml", config);
  }

  void forget_system() const {
    const TensorFile weights = read_safetensors(folder / "policy.safetensors");
    write_policy(folder / "policy.safetensors", weights,
                 {"mlp:hidden=4x1", "", "d4ta", weights.metadata.at("quantizer_fingerprint"), "ema@1"});
  }

  /// What deploying it on `system` notes.
  [[nodiscard]] std::vector<std::string> notes_on(const std::string& system) const {
    std::vector<std::string> notes;
    DeploymentRequest deployed;
    deployed.system = system;
    deployed.run = folder.string();
    deployed.note = [&](const std::string& note) { notes.push_back(note); };
    EXPECT_NE(make_deployment(deployed).policy, nullptr);
    return notes;
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("pianola-deployed-" + std::to_string(::getpid()));
};

TEST_F(DeployedRun, AnotherSystemIsNotedAndNoError) {
  train("scalar_linear:a=0.5", 1);
  EXPECT_TRUE(notes_on("scalar_linear:a=0.5,horizon=7").empty());
  const auto notes = notes_on("scalar_linear:a=0.75");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("scalar_linear:a=0.5'"), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("scalar_linear:a=0.75'"), std::string::npos) << notes[0];
}

TEST_F(DeployedRun, ARunWithoutSystemHasThatOfItsDataset) {
  train("scalar_linear:a=0.5", 1, "[provenance]\ndataset_system = \"trap\"\n");
  forget_system();
  ASSERT_EQ(notes_on("scalar_linear").size(), 1U);
  EXPECT_NE(notes_on("scalar_linear")[0].find("'trap'"), std::string::npos);
}

TEST_F(DeployedRun, WithoutSystemIsDeployedOnItsOwn) {
  train("scalar_linear:a=0.5", 1);
  const auto notes = notes_on("");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("its own system, scalar_linear:a=0.5"), std::string::npos) << notes[0];
}

TEST_F(DeployedRun, OnItsOwnSystemItHasItsOwnExpertUnlessOneIsNamed) {
  train("scalar_linear:a=0.5", 1, "expert = \"arctan\"\n");
  EXPECT_NE(notes_on("")[0].find("beside the expert arctan"), std::string::npos) << notes_on("")[0];
  train("scalar_linear:a=0.5", 1, "[provenance]\ndataset_expert = \"arctan\"\n");
  EXPECT_NE(notes_on("")[0].find("beside the expert arctan"), std::string::npos) << notes_on("")[0];
  DeploymentRequest deployed;
  deployed.run = folder.string();
  deployed.expert = "lqr";
  EXPECT_EQ(make_deployment(deployed).expert->info().spec.substr(0, 3), "lqr");
}

TEST_F(DeployedRun, NeitherRequestNorRunNamesASystem) {
  train("scalar_linear:a=0.5", 1);
  forget_system();
  test::expect_parts(test::message_of<UsageError>([&] { (void)notes_on(""); }), {"names no system", "--system"});
  test::expect_parts(test::message_of<UsageError>([&] { (void)make_deployment({}); }),
                     {"no system is named", "--system"});
}

TEST_F(DeployedRun, WithoutAPlantTheRunAloneIsBrought) {
  train("scalar_linear:a=0.5", 1);
  DeploymentRequest bare;
  bare.run = folder.string();
  EXPECT_NE(make_deployment_of_run(bare).system, nullptr);
  forget_system();
  const Deployment alone = make_deployment_of_run(bare);
  EXPECT_EQ(alone.system, nullptr);
  EXPECT_NE(alone.policy, nullptr);
  EXPECT_NE(alone.quantizer, nullptr);
  bare.system = "scalar_linear";
  EXPECT_NE(make_deployment_of_run(bare).system, nullptr);
}

TEST_F(DeployedRun, ARequestThatNobodyListensToIsDeployedToo) {
  train("scalar_linear:a=0.5", 1);
  DeploymentRequest deployed;
  deployed.system = "scalar_linear:a=0.75";
  deployed.run = folder.string();
  EXPECT_EQ(default_controller(make_deployment(deployed)), "feedback");
}

TEST_F(DeployedRun, WhatIsForFittingIsRefused) {
  train("scalar_linear", 1);
  DeploymentRequest chunked;
  chunked.system = "scalar_linear";
  chunked.run = folder.string();
  chunked.chunk = 3;
  EXPECT_THROW(make_deployment(chunked), UsageError);
}

#ifdef PIANOLA_WITH_MUJOCO
TEST_F(DeployedRun, AnotherSimulatorIsNoted) {
  train("cart_pole", 4, "[provenance]\nsimulator = \"mujoco 0.0.1\"\n");
  const auto notes = notes_on("cart_pole");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("mujoco 0.0.1"), std::string::npos) << notes[0];
  train("cart_pole", 4,
        "[provenance]\nsimulator = \"" + make_plant(request("", "cart_pole")).system->info().simulator + "\"\n");
  EXPECT_TRUE(notes_on("cart_pole").empty());
}
#endif

TEST(Deployment, SeveralQuantizersShareOneCollection) {
  class Counting final : public Progress {
   public:
    void begin(const std::string& what, std::uint64_t, const std::string&) override { begun += what == "collect"; }
    void advance(std::uint64_t, const std::string&) override {}
    void end() override {}
    int begun = 0;
  } counting;
  DeploymentRequest several = request("");
  several.progress = &counting;
  const std::vector<std::string> specs{"uniform:bins=9", "uniform:bins=5,quantile=0.1", "uniform:bins=9"};
  const auto deployments = make_deployments(several, specs);
  EXPECT_EQ(counting.begun, 1);
  ASSERT_EQ(deployments.size(), 3U);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    EXPECT_EQ(deployments[i].system, deployments[0].system);
    EXPECT_EQ(deployments[i].quantizer->fingerprint(), make_deployment(request(specs[i])).quantizer->fingerprint())
        << "as if it were alone";
  }
}

TEST(Deployment, NoQuantizerIsOneBarePlant) {
  const auto deployments = make_deployments(request("uniform:bins=3"), {});
  ASSERT_EQ(deployments.size(), 1U);
  EXPECT_EQ(deployments[0].quantizer, nullptr);
}

TEST(Deployment, ADatasetOfOtherDimensionsIsNamed) {
  DatasetInfo info;
  info.path = "other.hdf5";
  info.action_dim = 2;
  class TwoDimensional final : public ActionSource {
    [[nodiscard]] std::size_t action_dim() const override { return 2; }
    void for_each(const std::function<void(std::span<const double>)>& visit) const override {
      visit(std::vector<double>{0.0, 1.0, 1.0, 0.0});
    }
  };
  const Deployment plant = make_plant(request(""));
  try {
    fit_to_dataset("uniform:bins=3", 1, TwoDimensional(), info, plant.system.get(), NoiseKey(1));
    FAIL() << "not refused";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("dataset 'other.hdf5' has 2 action dimensions"), std::string::npos);
  }
}

TEST(Deployment, WithoutExpertAndDataNothingCanBeFitted) {
  Deployment plant = make_plant(request("uniform:bins=3"));
  plant.expert = nullptr;
  EXPECT_THROW(fit_quantizer(request("uniform:bins=3"), plant), UsageError);
}

}  // namespace
}  // namespace pianola
