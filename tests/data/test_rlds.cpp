#include "pianola/data/rlds.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(Rlds, TheActionOfTheLastStepIsDropped) {
  // Files in natural order: test (episode 2), then both shards of train.
  const auto reader = open_dataset(test::golden("rlds"), {.observation = {"state"}});
  EXPECT_EQ(reader->info().format, "rlds");
  ASSERT_EQ(reader->size(), 3u);
  test::expect_golden_episode(*reader, 0, 2);
  test::expect_golden_episode(*reader, 1, 0);
  test::expect_golden_episode(*reader, 2, 1);
  EXPECT_EQ(reader->info().subsets.at("train"), (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(reader->info().action_bits, 32);
  EXPECT_EQ(reader->info().unread,
            (std::vector<std::string>{"episode_metadata: not in steps", "language_instruction: no plain numbers"}));
  const auto train = open_dataset(test::golden("rlds"), {.subset = "train"});
  ASSERT_EQ(train->size(), 2u);
  EXPECT_EQ(train->info().observation_fields, (std::vector<ObservationField>{{"gripper", 0, 1}, {"state", 1, 3}}));
}

TEST(Rlds, AFileThatWasNotCopiedIsMissed) {
  const test::TemporaryFolder folder;
  const std::string shards[] = {"golden-train.tfrecord-00000-of-00002", "golden-train.tfrecord-00001-of-00002"};
  for (const std::string& missing : shards) {
    const std::string path = folder.file("without_" + missing);
    std::filesystem::copy(test::golden("rlds"), path);
    std::filesystem::remove(path + "/" + missing);
    expect_parts(message_of<DataError>([&] { (void)open_dataset(path); }), {path, missing, "one of 2 files"});
  }
}

TEST(Rlds, FeaturesThatAreNotThere) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a");
  std::filesystem::copy(test::golden("rlds"), path);
  const std::string features = read_file(path + "/features.json");
  const auto refusal = [&](const std::string& from, const std::string& to) {
    std::string text = features;
    text.replace(text.find(from), from.size(), to);
    write_file(path + "/features.json", text);
    return message_of<DataError>([&] { (void)read_all(*open_dataset(path)); });
  };
  expect_parts(refusal("\"gripper\"", "\"grippers\""), {"steps/observation/grippers", "features.json lists"});
  expect_parts(refusal("\"3\"", "\"4\""), {"steps/observation/state", "18 numbers", "6 steps of 4"});
  expect_parts(refusal("\"3\"", "\"18446744073709551615\""), {"state"});
  expect_parts(refusal("\"sequence\"", "\"sequences\""), {"features.json"});
  expect_parts(refusal("{", "["), {"features.json is damaged"});
}

}  // namespace
}  // namespace pianola
