#include "pianola/training/trainer.hpp"

#include <gtest/gtest.h>

#include <map>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/training/checkpoint.hpp"
#include "toy_plant.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using toy_training::categorical_data;
using toy_training::fitted;
using toy_training::Folder;
using toy_training::InterruptAfter;
using toy_training::kContexts;
using toy_training::message_of;
using toy_training::plan_for;
using toy_training::timeless_metrics;
using toy_training::ToyPlant;

/// Empirical conditional entropy of tokens given contexts, nats per action: the least log-loss on these data.
double empirical_entropy(const Dataset& data) {
  std::map<std::pair<std::size_t, std::size_t>, std::map<double, double>> counts;  // (context, dimension) → token → n
  for (std::size_t row = 0; row < data.steps(); ++row) {
    const auto x = data.observations().subspan(row * 3, 3);
    const std::size_t c = x[0] > 0.5 ? 0 : x[1] > 0.0 ? 1 : 2;
    for (std::size_t d = 0; d < 3; ++d) ++counts[{c, d}][data.actions()[row * 3 + d]];
  }
  double sum = 0.0;
  for (const auto& [where, tokens] : counts) {
    double total = 0.0;
    for (const auto& [token, n] : tokens) total += n;
    for (const auto& [token, n] : tokens) sum -= n * std::log(n / total);
  }
  return sum / static_cast<double>(data.steps());
}

TEST(Trainer, LearnsAKnownLawToItsEntropy) {
  const Folder folder;
  const Dataset data = categorical_data(40, 60);
  TrainPlan plan = plan_for(data, folder / "run", 600);
  plan.config.validation = 0.0;
  plan.config.batch = 128;
  plan.config.gradient_clip = 0.0;
  const TrainResult result = train(plan);
  const double entropy = empirical_entropy(data);
  EXPECT_GE(result.train_nll, entropy - 1e-6);  // nothing beats the empirical law
  EXPECT_LE(result.train_nll, 1.01 * entropy);
  EXPECT_FALSE(result.validation_nll.has_value());
  EXPECT_EQ(result.steps, 600U);
  EXPECT_EQ(result.chosen, "ema@600");
  EXPECT_GT(result.samples_per_second, 0.0);
  EXPECT_FALSE(result.resumed_from.has_value());
}

TEST(Trainer, ARunLoadsAndActsWithTheLearnedLaw) {
  const Folder folder;
  const Dataset data = categorical_data(40, 60);
  TrainPlan plan = plan_for(data, folder / "run", 300);
  plan.system = std::make_shared<ToyPlant>();
  plan.config.selection_rollouts = 4;
  const TrainResult result = train(plan);
  EXPECT_NE(result.chosen.find("best of 2 by return"), std::string::npos);
  const LoadedRun run = load_run(plan.run);
  EXPECT_EQ(run.policy_spec, "mlp:hidden=16x1");
  EXPECT_EQ(run.system_spec, "toy_plant");
  EXPECT_EQ(run.dataset_fingerprint, data.fingerprint());
  EXPECT_EQ(run.quantizer->fingerprint(), plan.quantizer->fingerprint());
  const auto& policy = dynamic_cast<const MlpPolicy&>(*run.policy);
  MlpPolicy::Scratch scratch = policy.scratch(1);
  const std::vector<float> observation{0.0F, 1.0F, 5.0F};  // context 1: P(second = 0) is 0.9
  std::vector<float> logits(7);
  policy.logits(observation, scratch, logits);
  EXPECT_NEAR(1.0 / (1.0 + std::exp(static_cast<double>(logits[5] - logits[4]))), 0.9, 0.05);
}

TEST(Trainer, ResumingEndsAsAnUnbrokenRunDoesBitForBit) {
  const Folder folder;
  const Dataset data = categorical_data(10, 30);
  TrainPlan whole = plan_for(data, folder / "whole", 70);
  const TrainResult expected = train(whole);
  TrainPlan broken = plan_for(data, folder / "broken", 70);
  for (const std::uint64_t steps : {33U, 12U}) {  // stopped twice; once between checkpoints
    InterruptAfter interrupt(steps);
    broken.progress = &interrupt;
    EXPECT_THROW(train(broken), Interrupted);
    broken.resume = true;
  }
  broken.progress = nullptr;
  const TrainResult result = train(broken);
  EXPECT_EQ(timeless_metrics(broken.run), timeless_metrics(whole.run));
  EXPECT_EQ(result.train_nll, expected.train_nll);
  EXPECT_EQ(result.validation_nll, expected.validation_nll);
  EXPECT_EQ(result.decoded_rmse_per_dimension, expected.decoded_rmse_per_dimension);
  EXPECT_EQ(read_file(broken.run / "policy.safetensors"), read_file(whole.run / "policy.safetensors"));
  EXPECT_EQ(result.resumed_from, checkpoint_folder(broken.run));
}

TEST(Trainer, ResumingAfterAKillForgetsWhatCameAfterTheCheckpoint) {
  const Folder folder;
  const Dataset data = categorical_data(10, 30);
  TrainPlan whole = plan_for(data, folder / "whole", 60), killed = plan_for(data, folder / "killed", 60);
  train(whole);
  {
    InterruptAfter interrupt(20);
    killed.progress = &interrupt;
    EXPECT_THROW(train(killed), Interrupted);
  }
  // As a kill at step 27 would leave it: lines and events after the checkpoint, a cut line, half a checkpoint.
  std::ofstream(killed.run / "metrics.jsonl", std::ios::app) << R"({"format_version":1,"step":27,"loss":9.0})"
                                                             << "\n"
                                                             << R"({"format_version":1,"st)";
  fs::create_directories(killed.run / "checkpoint.tmp");
  write_file(killed.run / "checkpoint.tmp" / "state.safetensors", "half");
  killed.progress = nullptr;
  killed.resume = true;
  train(killed);
  EXPECT_EQ(timeless_metrics(killed.run), timeless_metrics(whole.run));
}

TEST(Trainer, AnInterruptLeavesAValidCheckpointAndSaysHowToGoOn) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  TrainPlan plan = plan_for(data, folder / "run", 50);
  InterruptAfter interrupt(7);
  plan.progress = &interrupt;
  const std::string message = message_of<Interrupted>([&] { train(plan); });
  EXPECT_NE(message.find("step 7 of 50"), std::string::npos) << message;
  EXPECT_NE(message.find("--resume"), std::string::npos) << message;
  EXPECT_EQ(read_checkpoint(plan.run)->learner.steps, 7U);
  EXPECT_NE(message_of<DataError>([&] { load_run(plan.run); }).find("--resume"), std::string::npos);
}

TEST(Trainer, ResumingAFinishedRunChangesNothing) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  TrainPlan plan = plan_for(data, folder / "run", 30);
  const TrainResult first = train(plan);
  const std::string metrics = read_file(plan.run / "metrics.jsonl");
  plan.resume = true;
  EXPECT_EQ(train(plan).train_nll, first.train_nll);
  EXPECT_EQ(read_file(plan.run / "metrics.jsonl"), metrics);
}

TEST(Trainer, ADivergedTrainingIsAnErrorThatKeepsTheLastCheckpoint) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  TrainPlan plan = plan_for(data, folder / "run", 400);
  plan.config.learning_rate = 1e30;
  plan.config.warmup = 1.0;
  plan.config.checkpoint_every = 1;
  const std::string message = message_of<DataError>([&] { train(plan); });
  EXPECT_NE(message.find("diverged at step"), std::string::npos) << message;
  EXPECT_NE(message.find("lower learning_rate"), std::string::npos) << message;
  const auto checkpoint = read_checkpoint(plan.run);
  ASSERT_TRUE(checkpoint.has_value());
  for (const float x : checkpoint->learner.parameters) ASSERT_TRUE(std::isfinite(x));
}

TEST(Trainer, MetricsAndValidationAreWhatTheyAreCalled) {
  const Folder folder;
  const Dataset data = categorical_data(10, 30);
  TrainPlan plan = plan_for(data, folder / "run", 40);
  const TrainResult result = train(plan);
  const auto lines = timeless_metrics(plan.run);
  ASSERT_EQ(lines.size(), 40U);
  std::size_t validations = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i]["step"], i + 1);
    for (const char* field : {"loss", "lr", "grad_norm"}) EXPECT_TRUE(lines[i][field].is_number()) << field;
    validations += lines[i].contains("validation_nll") && lines[i].contains("validation_nll_raw") ? 1 : 0;
  }
  EXPECT_EQ(validations, 20U);
  EXPECT_EQ(lines.back()["validation_nll"].get<double>(), result.validation_nll);
  EXPECT_EQ(lines.back()["validation_nll_raw"].get<double>(), result.validation_nll_raw);
  EXPECT_LT(lines.back()["loss"].get<double>(), lines.front()["loss"].get<double>());
}

TEST(Trainer, WithoutAveragingTheRawWeightsAreDeployed) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  TrainPlan plan = plan_for(data, folder / "run", 30);
  plan.config.ema = 0.0;
  const TrainResult result = train(plan);
  EXPECT_EQ(result.chosen, "raw@30");
  EXPECT_EQ(result.train_nll, result.train_nll_raw);
}

TEST(Trainer, OneTrajectoryAndABatchLargerThanItAreFine) {
  const Folder folder;
  const Dataset data = categorical_data(1, 9);
  TrainPlan plan = plan_for(data, folder / "run", 10);
  plan.config.batch = 50;
  const TrainResult result = train(plan);
  EXPECT_FALSE(result.validation_nll.has_value());
  EXPECT_FALSE(result.validation_nll_raw.has_value());
  EXPECT_EQ(result.decoded_rmse_per_dimension.size(), 3U);
  EXPECT_EQ(result.decoded_rmse_per_dimension[2], 0.0);  // the constant action
}

TEST(Trainer, ChunksAndHistoriesGoThrough) {
  const Folder folder;
  const Dataset data = categorical_data(6, 20);
  TrainPlan plan = plan_for(data, folder / "run", 20);
  plan.config.chunk = 3;
  plan.config.history = 2;
  plan.quantizer = fitted(data, "discrete", 3);
  train(plan);
  const LoadedRun run = load_run(plan.run);
  EXPECT_EQ(run.policy->info().history, 2U);
  EXPECT_EQ(run.policy->info().observation_dim, 3U);
  EXPECT_EQ(run.policy->info().vocabularies.size(), 9U);
}

TEST(Trainer, TheSameSeedHasTheSameBitsAndAnotherHasNot) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  const auto bytes = [&](const std::string& name, std::uint64_t seed) {
    TrainPlan plan = plan_for(data, folder / name, 10);
    plan.config.seed = seed;
    train(plan);
    return read_file(plan.run / "policy.safetensors");
  };
  const std::string one = bytes("one", 1);
  EXPECT_EQ(one, bytes("again", 1));
  EXPECT_NE(one, bytes("two", 2));
}

TEST(Trainer, TheConfigurationItWritesReplaysIt) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  TrainPlan plan = plan_for(data, folder / "run", 10);
  train(plan);
  TrainPlan replay = plan;
  replay.config = read_config(plan.run / "config.toml");
  replay.run = folder / "replay";
  train(replay);
  EXPECT_EQ(read_file(replay.run / "policy.safetensors"), read_file(plan.run / "policy.safetensors"));
}

TEST(Trainer, AnExistingRunIsNotOverwritten) {
  const Folder folder;
  const Dataset data = categorical_data(5, 20);
  const TrainPlan plan = plan_for(data, folder / "run", 5);
  train(plan);
  const std::string before = read_file(plan.run / "policy.safetensors");
  EXPECT_THROW(train(plan), UsageError);
  EXPECT_EQ(read_file(plan.run / "policy.safetensors"), before);
}

}  // namespace
}  // namespace pianola
