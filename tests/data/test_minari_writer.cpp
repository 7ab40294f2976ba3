#ifdef PIANOLA_WITH_HDF5
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/minari.hpp"
#include "pianola/data/minari_spaces.hpp"

namespace pianola {
namespace {

TEST(MinariWriter, LayoutIsMinaris) {
  const test::TemporaryFolder folder;
  DatasetInfo info = test::rich_info();
  info.observation_fields = {{"pose/_index_0", 0, 1}, {"pose/_index_1", 1, 3}};
  test::write_rich(*create_minari(folder.file("a-v0"), info));
  const auto metadata = nlohmann::json::parse(read_file(folder.file("a-v0") + "/data/metadata.json"));
  EXPECT_EQ(metadata.at("total_episodes"), 3);
  EXPECT_EQ(metadata.at("total_steps"), 15);
  EXPECT_EQ(metadata.at("dataset_id"), "a-v0");
  EXPECT_EQ(metadata.at("system"), "pendulum");
  const std::string text = metadata.at("observation_space").get<std::string>();
  EXPECT_NE(text.find("[-Infinity,-Infinity,-Infinity]"), std::string::npos) << text;
  const auto space = parse_space(text, "a");
  EXPECT_EQ(space_at(space, "pose").at("type"), "Tuple");
  EXPECT_EQ(space_at(space, "pose/_index_1").at("shape").dump(), "[3]");
  const Hdf5File file(folder.file("a-v0") + "/data/main_data.hdf5");
  EXPECT_EQ(file.dataset("/episode_1/observations/pose/_index_1").dims_text(), "[7, 3]");
  EXPECT_EQ(file.dataset("/episode_1/terminations").type_name(), "bool");
  EXPECT_EQ(file.dataset("/episode_1/infos/task_index").type_name(), "int64");
  EXPECT_EQ(file.attribute("/episode_2", "id"), "2");
}

TEST(MinariWriter, FieldsInSomeTrajectoriesOnly) {
  const test::TemporaryFolder folder;
  const auto writer = create_minari(folder.file("a"), test::golden_info());
  Trajectory t = test::golden_trajectory(0);
  writer->write(t);
  t.rewards.clear();
  EXPECT_THROW(writer->write(t), DataError);
  EXPECT_THROW(create_minari(folder.file("b"), test::golden_info())->finish(), DataError) << "no trajectory";
  EXPECT_FALSE(std::filesystem::exists(folder.file("b")));
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
