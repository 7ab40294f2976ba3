// `train --start-from`: fine-tuning.
#include "pianola/training/starting_run.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/training/checkpoint.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::categorical_data;
using toy_training::fitted;
using toy_training::Folder;
using toy_training::InterruptAfter;
using toy_training::message_of;
using toy_training::plan_for;
using toy_training::timeless_metrics;

/// A first training of `first`, and the plan of one on `data` that starts from it.
TrainPlan fine_tuning(const Folder& folder, const Dataset& first, const Dataset& data, int steps = 30) {
  if (!std::filesystem::exists(folder / "first")) train(plan_for(first, folder / "first"));
  TrainPlan plan = plan_for(data, folder / "second", steps);
  plan.config.start_from = (folder / "first").string();
  return plan;
}

TensorFile policy_of(const std::filesystem::path& run) { return read_safetensors(run / "policy.safetensors"); }

TEST(StartingRun, BeginsWithTheWeightsAndKeepsTheNormalisation) {
  const Folder folder;
  const Dataset first = categorical_data(10, 30), other = categorical_data(6, 20, 2);
  TrainPlan plan = fine_tuning(folder, first, other, 1);
  plan.config.learning_rate = 1e-12;
  plan.config.ema = 0.0;
  plan.config.candidates = 1;
  train(plan);
  const TensorFile was = policy_of(folder / "first"), is = policy_of(folder / "second");
  for (const auto& [name, tensor] : was.tensors) {
    const auto before = tensor.floats(name), after = is.at(name, "second").floats(name);
    ASSERT_EQ(after.size(), before.size()) << name;
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-6) << name;
  }
  EXPECT_EQ(is.at("observation_mean", "second").floats("m"), was.at("observation_mean", "first").floats("m"));
  TrainPlan fresh = plan_for(other, folder / "fresh", 1);
  train(fresh);
  EXPECT_NE(policy_of(folder / "fresh").at("observation_mean", "fresh").floats("m"),
            was.at("observation_mean", "first").floats("m"))
      << "which is not what these data would give";
}

TEST(StartingRun, ItsFingerprintIsPartOfWhereARunComesFrom) {
  const Folder folder;
  const Dataset data = categorical_data(6, 20);
  const TrainPlan plan = fine_tuning(folder, data, data, 1);
  train(plan);
  const std::string fingerprint = policy_of(folder / "first").metadata.at("fingerprint");
  EXPECT_EQ(starting_run(plan)->fingerprint, fingerprint);
  const std::string config = read_file(plan.run / "config.toml"), key = "start_from_fingerprint = ";
  const std::size_t at = config.find(key);
  ASSERT_NE(at, std::string::npos) << config;
  EXPECT_EQ(config.substr(at + key.size() + 1, fingerprint.size()), fingerprint);  // behind a quotation mark
}

TEST(StartingRun, SavesMostOfTheSteps) {
  const Folder folder;
  const Dataset data = categorical_data(20, 40);
  train(plan_for(data, folder / "first", 400));
  TrainPlan tuned = fine_tuning(folder, data, data, 20), fresh = plan_for(data, folder / "fresh", 20);
  EXPECT_LT(*train(tuned).train_nll, *train(fresh).train_nll - 0.1);
}

TEST(StartingRun, MayBeOfAPolicyThatSeesAScale) {
  const Folder folder;
  const Dataset data = categorical_data(6, 20);
  const auto zoom = fitted(data, "zoom:bins=5");
  const auto planned = [&](const char* run) {
    TrainPlan plan = plan_for(data, folder / run, 20);
    plan.quantizer = zoom;
    plan.config.quantizer = "zoom:bins=5";
    return plan;
  };
  train(planned("first"));
  TrainPlan tuned = planned("second");
  tuned.config.start_from = (folder / "first").string();
  EXPECT_LT(*train(tuned).train_nll, *train(planned("fresh")).train_nll);
}

TEST(StartingRun, ResumesWithEqualBitsAndOnlyFromTheSameRun) {
  const Folder folder;
  const Dataset data = categorical_data(10, 30);
  TrainPlan whole = fine_tuning(folder, data, data, 50);
  train(whole);
  TrainPlan broken = whole;
  broken.run = folder / "broken";
  {
    InterruptAfter interrupt(27);
    broken.progress = &interrupt;
    EXPECT_THROW(train(broken), Interrupted);
  }
  broken.progress = nullptr;
  broken.resume = true;
  TrainPlan otherwise = broken;
  otherwise.config.start_from.clear();
  EXPECT_NE(message_of<DataError>([&] { train(otherwise); }).find("start_fingerprint was"), std::string::npos);
  // The run may have moved meanwhile.
  std::filesystem::rename(folder / "first", folder / "moved");
  broken.config.start_from = (folder / "moved").string();
  train(broken);
  EXPECT_EQ(timeless_metrics(broken.run), timeless_metrics(whole.run));
  EXPECT_EQ(policy_of(broken.run).metadata.at("fingerprint"), policy_of(whole.run).metadata.at("fingerprint"));
  EXPECT_EQ(read_config(whole.run / "config.toml").start_from, (folder / "first").string());
}

TEST(StartingRun, WhatDiffersIsNamedOnBothSides) {
  const Folder folder;
  const Dataset data = categorical_data(6, 20);
  TrainPlan plan = fine_tuning(folder, data, data);
  const auto refusal = [&](auto change) {
    TrainPlan changed = plan;
    change(changed);
    return message_of<UsageError>([&] { train(changed); });
  };
  const auto said = [](const std::string& message, const char* one, const char* other) {
    EXPECT_NE(message.find(one), std::string::npos) << message;
    EXPECT_NE(message.find(other), std::string::npos) << message;
  };
  said(refusal([](TrainPlan& p) { p.config.policy = "mlp:hidden=8x1"; }), "'mlp:hidden=16x1'", "'mlp:hidden=8x1'");
  said(refusal([](TrainPlan& p) { p.config.history = 2; }), "history is 1 there", "2 here");
  const auto other = fitted(data, "uniform:bins=5");
  const std::string quantizers = refusal([&](TrainPlan& p) { p.quantizer = other; });
  said(quantizers, plan.quantizer->fingerprint().c_str(), other->fingerprint().c_str());
  said(quantizers, "'discrete", "'uniform:bins=5");
  said(refusal([](TrainPlan& p) { p.config.policy = "tabular"; }), "networks", "'tabular'");
  DatasetInfo info;
  info.path = "narrow";
  info.observation_dim = 1;
  info.action_dim = 3;
  Dataset narrow(info);
  for (std::size_t i = 0; i < 3; ++i) {
    Trajectory t = data.trajectory(i);
    t.observations.resize(t.steps);
    narrow.append(t);
  }
  said(refusal([&](TrainPlan& p) { p.data = &narrow; }), "is 3 there", "1 here");
  plan.config.start_from = (folder / "nowhere").string();
  EXPECT_NE(message_of<DataError>([&] { train(plan); }).find("nowhere"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "second")) << "nothing is begun";
}

TEST(StartingRun, NoneIsAsked) {
  const Dataset data = categorical_data(3, 5);
  const TrainPlan plan = plan_for(data, "run");
  EXPECT_FALSE(starting_run(plan).has_value());
}

}  // namespace
}  // namespace pianola
