// `train --with-model`, from demonstrations of a plant whose dynamics are known.
#include "pianola/training/model_trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/training/trainer.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::Folder;
using toy_training::message_of;

/// x' = 0.9·x + u in two dimensions, u = −0.5·x, rounded to 0.1 by the quantizer.
Dataset contracting(std::size_t trajectories, std::size_t steps) {
  DatasetInfo info;
  info.path = "toy";
  info.observation_dim = info.action_dim = 2;
  info.action_range = {{-1.0, -1.0}, {1.0, 1.0}};
  Dataset data(info);
  for (std::size_t i = 0; i < trajectories; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = steps;
    double x[2] = {2.0 * uniform(NoiseKey(1), i, 0) - 1.0, 2.0 * uniform(NoiseKey(1), i, 1) - 1.0};
    for (std::size_t h = 0; h < steps; ++h) {
      for (double& one : x) t.observations.push_back(one);
      for (double& one : x) {
        t.actions.push_back(-0.5 * one);
        one = 0.9 * one - 0.5 * one;
      }
    }
    data.append(t);
  }
  return data;
}

TrainPlan plan_for(const Dataset& data, const std::filesystem::path& run, const std::string& model) {
  TrainPlan plan;
  plan.config.policy = "mlp:hidden=16x1";
  plan.config.steps = 20;
  plan.config.batch = 32;
  plan.config.learning_rate = 0.01;
  plan.config.candidates = 1;
  plan.config.threads = 1;
  plan.config.quantizer = "uniform:bins=20";
  plan.config.validation = 0.25;
  plan.config.with_model = model;
  plan.data = &data;
  plan.quantizer = toy_training::fitted(data, "uniform:bins=20");
  plan.run = run;
  return plan;
}

TEST(ModelTrainer, WritesAModelThatBelongsToItsRun) {
  const Folder folder;
  const Dataset data = contracting(20, 12);
  const TrainResult result = train(plan_for(data, folder / "run", "linear"));
  ASSERT_TRUE(result.model.has_value());
  EXPECT_EQ(result.model->spec, "linear");
  EXPECT_EQ(result.model->transitions, 15U * 11U);
  EXPECT_TRUE(result.model->held_out);
  EXPECT_EQ(result.model->score.transitions, 5U * 11U);
  EXPECT_EQ(result.model->score.calibration.size(), 2U);
  const LoadedRun run = load_run(folder / "run");
  const auto model = load_model(run);
  ASSERT_NE(model, nullptr);
  // x' = 0.4·x whatever the token: the law sees it through x alone, to what rounding leaves.
  EXPECT_GT(result.model->score.log_likelihood.value, 10.0);
  EXPECT_LT(result.model->score.drift.back().model.value, 0.01 * result.model->score.drift.back().held.value);
}

TEST(ModelTrainer, AModelOfAnotherRunIsRefused) {
  const Folder folder;
  const Dataset data = contracting(12, 8);
  train(plan_for(data, folder / "one", "linear"));
  TrainPlan other = plan_for(data, folder / "two", "linear");
  other.config.seed = 7;
  train(other);
  std::filesystem::copy_file(folder / "one" / "model.safetensors", folder / "two" / "model.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(message_of<DataError>([&] { load_model(load_run(folder / "two")); }).find("policy of fingerprint"),
            std::string::npos);
}

TEST(ModelTrainer, EnsemblesDisagreeAndAreReproducible) {
  const Folder folder;
  const Dataset data = contracting(12, 8);
  const auto report = [&](const char* name) {
    return *train(plan_for(data, folder / name, "mixture:components=1,hidden=8x1,members=3,steps=15")).model;
  };
  const ModelReport one = report("one"), two = report("two");
  EXPECT_EQ(one.score.log_likelihood.value, two.score.log_likelihood.value);
  EXPECT_TRUE(one.score.calibration.empty()) << "an ensemble has no transforms";
  const auto model = load_model(load_run(folder / "one"));
  EXPECT_EQ(model->info().members, 3U);
}

TEST(ModelTrainer, SeesTokensWhereItIsAskedTo) {
  const Folder folder;
  const Dataset data = contracting(12, 8);
  const TrainResult result = train(plan_for(data, folder / "run", "linear:input=tokens"));
  EXPECT_TRUE(load_model(load_run(folder / "run"))->info().reads_tokens);
  EXPECT_GT(result.model->score.log_likelihood.value, 0.0);
}

TEST(ModelTrainer, WhatCannotBeIsSaidBeforeAnythingIsTrained) {
  const Folder folder;
  const Dataset data = contracting(12, 8);
  const std::pair<const char*, const char*> wrong[] = {
      {"linar", "'linear'"},
      {"linear:members=0", "members"},
      {"linear:members=1025", "1024"},
      {"linear:angles=2", "column 2"},
      {"linear:circles=0.5", "0.5"},
      {"linear:input=action", "'actions'"},
      {"mixture:components=0", "transition model 'mixture': option 'components' must lie in 1 … 1024, not at 0"},
      {"mixture:hidden=8by1", "8by1"},
      {"mixture:activation=rely", "'relu'"},
      {"mixture:steps=-1", "steps"},
      {"autoregressive:bins=1", "bins"},
      {"autoregressive:width=10,heads=4", "10"},
      {"autoregressive:steps=-5", "-5"},
  };
  for (const auto& [spec, part] : wrong) {
    const std::string message = message_of<UsageError>([&] { train(plan_for(data, folder / "run", spec)); });
    EXPECT_NE(message.find(part), std::string::npos) << spec << ": " << message;
    EXPECT_FALSE(std::filesystem::exists(folder / "run")) << spec;
  }
  TrainPlan actions = plan_for(data, folder / "run", "linear");
  actions.config.policy = "mse";
  actions.config.quantizer = "auto";
  actions.quantizer = nullptr;
  EXPECT_NE(message_of<UsageError>([&] { train(actions); }).find("--with-model"), std::string::npos);
  TrainPlan chunks = plan_for(data, folder / "run", "linear:input=tokens");
  chunks.config.chunk = 2;
  chunks.quantizer = toy_training::fitted(data, "uniform:bins=20", 2);
  EXPECT_NE(message_of<UsageError>([&] { train(chunks); }).find("input=actions"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(ModelTrainer, UsesTheThreadsThatItIsGivenBesideAPolicyThatNeedsNone) {
  const Folder folder;
  const Dataset data = contracting(12, 8);
  TrainPlan plan = plan_for(data, folder / "run", "mixture:components=1,hidden=4x1,steps=2");
  plan.config.policy = "tabular";
  set_training_threads(2);
  ASSERT_TRUE(train(plan).model.has_value());
  EXPECT_EQ(training_threads(), 1);
}

/// Steps at 0, 1, 2, 0, …, executed as labelled or not.
Trajectory short_walk(int number, std::size_t steps, bool clean) {
  Trajectory t;
  t.name = "demo_" + std::to_string(number);
  t.steps = steps;
  for (std::size_t h = 0; h < steps; ++h) {
    t.observations.push_back(static_cast<double>(h % 3));
    t.actions.push_back(0.1 * static_cast<double>(h % 3));
    t.executed_actions.push_back(t.actions.back() + (clean ? 0.0 : 0.1));
  }
  return t;
}

Dataset line() {
  DatasetInfo info;
  info.path = "toy";
  info.observation_dim = info.action_dim = 1;
  info.action_range = {{-1.0}, {1.0}};
  return Dataset(info);
}

TEST(ModelTrainer, AnAngleThatGoesOverMoreThanATurnIsRefused) {
  const Folder folder;
  Dataset data = contracting(12, 8);
  Trajectory far = data.trajectory(0);
  far.name = "far";
  far.observations[3] = 9.5;  // column 1 of its second step
  data.append(far);
  const std::string message = message_of<DataError>([&] { train(plan_for(data, folder / "run", "linear:angles=1")); });
  for (const char* part : {"column 1", "9.5", "toy", "wrap the column"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << ": " << message;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(ModelTrainer, ATrajectoryOfPerturbedStepsTeachesNothing) {
  const Folder folder;
  Dataset data = line();
  for (int i = 0; i < 4; ++i) data.append(short_walk(i, 3, false));
  const std::string message = message_of<DataError>([&] { train(plan_for(data, folder / "run", "linear")); });
  EXPECT_NE(message.find("executed otherwise"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(ModelTrainer, IsScoredOnTransitionsHoweverManyStepsBeforeThemAreNone) {
  const Folder folder;
  Dataset data = line();
  data.append(short_walk(0, 20001, false));
  for (int i = 1; i < 4; ++i) data.append(short_walk(i, 3, true));
  TrainPlan plan = plan_for(data, folder / "run", "linear");
  plan.config.validation = 0.0;
  const ModelReport report = *train(plan).model;
  EXPECT_EQ(report.transitions, 6U);
  EXPECT_EQ(report.score.transitions, 6U);
  EXPECT_EQ(report.train_log_likelihood, report.score.log_likelihood.value);
}

TEST(ModelTrainer, LearnsFromDemonstrationsAndNotFromWhatIsRelabelled) {
  const Folder folder;
  const Dataset clean = contracting(8, 8);
  Dataset more(clean.info());
  for (std::size_t i = 0; i < 8; ++i) more.append(clean.trajectory(i));
  for (std::size_t i = 0; i < 8; ++i) {  // what no expert did
    Trajectory t = clean.trajectory(i);
    for (double& x : t.observations) x = 50.0 - x;
    more.append(t);
  }
  more.info().attributes["relabelled"] = "1,1,1,1,1,1,1,1";
  const ModelReport report = *train(plan_for(more, folder / "more", "linear")).model;
  EXPECT_EQ(report.transitions, 6U * 7U);
  EXPECT_EQ(report.relabelled, 6U * 8U);
  const ModelReport plain = *train(plan_for(clean, folder / "clean", "linear")).model;
  EXPECT_EQ(plain.relabelled, 0U);
  EXPECT_EQ(report.score.log_likelihood.value, plain.score.log_likelihood.value);
}

}  // namespace
}  // namespace pianola
