#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v30_writer.hpp"

#include <filesystem>

#include "data/lerobot_sets.hpp"

namespace pianola {
namespace {

TEST(LeRobotV30Writer, BeginsANewFileWhenOneIsFull) {
  const test::TemporaryFolder folder;
  const auto writer = make_lerobot_writer(folder.file("set"), test::lerobot_info(), make_lerobot_v30_layout(20000));
  for (std::size_t e = 0; e < 9; ++e) writer->write(test::lerobot_episode(e, 200));
  writer->finish();
  EXPECT_TRUE(std::filesystem::exists(folder.file("set/data/chunk-000/file-001.parquet")));
  const auto reader = open_dataset(folder.file("set"));
  ASSERT_EQ(reader->size(), 9u);
  for (std::size_t e = 0; e < 9; ++e) EXPECT_EQ(reader->read(e).actions, test::lerobot_episode(e, 200).actions) << e;
}

TEST(LeRobotV30Writer, StatisticsAreExact) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30", 2);  // 4 and 6 steps
  const auto stats = nlohmann::json::parse(read_file(root + "/meta/stats.json"));
  EXPECT_EQ(stats["index"]["count"][0], 10);
  EXPECT_EQ(stats["index"]["q50"][0], 4.5);
  EXPECT_EQ(stats["index"]["max"][0], 9.0);
  EXPECT_EQ(stats["action"]["min"].size(), 2u);
  EXPECT_DOUBLE_EQ(stats["index"]["std"][0].get<double>() * stats["index"]["std"][0].get<double>(), 8.25);
}

TEST(LeRobotV30Writer, EpisodesAreWrittenInGroups) {
  const test::TemporaryFolder folder;
  constexpr std::size_t kEpisodes = 1003;  // a group has 1,000
  const auto writer = create_dataset(folder.file("set"), test::lerobot_info(), "lerobot_v30");
  for (std::size_t e = 0; e < kEpisodes; ++e) writer->write(test::lerobot_episode(e, 2));
  writer->finish();
  const auto reader = open_dataset(folder.file("set"));
  ASSERT_EQ(reader->size(), kEpisodes);
  for (const std::size_t e : {std::size_t{0}, std::size_t{999}, std::size_t{1000}, kEpisodes - 1}) {
    EXPECT_EQ(reader->read(e).actions, test::lerobot_episode(e, 2).actions) << e;
  }
}

TEST(LeRobotV30Writer, StatisticsAreOfTheNumbersThatAreStored) {
  const test::TemporaryFolder folder;
  const auto writer = create_dataset(folder.file("set"), test::lerobot_info(), "lerobot_v30");
  Trajectory t = test::lerobot_episode(0, 3);
  t.actions = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};  // no float32
  writer->write(t);
  writer->finish();
  EXPECT_EQ(writer->lost(), std::vector<std::string>{"action: rounded to float32"});
  const auto stats = nlohmann::json::parse(read_file(folder.file("set/meta/stats.json")));
  for (const char* name : {"min", "max", "q50"}) {
    EXPECT_EQ(stats["action"][name][0].get<double>(), static_cast<double>(0.1f)) << name;
  }
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
