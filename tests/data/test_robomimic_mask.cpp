#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/robomimic_mask.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/robomimic_hdf5.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using Numbers = std::vector<std::size_t>;

class RobomimicMask : public ::testing::Test {
 protected:
  /// Three trajectories, and a mask of fixed-length strings as robomimic's split_train_val writes it.
  void write(const std::vector<std::string>& names) const {
    test::RawHdf5 raw(path_);
    for (int i = 0; i < 3; ++i) {
      const std::string demo = "/data/demo_" + std::to_string(i);
      test::plain_trajectory(raw, demo, 4, i);
      raw.doubles(demo + "/states", {4, 3}, test::halves(12, i), H5T_IEEE_F32LE);
      raw.doubles(demo + "/infos/stage", {4}, {0, 1, 2, 3}, H5T_STD_I8LE);
      raw.text(demo, "model_file", "<mujoco/>");
    }
    char bytes[8][16] = {};
    for (std::size_t i = 0; i < names.size(); ++i) names[i].copy(bytes[i], 15);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 16);
    raw.dataset("/mask/train", {names.size()}, type, type, bytes);
    H5Tclose(type);
  }
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.hdf5");
};

TEST_F(RobomimicMask, FilterKeysAreSubsets) {
  write({"demo_2", "demo_0"});
  EXPECT_EQ(open_dataset(path_)->info().subsets, (std::map<std::string, Numbers>{{"train", {0, 2}}}));
  const auto train = open_dataset(path_, {.subset = "train"});
  ASSERT_EQ(train->size(), 2u);
  EXPECT_EQ(train->read(1).name, "demo_2");
  EXPECT_EQ(train->info().subsets.at("train"), (Numbers{0, 1}));
  EXPECT_THROW((void)open_dataset(path_, {.subset = "test"}), UsageError);
}

TEST_F(RobomimicMask, BadFilterKeys) {
  write({"demo_7"});
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path_); }), {"a.hdf5", "/mask/train", "'demo_7'"});
  write({"demo_1", "demo_1"});
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path_); }), {"'demo_1' twice"});
  {
    test::RawHdf5 raw(path_);
    test::plain_trajectory(raw, "/data/demo_0", 2);
    raw.doubles("/mask/train", {1}, {0.0});
  }
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path_); }), {"/mask/train", "strings"});
}

TEST_F(RobomimicMask, ExtrasAttributesAndSubsetsAreWrittenBack) {
  write({"demo_1", "demo_2"});
  const auto reader = open_dataset(path_);
  EXPECT_EQ(reader->info().extra_fields,
            (std::vector<ExtraField>{{"infos/stage", 1, "int8"}, {"states", 3, "float32"}}));
  const std::string copy = folder_.file("b.hdf5");
  {
    DatasetInfo info = reader->info();
    const auto writer = create_dataset(copy, info);
    for (std::size_t i = 0; i < reader->size(); ++i) writer->write(reader->read(i));
    writer->finish();
  }
  const auto again = open_dataset(copy);
  EXPECT_EQ(again->info().extra_fields, reader->info().extra_fields);
  EXPECT_EQ(again->info().subsets, reader->info().subsets);
  const Trajectory t = again->read(2);
  EXPECT_EQ(t.extras, reader->read(2).extras);
  EXPECT_EQ(t.extras[1], test::halves(12, 2));
  EXPECT_EQ(t.attributes, (std::map<std::string, std::string>{{"model_file", "<mujoco/>"}}));
  EXPECT_TRUE(open_dataset(copy, {.learning_only = true})->read(0).extras.empty());
}

TEST_F(RobomimicMask, FurtherDatasetsThatDiffer) {
  {
    test::RawHdf5 raw(path_);
    test::plain_trajectory(raw, "/data/demo_0", 2);
    test::plain_trajectory(raw, "/data/demo_1", 2);
    raw.doubles("/data/demo_1/states", {2}, {1, 2});
    raw.doubles("/data/demo_0/grid", {2, 2, 2}, test::halves(8));
    raw.doubles("/data/demo_1/grid", {2, 2, 2}, test::halves(8));
  }
  const auto reader = open_dataset(path_);
  EXPECT_EQ(reader->info().unread, std::vector<std::string>{"grid: no vector a step"});
  EXPECT_TRUE(reader->read(0).extras.empty());
  expect_parts(message_of<DataError>([&] { (void)reader->read(1); }), {"'/data/demo_1'", "states", "has none"});
}

TEST_F(RobomimicMask, ForeignNamesAndNumbersOfOtherWidth) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  info.extra_fields = {{"rewards", 1, "int8"}, {"index", 1, "bool"}};
  info.subsets = {{"all", {0}}};
  Trajectory t;
  t.steps = 2;
  t.observations = t.actions = {1, 2};
  t.extras = {{0.5, NAN}, {1, 0}};
  t.attributes = {{"obs", "text"}};
  const auto writer = create_dataset(path_, info);
  writer->write(t);
  writer->finish();
  const auto reader = open_dataset(path_);
  EXPECT_EQ(reader->info().extra_fields,
            (std::vector<ExtraField>{{"extra/rewards", 1, "float64"}, {"index", 1, "bool"}}));
  EXPECT_EQ(reader->read(0).extras[0][0], 0.5);
  EXPECT_EQ(reader->read(0).attributes.at("extra/obs"), "text");
  info.subsets = {{"all", {4}}};
  const auto bad = create_dataset(path_, info);
  bad->write(t);
  expect_parts(message_of<DataError>([&] { bad->finish(); }), {"'all'", "trajectory 4"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
