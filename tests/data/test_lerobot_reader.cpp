#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_reader.hpp"

#include "data/golden_episodes.hpp"
#include "data/lerobot_sets.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

class LeRobotReader : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::string root_ = test::golden("lerobot_v30");
};

TEST_F(LeRobotReader, FieldsGoWhereTheyBelong) {
  const auto reader = open_dataset(root_);
  const DatasetInfo& info = reader->info();
  EXPECT_EQ(info.observation_fields,
            (std::vector<ObservationField>{{"observation.state", 0, 3}, {"observation.gripper", 3, 1}}));
  EXPECT_EQ(info.extra_fields,
            (std::vector<ExtraField>{{"frame_index", 1, "int64"}, {"index", 1, "int64"}, {"task_index", 1, "int64"}}));
  const Trajectory t = reader->read(1);
  EXPECT_EQ(t.extras, (std::vector<std::vector<double>>{{0, 1, 2}, {5, 6, 7}, {1, 1, 1}}));
  EXPECT_EQ(info.attributes.at("tasks"), R"(["pick up the cube","put it down"])");
}

TEST_F(LeRobotReader, ObservationAndActionAreChosenByName) {
  const auto reader = open_dataset(root_, {.observation = {"task_index", "observation.gripper"}});
  EXPECT_EQ(reader->info().observation_dim, 2u);
  EXPECT_EQ(reader->read(1).observations, (std::vector<double>{1, 0, 1, 0.25, 1, 0.5}));
  EXPECT_EQ(reader->info().extra_fields.size(), 3u) << "frame_index, index and the state";
  const auto swapped = open_dataset(root_, {.action = "observation.state"});
  EXPECT_EQ(swapped->info().action_dim, 3u);
  EXPECT_EQ(swapped->info().observation_dim, 1u);
  expect_parts(message_of<UsageError>([&] { (void)open_dataset(root_, {.observation = {"observation.stat"}}); }),
               {"observation.stat", "did you mean 'observation.state'?"});
  expect_parts(message_of<UsageError>([&] { (void)open_dataset(root_, {.action = "actoin"}); }), {"'action'?"});
  expect_parts(message_of<UsageError>([&] {
                 (void)open_dataset(root_, {.observation = {"task_index", "task_index"}});
               }),
               {"task_index", "named twice"});
}

TEST_F(LeRobotReader, OnlyWhatIsAskedForIsRead) {
  const auto actions = open_dataset(root_, {.actions_only = true});
  EXPECT_EQ(actions->info().observation_dim, 0u);
  EXPECT_TRUE(actions->read(0).observations.empty());
  const auto learning = open_dataset(root_, {.learning_only = true});
  EXPECT_TRUE(learning->info().extra_fields.empty());
  EXPECT_TRUE(learning->read(0).rewards.empty());
  EXPECT_EQ(learning->read(1).outcome, Outcome::truncated);
}

TEST_F(LeRobotReader, Subsets) {
  const std::string root = test::write_lerobot(folder_.file("set"), "lerobot_v21");
  test::change_json(root + "/meta/info.json", [](auto& json) { json["splits"] = {{"train", "0:1"}, {"val", "1:3"}}; });
  const auto reader = open_dataset(root, {.subset = "val"});
  ASSERT_EQ(reader->size(), 2u);
  EXPECT_EQ(reader->name(0), "episode_000001");
  EXPECT_EQ(reader->read(0).actions, test::lerobot_episode(1, 6).actions);
  EXPECT_EQ(reader->info().subsets.at("val"), (std::vector<std::size_t>{0, 1}));
  expect_parts(message_of<UsageError>([&] { (void)open_dataset(root, {.subset = "vall"}); }), {"did you mean 'val'?"});
}

TEST_F(LeRobotReader, ImagesAreListed) {
  const std::string root = test::write_lerobot(folder_.file("set"), "lerobot_v21");
  test::change_json(root + "/meta/info.json", [](auto& json) {
    json["features"]["observation.images.top"] = {{"dtype", "video"}, {"shape", {2, 3, 3}}, {"names", nullptr}};
  });
  const auto reader = open_dataset(root);
  EXPECT_EQ(reader->info().left_out_fields, (std::vector<ObservationField>{{"observation.images.top", 0, 18}}));
  expect_parts(message_of<UsageError>([&] { (void)open_dataset(root, {.observation = {"observation.images.top"}}); }),
               {"dtype video", "not decoded"});
}

TEST_F(LeRobotReader, ColumnsThatDoNotFitTheFeatures) {
  const auto error_of = [&](auto&& change) {
    const test::TemporaryFolder folder;
    const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v21");
    test::change_json(root + "/meta/info.json", change);
    return message_of<DataError>([&] { (void)open_dataset(root)->read(0); });
  };
  expect_parts(error_of([](auto& json) { json["features"]["action"]["shape"] = {3}; }),
               {"episode_000000.parquet", "column 'action'", "row 0", "shape [3]"});
  expect_parts(error_of([](auto& json) { json["features"].erase("action"); }), {"'action'", "--action", "index"});
  expect_parts(error_of([](auto& json) { json["features"].erase("episode_index"); }), {"'episode_index'"});
  expect_parts(error_of([](auto& json) {
                 json["features"]["observation.more"] = {{"dtype", "float32"}, {"shape", {1}}};
               }),
               {"no column 'observation.more'"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
