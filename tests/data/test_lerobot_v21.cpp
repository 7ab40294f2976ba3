#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v21.hpp"

#include <cstdlib>
#include <filesystem>

#include "data/golden_episodes.hpp"
#include "data/lerobot_sets.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(LeRobotV21, ReadsWhatLeRobotWrote) {
  const auto reader = open_dataset(test::golden("lerobot_v21"));
  EXPECT_EQ(reader->info().format, "lerobot_v21");
  test::expect_golden_lerobot(*reader);
}

TEST(LeRobotV21, ComesBack) {
  const test::TemporaryFolder folder;
  const auto reader = open_dataset(test::write_lerobot(folder.file("set"), "lerobot_v21"));
  ASSERT_EQ(reader->size(), 3u);
  for (std::size_t e = 0; e < 3; ++e) {
    const Trajectory t = reader->read(e), expected = test::lerobot_episode(e, 4 + e * 2 % 5);
    EXPECT_EQ(t.name, expected.name);
    EXPECT_EQ(t.observations, expected.observations);
    EXPECT_EQ(t.actions, expected.actions);
    EXPECT_EQ(t.timestamps.at(3), static_cast<double>(static_cast<float>(0.3)));
  }
  EXPECT_EQ(read_file(folder.file("set/meta/tasks.jsonl")),
            "{\"task_index\":0,\"task\":\"pick\"}\n{\"task_index\":1,\"task\":\"place\"}\n");
}

TEST(LeRobotV21, LinesThatDoNotFit) {
  const auto error_of = [](const std::string& file, const std::string& text) {
    const test::TemporaryFolder folder;
    const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v21", 2);
    std::ofstream(root + "/meta/" + file) << text;
    return message_of<DataError>([&] { (void)open_dataset(root)->read(0); });
  };
  const std::string first = R"({"episode_index": 0, "tasks": ["pick"], "length": 4})";
  expect_parts(error_of("episodes.jsonl", first + "\nnonsense"), {"episodes.jsonl:2", "no JSON"});
  expect_parts(error_of("episodes.jsonl", first),
               {"lists 1 episodes of 4 frames", "total_episodes 2", "total_frames 10"});
  expect_parts(error_of("episodes.jsonl", first + "\n" + first), {"episode 0 follows episode 0"});
  expect_parts(error_of("episodes.jsonl", R"({"episode_index": 0, "tasks": ["pick"], "length": "4"})"),
               {"episodes.jsonl:1", "'length'", "whole number", "\"4\""});
  expect_parts(error_of("episodes.jsonl", R"({"episode_index": -1, "tasks": [], "length": 4})"),
               {"'episode_index'", "-1"});
  expect_parts(error_of("episodes.jsonl", R"({"episode_index": 0, "tasks": [], "length": 9223372036854775808})"),
               {"'length'", "9223372036854775808"});
  expect_parts(error_of("episodes.jsonl", R"({"episode_index": 0, "tasks": "pick", "length": 4})"),
               {"'tasks'", "a list of texts"});
  expect_parts(error_of("tasks.jsonl", R"({"task_index": 3, "task": "pick"})"), {"tasks.jsonl:1", "must be 0"});
  expect_parts(error_of("tasks.jsonl", R"({"task_index": 0})"), {"tasks.jsonl:1", "'task' must be a text"});
  expect_parts(error_of("episodes.jsonl", R"({"episode_index": 0, "tasks": [], "length": 7}
{"episode_index": 1, "tasks": [], "length": 3})"),
               {"episode_000000.parquet", "7 frames by the metadata", "4 rows"});
}

TEST(LeRobotV21, ACutFileIsNamed) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v21");
  const std::string file = root + "/data/chunk-000/episode_000001.parquet";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto reader = open_dataset(root);
  EXPECT_EQ(reader->read(0).steps, 4u);
  expect_parts(message_of<DataError>([&] { (void)reader->read(1); }), {"episode_000001.parquet", "damaged"});
}

TEST(LeRobotV21, TheG1DatasetHasTheNumbersOfItsHdf5Copy) {
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set";
  const std::string root = std::string(data) + "/unitree_g1_lerobot_v21";
  const auto reader = open_dataset(root);
  ASSERT_EQ(reader->size(), 100u);
  std::size_t steps = 0;
  for (std::size_t i = 0; i < reader->size(); ++i) steps += reader->steps(i);
  EXPECT_EQ(steps, 35965u);
  EXPECT_EQ(reader->info().action_names.at(3), "kLeftElbow");
  EXPECT_EQ(reader->info().left_out_fields.at(0).name, "observation.images.cam_high");
#ifdef PIANOLA_WITH_HDF5
  const auto copy = open_dataset(root + "/as_hdf5.hdf5");
  for (std::size_t i = 0; i < reader->size(); i += 9) {
    const Trajectory t = reader->read(i), expected = copy->read(i);
    EXPECT_EQ(t.actions, expected.actions);
    EXPECT_EQ(t.observations, expected.observations);
  }
#endif
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
