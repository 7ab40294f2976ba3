#include "pianola/training/checkpoint.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using toy_training::Folder;
using toy_training::message_of;

Checkpoint some_checkpoint(std::uint64_t steps) {
  Checkpoint checkpoint;
  checkpoint.learner = {{1.0F, 2.5F}, {0.1F, 3e-39F}, {-1.0F, 0.0F}, {4.0F, 1e30F}, steps};  // a denormal among them
  checkpoint.loss_sum = 0.1 + 0.2;
  checkpoint.loss_count = 7;
  checkpoint.identity = {{"batch", "256"}, {"dataset_fingerprint", "abc"}};
  return checkpoint;
}

TEST(Checkpoint, ReadsBackExactly) {
  const Folder run;
  write_checkpoint(run / "", some_checkpoint(40));
  const auto back = read_checkpoint(run / "");
  ASSERT_TRUE(back.has_value());
  const Checkpoint expected = some_checkpoint(40);
  EXPECT_EQ(back->learner.parameters, expected.learner.parameters);
  EXPECT_EQ(back->learner.average, expected.learner.average);
  EXPECT_EQ(back->learner.first_moment, expected.learner.first_moment);
  EXPECT_EQ(back->learner.second_moment, expected.learner.second_moment);
  EXPECT_EQ(back->learner.steps, 40U);
  EXPECT_EQ(back->loss_sum, expected.loss_sum);
  EXPECT_EQ(back->loss_count, 7U);
  EXPECT_EQ(back->identity, expected.identity);
}

TEST(Checkpoint, TheNewestReplacesTheOneBefore) {
  const Folder run;
  EXPECT_FALSE(read_checkpoint(run / "").has_value());
  write_checkpoint(run / "", some_checkpoint(20));
  write_checkpoint(run / "", some_checkpoint(40));
  EXPECT_EQ(read_checkpoint(run / "")->learner.steps, 40U);
  EXPECT_EQ(std::distance(fs::directory_iterator(checkpoint_folder(run / "")), {}), 1);
  EXPECT_FALSE(fs::exists(run / "checkpoint.tmp"));
}

TEST(Checkpoint, NoAverageStaysNone) {
  const Folder run;
  Checkpoint checkpoint = some_checkpoint(1);
  checkpoint.learner.average.clear();
  write_checkpoint(run / "", checkpoint);
  EXPECT_TRUE(read_checkpoint(run / "")->learner.average.empty());
}

TEST(Checkpoint, AKillInMidCheckpointLeavesThePreviousOne) {
  const Folder run;
  write_checkpoint(run / "", some_checkpoint(20));
  fs::create_directories(run / "checkpoint.tmp");
  write_file(run / "checkpoint.tmp/state.safetensors", "half of a che");
  EXPECT_EQ(read_checkpoint(run / "")->learner.steps, 20U);
  write_checkpoint(run / "", some_checkpoint(40));  // and does not stand in the way of the next
  EXPECT_EQ(read_checkpoint(run / "")->learner.steps, 40U);
  remove_unfinished_checkpoint(run / "");
  EXPECT_FALSE(fs::exists(run / "checkpoint.tmp"));
}

TEST(Checkpoint, DamageIsNamed) {
  const Folder run;
  write_checkpoint(run / "", some_checkpoint(20));
  const fs::path file = checkpoint_folder(run / "") / "state.safetensors";
  const std::string whole = read_file(file);
  write_file(file, whole.substr(0, whole.size() - 3));
  EXPECT_NE(message_of<DataError>([&] { read_checkpoint(run / ""); }).find("state.safetensors"), std::string::npos);
  TensorFile tensors = parse_safetensors(std::as_bytes(std::span(whole)), "memory");
  tensors.metadata["format_version"] = "9";
  write_safetensors(file, tensors);
  EXPECT_NE(message_of<DataError>([&] { read_checkpoint(run / ""); }).find("format_version is 9"), std::string::npos);
  tensors.metadata["format_version"] = "1";
  tensors.metadata["loss_sum"] = "much";
  write_safetensors(file, tensors);
  EXPECT_NE(message_of<DataError>([&] { read_checkpoint(run / ""); }).find("'loss_sum' is 'much'"), std::string::npos);
  tensors.metadata.erase("loss_sum");
  write_safetensors(file, tensors);
  EXPECT_NE(message_of<DataError>([&] { read_checkpoint(run / ""); }).find("missing"), std::string::npos);
}

TEST(Checkpoint, IdentityNamesEveryDifference) {
  const Identity saved{{"batch", "256"}, {"ema", "0.999"}, {"seed", "1"}};
  EXPECT_NO_THROW(check_identity(saved, saved, "run"));
  const Identity now{{"batch", "128"}, {"ema", "0.999"}, {"steps", "9"}};
  const std::string message = message_of<DataError>([&] { check_identity(saved, now, "runs/a"); });
  EXPECT_NE(message.find("runs/a"), std::string::npos);
  EXPECT_NE(message.find("batch was '256', now is '128'"), std::string::npos) << message;
  EXPECT_NE(message.find("seed was '1', now is missing"), std::string::npos) << message;
  EXPECT_NE(message.find("steps was missing, now is '9'"), std::string::npos) << message;
  EXPECT_EQ(message.find("ema"), std::string::npos) << message;
}

TEST(Checkpoint, AFolderThatCannotBeWrittenIsAResourceError) {
  EXPECT_THROW(write_checkpoint("/proc/nowhere", some_checkpoint(1)), ResourceError);
}

}  // namespace
}  // namespace pianola
