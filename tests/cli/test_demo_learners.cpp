#include "pianola/cli/demo_learners.hpp"

#include <atomic>

#include "cli/command.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola::cli {
namespace {

class DemoLearners : public Scratch {
 protected:
  std::vector<DemoLearner> collected(std::size_t count) {
    DeploymentRequest request;
    request.system = "scalar_linear:a=0.9,b=1,horizon=20";
    plant_ = make_plant(request);
    auto learners = demo_learners(path("demo"));
    std::filesystem::create_directories(path("demo"));
    for (DemoLearner& learner : learners) {
      collect_demonstrations(learner, plant_, count, NoiseKey(1), no_progress());
    }
    return learners;
  }

  Deployment plant_;
};

TEST_F(DemoLearners, DifferInTheirNoiseOnly) {
  PIANOLA_NEEDS_HDF5();
  const auto learners = collected(4);
  ASSERT_EQ(learners.size(), 2U);
  const Dataset &clean = learners[0].demonstrations, &perturbed = learners[1].demonstrations;
  EXPECT_EQ(clean.size(), 4U);
  EXPECT_EQ(perturbed.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(clean.trajectory(i).observations[0], perturbed.trajectory(i).observations[0]) << "the same start";
    EXPECT_EQ(clean.trajectory(i).observations == perturbed.trajectory(i).observations, i % 2 == 0) << i;
  }
}

TEST_F(DemoLearners, DistancesAreOfPairsThatDiffer) {
  DatasetInfo info;
  info.observation_dim = 2;
  info.action_dim = 1;
  Dataset a(info), b(info);
  Trajectory trajectory;
  trajectory.steps = 2;
  trajectory.actions = {0.0, 0.0};
  trajectory.observations = {1.0, 1.0, 1.0, 1.0};
  for (int i = 0; i < 3; ++i) a.append(trajectory);
  b.append(trajectory);  // the same: not counted
  trajectory.observations = {1.0, 1.0, 4.0, 5.0};
  b.append(trajectory);
  trajectory.steps = 1;  // ended early: counted as long as it lasts
  trajectory.actions = {0.0};
  trajectory.observations = {1.0, 3.0};
  b.append(trajectory);
  const auto distances = distance_by_step(a, b);
  ASSERT_EQ(distances.size(), 2U);
  EXPECT_EQ(distances[0].value, 1.0);
  EXPECT_EQ(distances[0].n, 2U);
  EXPECT_EQ(distances[1].value, 5.0);
  EXPECT_EQ(distances[1].n, 1U);
  EXPECT_TRUE(distance_by_step(a, a).empty());
}

#ifdef PIANOLA_WITH_TORCH
TEST_F(DemoLearners, TrainingBothCountsAllSteps) {
  class Counting final : public Progress {
   public:
    void begin(const std::string&, std::uint64_t total, const std::string&) override { total_ += total, ++begun_; }
    void advance(std::uint64_t units, const std::string&) override { done_ += units; }
    void end() override {}
    std::uint64_t total_ = 0;
    int begun_ = 0;
    std::atomic<std::uint64_t> done_{0};
  } counting;
  auto learners = collected(4);
  train_learners(learners, {"uniform:bins=5", "mlp:hidden=8", 10, 3}, plant_, counting);
  EXPECT_EQ(counting.begun_, 1);
  EXPECT_EQ(counting.total_, 20U);
  EXPECT_EQ(counting.done_, 20U);
  for (const DemoLearner& learner : learners) {
    EXPECT_EQ(learner.training.steps, 10U);
    EXPECT_TRUE(std::filesystem::exists(learner.run / "policy.safetensors"));
  }
}

TEST_F(DemoLearners, AnErrorOfATrainingArrives) {
  auto learners = collected(2);
  EXPECT_THROW(train_learners(learners, {"uniform:bins=5", "no_such_policy", 10, 3}, plant_, no_progress()),
               UsageError);
}
#endif

}  // namespace
}  // namespace pianola::cli
