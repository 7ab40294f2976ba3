#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v30.hpp"

#include <filesystem>

#include "data/golden_episodes.hpp"
#include "data/lerobot_sets.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/parquet_lists.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(LeRobotV30, ReadsWhatLeRobotWrote) {
  const auto reader = open_dataset(test::golden("lerobot_v30"));
  EXPECT_EQ(reader->info().format, "lerobot_v30");
  test::expect_golden_lerobot(*reader);
}

TEST(LeRobotV30, ComesBackAndIsLaidOutAsLeRobotDoes) {
  const test::TemporaryFolder folder;
  const auto reader = open_dataset(test::write_lerobot(folder.file("set"), "lerobot_v30"));
  ASSERT_EQ(reader->size(), 3u);
  for (const std::size_t e : {2u, 0u, 1u}) {  // any order
    const Trajectory t = reader->read(e), expected = test::lerobot_episode(e, 4 + e * 2 % 5);
    EXPECT_EQ(t.observations, expected.observations);
    EXPECT_EQ(t.actions, expected.actions);
    EXPECT_EQ(t.attributes.at("task"), expected.attributes.at("task"));
  }
  const ParquetFile episodes(folder.file("set/meta/episodes/chunk-000/file-000.parquet"));
  EXPECT_EQ(parquet_lists(episodes, "dataset_from_index"), (std::vector<std::vector<double>>{{0}, {4}, {10}}));
  EXPECT_EQ(parquet_lists(episodes, "dataset_to_index"), (std::vector<std::vector<double>>{{4}, {10}, {18}}));
  EXPECT_EQ(parquet_lists(episodes, "stats/index/min"), (std::vector<std::vector<double>>{{0}, {4}, {10}}));
  const ParquetFile golden(test::golden("lerobot_v30/meta/episodes/chunk-000/file-000.parquet"));
  for (const ParquetColumn& column : golden.columns()) {
    const bool ours = column.name.find("next.") == std::string::npos;  // features that our small set lacks
    EXPECT_TRUE(!ours || episodes.find(column.name) != nullptr) << column.name;
  }
}

/// The metadata's table again, with one number changed.
void change_episode(const std::string& root, const std::string& column, std::size_t row, double value) {
  const std::string path = root + "/meta/episodes/chunk-000/file-000.parquet";
  std::vector<ParquetField> fields;
  std::vector<std::vector<double>> numbers;
  const ParquetFile file(path);
  const auto tasks = parquet_texts(file, "tasks");
  for (const ParquetColumn& other : file.columns()) {
    if (!other.is_number || other.depth > 0) continue;
    fields.push_back({other.name, other.type});
    numbers.emplace_back();
    for (const auto& list : parquet_lists(file, other.name)) numbers.back().push_back(list.front());
    if (other.name == column) numbers.back()[row] = value;
  }
  std::vector<ParquetValues> values;
  for (const auto& list : numbers) values.emplace_back(std::span<const double>(list));
  fields.push_back({"tasks", "string", 0, true});
  values.emplace_back(std::span<const std::vector<std::string>>(tasks));
  ParquetWriter writer(path, fields);
  writer.write(tasks.size(), values);
  writer.finish();
}

TEST(LeRobotV30, EpisodesThatDoNotAddUp) {
  const auto error_of = [](const std::string& column, std::size_t row, double value) {
    const test::TemporaryFolder folder;
    const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30");
    change_episode(root, column, row, value);
    return message_of<DataError>([&] { (void)open_dataset(root)->read(row); });
  };
  expect_parts(error_of("dataset_from_index", 1, 5),
               {"file-000.parquet", "row 1", "dataset_from_index 5", "must be 4"});
  expect_parts(error_of("dataset_to_index", 1, 9), {"dataset_to_index 9", "its length is 6"});
  expect_parts(error_of("length", 2, 4), {"its length is 4"});
  expect_parts(error_of("dataset_to_index", 2, 9007199254740992.0), {"row 2", "dataset_to_index"});
  expect_parts(error_of("length", 0, -1), {"column 'length'", "row 0", "-1", "at least 0"});
  expect_parts(error_of("episode_index", 1, 0), {"episode 0 follows episode 0"});
  expect_parts(error_of("episode_index", 1, 7), {"episode 2 follows episode 7"});
  expect_parts(error_of("data/file_index", 2, 3), {"file-000.parquet", "10 frames by the metadata", "18 rows"});
}

TEST(LeRobotV30, EpisodeIndexOfTheFramesIsHeldAgainstTheMetadata) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30");
  change_episode(root, "episode_index", 2, 3);
  const auto reader = open_dataset(root);
  EXPECT_EQ(reader->read(1).steps, 6u);
  expect_parts(message_of<DataError>([&] { (void)reader->read(2); }),
               {"file-000.parquet", "column 'episode_index'", "row 10", "it is 2", "of episode 3"});
}

TEST(LeRobotV30, TasksOfPandas) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30");
  const ParquetFile tasks(root + "/meta/tasks.parquet");
  EXPECT_EQ(parquet_texts(tasks, "task"), (std::vector<std::vector<std::string>>{{"pick"}, {"place"}}));
  const std::vector<double> numbers{0, 0};
  const std::vector<std::string> texts{"pick", "place"};
  ParquetWriter writer(root + "/meta/tasks.parquet", {{"task_index", "int64"}, {"task", "string"}});
  writer.write(2, std::vector<ParquetValues>{std::span(numbers), std::span(texts)});
  writer.finish();
  expect_parts(message_of<DataError>([&] { (void)open_dataset(root); }), {"tasks.parquet", "row 1", "task_index 0"});
}

TEST(LeRobotV30, MissingFilesAreNamed) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30");
  std::filesystem::remove(root + "/data/chunk-000/file-000.parquet");
  expect_parts(message_of<DataError>([&] { (void)open_dataset(root); }), {"data/chunk-000/file-000.parquet"});
  std::filesystem::remove_all(root + "/meta/episodes");
  expect_parts(message_of<DataError>([&] { (void)open_dataset(root); }), {"meta/episodes", "there are none"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
