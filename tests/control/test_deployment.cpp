#include "pianola/control/deployment.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/quantizer.hpp"

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
