#include "pianola/audits/learner_trials.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "audits/audit_plans.hpp"
#include "audits/demonstrations.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/run_provenance.hpp"

namespace pianola {
namespace {

/// q#π* stands for a learner here: what it has to learn is then nothing.
std::vector<LearnerRequest> perfect_learner(const AuditPlan& plan) {
  LearnerRequest request;
  request.name = "perfect", request.deployment = plan.deployment;
  request.controllers = {"quantized"};
  request.trajectories = 20;
  return {request};
}

TEST(LearnerTrials, ThePartsAddUpAndAPerfectLearnerHasNothingToLearn) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger ledger({plan.deployment, plan.key, 30, nullptr});
  const auto learners = replay_learners(ledger, perfect_learner(plan), 30);
  ASSERT_EQ(learners.size(), 1u);
  EXPECT_EQ(learners[0].statistical.value, 0.0);
  EXPECT_EQ(learners[0].total.value, learners[0].quantization.value);
  EXPECT_EQ(learners[0].regrets.size(), 10u) << "expert, q#π* and the learner share thirty rollouts";
  EXPECT_LE(ledger.spent(), 30u);
}

/// What quantizing costs an augmented learner is what it costs q#π* that is augmented too.
TEST(LearnerTrials, TheQuantizedExpertIsDeployedAsTheLearnerIs) {
  const AuditPlan plan =
      test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.5,horizon=30", "uniform:bins=5,low=-2,high=2");
  ReplayLedger ledger({plan.deployment, plan.key, 30, nullptr});
  auto learners = perfect_learner(plan);
  learners[0].controllers = {"quantized", "augmented"};
  const auto found = replay_learners(ledger, learners, 40);
  ASSERT_EQ(found.size(), 2u);
  for (const AdviceLearner& learner : found) {
    EXPECT_EQ(learner.statistical.value, 0.0) << learner.controller;
    EXPECT_EQ(learner.total.value, learner.quantization.value) << learner.controller;
  }
  EXPECT_NE(found[0].quantization.value, found[1].quantization.value) << "the noise leaves the auxiliary state behind";
}

TEST(LearnerTrials, TooFewRolloutsAreRefused) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger ledger({plan.deployment, plan.key, 30, nullptr});
  EXPECT_THROW(replay_learners(ledger, perfect_learner(plan), 5), UsageError);
}

TEST(LearnerTrials, WithoutLearnersNothingIsPlayed) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger ledger({plan.deployment, plan.key, 30, nullptr});
  EXPECT_TRUE(replay_learners(ledger, {}, 30).empty());
  EXPECT_EQ(ledger.spent(), 0u);
}

/// `count` trajectories of `steps` each, however long the plant's own are.
[[maybe_unused]] Dataset shorter(const Deployment& plant, std::size_t count, std::size_t steps) {
  const Dataset data = test::demonstrations(plant, count);
  Dataset out(data.info());
  for (std::size_t i = 0; i < count; ++i) {
    Trajectory t = data.trajectory(i);
    t.steps = steps;
    t.observations.resize(steps * data.info().observation_dim), t.actions.resize(steps * data.info().action_dim);
    out.append(t);
  }
  return out;
}

TEST(LearnerTrials, WhatCannotBeLearnedIsNotedAndNoiseIsAsLongAsTheData) {
#ifdef PIANOLA_WITH_TORCH
  const Deployment plant = test::plant("pendulum:horizon=30");
  const Dataset data = shorter(plant, 6, 10);
  TrialPlan plan;
  plan.plant = plant, plan.data = &data;
  plan.quantizers = {"uniform:bins=5", "discrete"};
  plan.minutes = 1e-4, plan.rollouts = 10;
  plan.work = std::filesystem::temp_directory_path() / "pianola-learner-trials-noted";
  const Trials trials = train_trials(plan);
  const auto noisy = run_provenance(plan.work / "q0_noise_injected");
  std::filesystem::remove_all(plan.work);
  EXPECT_EQ(noisy.at("dataset_steps"), "60");
  EXPECT_EQ(trials.learners.size(), 3u);
  ASSERT_EQ(trials.notes.size(), 2u);
  EXPECT_NE(trials.notes[0].find("discrete"), std::string::npos) << trials.notes[0];
  plan.quantizers = {"discrete"};
  EXPECT_TRUE(train_trials(plan).learners.empty());
  std::filesystem::remove_all(plan.work);
#else
  GTEST_SKIP() << "this build has no LibTorch";
#endif
}

TEST(LearnerTrials, RefusesBeforehandWhatNobodyCouldTrainOn) {
  const Deployment plant = test::plant("pendulum:horizon=30");
  EXPECT_THROW(require_trials(plant, test::demonstrations(plant, 3)), UsageError);
  EXPECT_THROW(require_trials(plant, test::demonstrations(test::plant("quadrotor:horizon=30"), 4)), UsageError);
}

TEST(LearnerTrials, TrainsOnHalfAllAndNoise) {
#ifdef PIANOLA_WITH_TORCH
  const Deployment plant = test::plant("pendulum:horizon=30");
  const Dataset data = test::demonstrations(plant, 6);
  TrialPlan plan;
  plan.plant = plant, plan.data = &data;
  plan.quantizers = {"uniform:bins=5,representatives=ends"};
  plan.minutes = 1e-4, plan.rollouts = 10;
  plan.work = std::filesystem::temp_directory_path() / "pianola-learner-trials";
  const Trials trials = train_trials(plan);
  std::filesystem::remove_all(plan.work);
  ASSERT_EQ(trials.learners.size(), 3u);
  EXPECT_EQ(trials.learners[0].trajectories, 3u);
  EXPECT_EQ(trials.learners[1].trajectories, 6u);
  EXPECT_TRUE(trials.learners[2].noise_injected);
  EXPECT_EQ(trials.rollouts, 3u) << "half of the demonstrations were played again, with noise";
  for (const LearnerRequest& learner : trials.learners) {
    EXPECT_EQ(learner.steps, 100u) << "the least that is trained";
    EXPECT_NE(learner.deployment.policy, nullptr);
  }
#else
  GTEST_SKIP() << "this build has no LibTorch";
#endif
}

}  // namespace
}  // namespace pianola
