#include "pianola/training/run_start.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "toy_plant.hpp"

namespace pianola {
namespace {

using toy_training::categorical_data;
using toy_training::fitted;
using toy_training::Folder;
using toy_training::message_of;
using toy_training::plan_for;
using toy_training::ToyPlant;

TEST(RunStart, RefusesWhatDoesNotBelongTogether) {
  const Dataset data = categorical_data(3, 5);
  EXPECT_NO_THROW(check_plan(plan_for(data, "run")));
  const auto refused = [&](auto change) {
    TrainPlan plan = plan_for(data, "run");
    change(plan);
    return message_of<UsageError>([&] { check_plan(plan); });
  };
  EXPECT_NE(refused([](auto& p) { p.config.steps = 0; }).find("steps"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.run.clear(); }).find("-o"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.quantizer = nullptr; }).find("quantizer"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.config.chunk = 2; }).find("fitted to chunks of 1"), std::string::npos);
  EXPECT_NE(refused([](auto& p) { p.system = std::make_shared<ToyPlant>(4); }).find("observation dimensions"),
            std::string::npos);
  DatasetInfo wide;
  wide.observation_dim = 1;
  wide.action_dim = 2;
  Dataset other(wide);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 1;
  t.observations = {0.0};
  t.actions = {1.0, 0.0};
  other.append(t);
  const auto narrow = fitted(other);
  const std::string message = refused([&](auto& p) { p.quantizer = narrow; });
  EXPECT_NE(message.find("has 2 action dimensions"), std::string::npos) << message;
  EXPECT_NE(message.find("has 3"), std::string::npos) << message;
}

TEST(RunStart, AnExistingRunNeedsResume) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "run");
  EXPECT_FALSE(start_run(plan, "mlp").has_value());
  for (const char* file : {"config.toml", "quantizer.json"}) EXPECT_TRUE(std::filesystem::exists(plan.run / file));
  EXPECT_NE(message_of<UsageError>([&] { start_run(plan, "mlp"); }).find("--resume"), std::string::npos);
  plan.resume = true;
  EXPECT_FALSE(start_run(plan, "mlp").has_value());  // stopped before its first checkpoint: from the start
}

TEST(RunStart, AFileOrAStrangersFolderIsNotOverwritten) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "notes");
  write_file(folder / "notes", "keep me");
  EXPECT_THROW(start_run(plan, "mlp"), UsageError);
  EXPECT_EQ(read_file(folder / "notes"), "keep me");
  plan.resume = true;
  plan.run = folder / "nothing_here";
  EXPECT_NE(message_of<UsageError>([&] { start_run(plan, "mlp"); }).find("no run to resume"), std::string::npos);
}

TEST(RunStart, ResumingNamesWhatIsAnother) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5), other = categorical_data(3, 5, 99);
  TrainPlan plan = plan_for(data, folder / "run");
  start_run(plan, "mlp");
  Checkpoint checkpoint;
  checkpoint.learner.parameters = {1.0F};
  checkpoint.learner.first_moment = checkpoint.learner.second_moment = {0.0F};
  checkpoint.learner.steps = 3;
  checkpoint.identity = identity_of(plan, "mlp");
  write_checkpoint(plan.run, checkpoint);
  plan.resume = true;
  EXPECT_EQ(start_run(plan, "mlp")->learner.steps, 3U);
  plan.config.threads = 2;  // how fast is free
  EXPECT_TRUE(start_run(plan, "mlp").has_value());
  plan.config.learning_rate = 0.5;
  EXPECT_NE(message_of<DataError>([&] { start_run(plan, "mlp"); }).find("learning_rate was '0.01', now is '0.5'"),
            std::string::npos);
  plan.config.learning_rate = 0.01;
  plan.data = &other;
  const std::string message = message_of<DataError>([&] { start_run(plan, "mlp"); });
  EXPECT_NE(message.find("dataset_fingerprint was '" + data.fingerprint()), std::string::npos) << message;
  EXPECT_NE(message.find(other.fingerprint()), std::string::npos) << message;
}

TEST(RunStart, LeftoversOfAKilledCheckpointAreRemoved) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "run");
  start_run(plan, "mlp");
  std::filesystem::create_directories(plan.run / "checkpoint.tmp");
  write_file(plan.run / "checkpoint.tmp/state.safetensors", "half");
  plan.resume = true;
  start_run(plan, "mlp");
  EXPECT_FALSE(std::filesystem::exists(plan.run / "checkpoint.tmp"));
}

}  // namespace
}  // namespace pianola
