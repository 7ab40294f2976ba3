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

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
