#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/robomimic_hdf5.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::halves;
using test::message_of;
using test::plain_trajectory;
using test::RawHdf5;

class RobomimicReaderTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("a.hdf5"); }
  template <class Fill>
  std::unique_ptr<TrajectoryReader> reader(Fill fill, const ReadOptions& options = {}) {
    {
      RawHdf5 raw(path());
      fill(raw);
    }
    return open_dataset(path(), options);
  }
  /// What opening, or reading all of, such a file says.
  template <class Fill>
  std::string refusal(Fill fill, const ReadOptions& options = {}) {
    return message_of<DataError>([&] { (void)read_all(*reader(fill, options)); });
  }
  test::TemporaryFolder folder_;
};

TEST_F(RobomimicReaderTest, ActionsOnlyLeavesBadObservationsAlone) {
  const auto fill = [](RawHdf5& raw) {
    plain_trajectory(raw, "/data/demo_0", 5);
    raw.doubles("/data/demo_1/actions", {4, 1}, halves(4));  // no observations at all
    raw.doubles("/data/demo_2/actions", {3, 1}, halves(3));
    raw.doubles("/data/demo_2/obs", {2, 9}, halves(18));  // another shape
    raw.doubles("/data/demo_2/next_obs", {1, 9}, halves(9));
    raw.doubles("/data/demo_2/rewards", {3, 1}, halves(3));
  };
  EXPECT_NE(refusal(fill).find("demo_1"), std::string::npos);
  const auto r = reader(fill, {.actions_only = true});
  EXPECT_EQ(r->info().observation_dim, 0u);
  EXPECT_TRUE(r->info().observation_fields.empty());
  const Dataset all = [&] {
    Dataset dataset(r->info());
    for (std::size_t i = 0; i < r->size(); ++i) {
      Trajectory t = r->read(i);
      t.rewards.clear();
      dataset.append(t);
    }
    return dataset;
  }();
  EXPECT_EQ(all.steps(), 12u);
  EXPECT_EQ(r->read(2).rewards, halves(3)) << "the other fields are still read";
}

TEST_F(RobomimicReaderTest, ObservationsAsADataset) {
  const auto r = reader([](RawHdf5& raw) { plain_trajectory(raw, "/data/demo_0", 5); });
  EXPECT_EQ(r->info().format, "robomimic");
  EXPECT_EQ(r->info().path, path());
  EXPECT_EQ(r->info().observation_dim, 2u);
  EXPECT_EQ(r->info().action_dim, 1u);
  EXPECT_EQ(r->info().observation_fields, (std::vector<ObservationField>{{"state", 0, 2}}));
  EXPECT_EQ(r->info().observation_bits, 64);
  EXPECT_EQ(r->size(), 1u);
  EXPECT_EQ(r->steps(0), 5u);
  const Trajectory t = r->read(0);
  EXPECT_EQ(t.name, "demo_0");
  EXPECT_EQ(t.observations, halves(10));
  EXPECT_EQ(t.actions, halves(5));
  EXPECT_TRUE(t.rewards.empty() && t.dones.empty() && t.timestamps.empty() && t.next_observations.empty());
  EXPECT_EQ(t.outcome, Outcome::truncated);
  EXPECT_EQ(r->read_actions(0), halves(5));
  EXPECT_THROW((void)r->read(1), UsageError);
}

TEST_F(RobomimicReaderTest, OptionalDatasetsUnderEitherName) {
  const auto r = reader([](RawHdf5& raw) {
    plain_trajectory(raw, "/data/demo_0", 2);
    plain_trajectory(raw, "/data/demo_1", 2, 50.5);
    for (const std::string demo : {"/data/demo_0", "/data/demo_1"}) {
      const bool first = demo.back() == '0';
      raw.doubles(demo + "/rewards", {2, 1}, {1.0, 2.0});
      raw.doubles(demo + (first ? "/dones" : "/terminals"), {2}, {0.0, first ? 0.0 : 1.0}, H5T_STD_U8LE);
      raw.doubles(demo + (first ? "/timestamps" : "/timestamp"), {2}, {0.0, 0.5}, H5T_IEEE_F32LE);
      raw.doubles(demo + "/next_obs", {2, 2}, halves(4, 9.0));
      raw.doubles(demo + "/executed_actions", {2, 1}, {7.0, 8.0});
    }
    raw.text("/data/demo_0", "outcome", "diverged");
  });
  for (std::size_t i = 0; i < 2; ++i) {
    const Trajectory t = r->read(i);
    EXPECT_EQ(t.rewards, (std::vector<double>{1.0, 2.0}));
    EXPECT_EQ(t.dones, (std::vector<double>{0.0, i == 0 ? 0.0 : 1.0}));
    EXPECT_EQ(t.timestamps, (std::vector<double>{0.0, 0.5}));
    EXPECT_EQ(t.next_observations, halves(4, 9.0));
    EXPECT_EQ(t.executed_actions, (std::vector<double>{7.0, 8.0}));
    EXPECT_EQ(t.outcome, i == 0 ? Outcome::diverged : Outcome::terminated);
  }
}

TEST_F(RobomimicReaderTest, TrajectoriesInNaturalOrderUnderAnyName) {
  const auto r = reader([](RawHdf5& raw) {
    for (const char* name : {"demo_10", "demo_2", "session a", "demo_1"})
      plain_trajectory(raw, std::string("/data/") + name, 3);
    raw.doubles("/data/not_a_group", {1}, {0.0});
  });
  ASSERT_EQ(r->size(), 4u);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < r->size(); ++i) names.push_back(r->read(i).name);
  EXPECT_EQ(names, (std::vector<std::string>{"demo_1", "demo_2", "demo_10", "session a"}));
  EXPECT_EQ(r->name(3), "session a");
}

/// obs/{b [3, 2], a [3], deep/x [3, 1]}
void fill_fields(RawHdf5& raw) {
  raw.doubles("/data/demo_0/obs/b", {3, 2}, {10, 11, 20, 21, 30, 31});
  raw.doubles("/data/demo_0/obs/a", {3}, {1, 2, 3});
  raw.doubles("/data/demo_0/obs/deep/x", {3, 1}, {100, 200, 300}, H5T_IEEE_F32LE);
  raw.doubles("/data/demo_0/actions", {3}, {0, 1, 2});
}

TEST_F(RobomimicReaderTest, FieldsAreJoinedInTheOrderOfTheirNames) {
  const auto r = reader(fill_fields);
  EXPECT_EQ(r->info().observation_fields, (std::vector<ObservationField>{{"a", 0, 1}, {"b", 1, 2}, {"deep/x", 3, 1}}));
  EXPECT_EQ(r->read(0).observations, (std::vector<double>{1, 10, 11, 100, 2, 20, 21, 200, 3, 30, 31, 300}));
  EXPECT_EQ(r->info().action_dim, 1u);
}

TEST_F(RobomimicReaderTest, FieldsAsAskedFor) {
  const auto r = reader(fill_fields, {.observation = {"deep", "a"}});
  EXPECT_EQ(r->info().observation_fields, (std::vector<ObservationField>{{"deep/x", 0, 1}, {"a", 1, 1}}));
  EXPECT_EQ(r->info().observation_bits, 64);
  EXPECT_EQ(r->read(0).observations, (std::vector<double>{100, 1, 200, 2, 300, 3}));
  EXPECT_EQ(open_dataset(path(), {.observation = {"deep/x"}})->info().observation_bits, 32);
}

TEST_F(RobomimicReaderTest, AnUnknownFieldNamesTheNearest) {
  (void)reader(fill_fields);
  expect_parts(message_of<UsageError>([&] { (void)open_dataset(path(), {.observation = {"deep/y"}}); }),
               {"a.hdf5", "observation field", "'deep/y'", "did you mean 'deep/x'?", "known: a, b, deep/x"});
  expect_parts(message_of<UsageError>([&] {
                 (void)open_dataset(path(), {.observation = {"a", "a"}});
               }),
               {"'a'", "twice"});
}

TEST_F(RobomimicReaderTest, ImagesJoinOnlyByName) {
  const auto fill = [](RawHdf5& raw) {
    raw.doubles("/data/demo_0/obs/a", {2}, {1, 2});
    raw.doubles("/data/demo_0/obs/image", {2, 2, 2}, halves(8), H5T_STD_U8LE);
    raw.doubles("/data/demo_0/actions", {2, 1}, {1, 2});
  };
  expect_parts(refusal(fill), {"'image'", "[steps, 2, 2]", "name the fields", "a, image"});
  EXPECT_EQ(open_dataset(path(), {.observation = {"a"}})->info().observation_dim, 1u);
  EXPECT_EQ(open_dataset(path(), {.observation = {"image"}})->read(0).observations.size(), 8u);
}

TEST_F(RobomimicReaderTest, ImagesAreLeftOutAndListedIfThatIsAskedFor) {
  const auto fill = [](RawHdf5& raw) {
    for (const std::string demo : {"/data/demo_0", "/data/demo_1", "/data/demo_2"}) {
      raw.doubles(demo + "/obs/a", {2}, {1, 2});
      if (demo.back() != '2') raw.doubles(demo + "/obs/image", {2, 2, 3}, halves(12), H5T_STD_U8LE);
      raw.doubles(demo + "/actions", {2, 1}, {1, 2});
    }
  };
  const auto r = reader(fill, {.leave_out_images = true});
  EXPECT_EQ(r->info().observation_fields, (std::vector<ObservationField>{{"a", 0, 1}}));
  EXPECT_EQ(r->info().left_out_fields, (std::vector<ObservationField>{{"image", 0, 6}}));
  EXPECT_EQ(r->read(1).observations, (std::vector<double>{1, 2}));
  expect_parts(message_of<DataError>([&] { (void)r->read(2); }), {"demo_2", "fields a,", "a, image"});
  const auto named = open_dataset(path(), {.observation = {"image"}, .leave_out_images = true});
  EXPECT_TRUE(named->info().left_out_fields.empty());
  EXPECT_EQ(named->info().observation_dim, 6u);
}

TEST_F(RobomimicReaderTest, LearningLooksAtObservationsAndActionsOnly) {
  const auto fill = [](RawHdf5& raw) {
    plain_trajectory(raw, "/data/demo_0", 3);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    raw.doubles("/data/demo_0/next_obs", {3, 2}, {1, 2, nan, 4, 5, 6});
    raw.doubles("/data/demo_0/rewards", {9}, halves(9));
    raw.doubles("/data/demo_0/dones", {3}, {0, 0, 7});
    raw.doubles("/data/demo_0/timestamps", {3}, {0, nan, 1});
    plain_trajectory(raw, "/data/demo_1", 2);
    raw.text("/data/demo_1", "outcome", "terminated");
  };
  EXPECT_FALSE(refusal(fill).empty());
  const Dataset dataset = read_all(*reader(fill, {.learning_only = true}));
  EXPECT_EQ(dataset.steps(), 5u);
  const Trajectory t = dataset.trajectory(0);
  EXPECT_EQ(t.observations, halves(6));
  EXPECT_TRUE(t.next_observations.empty() && t.rewards.empty() && t.dones.empty() && t.timestamps.empty());
  EXPECT_EQ(dataset.trajectory(1).outcome, Outcome::terminated);
}

TEST_F(RobomimicReaderTest, AttributesRangeAndKinds) {
  const auto r = reader([](RawHdf5& raw) {
    plain_trajectory(raw, "/data/demo_0", 2);
    raw.text("/data", "env_args", "{\"env_name\": \"Lift\"}");
    raw.integer("/data", "fps", 30);
    raw.integer("/data", "total", 2);
    raw.text("/data", "action_kinds", "[\"angle\"]");
    raw.text("/data", "action_names", "[\"elbow, left\"]");
    const hsize_t one = 1;
    const hid_t space = H5Screate_simple(1, &one, nullptr);
    const double low = -2.0, high = 3.0;
    raw.attribute("/data", "action_low", H5T_IEEE_F64LE, space, H5T_NATIVE_DOUBLE, &low);
    raw.attribute("/data", "action_high", H5T_IEEE_F64LE, space, H5T_NATIVE_DOUBLE, &high);
    H5Sclose(space);
  });
  EXPECT_EQ(r->info().attributes,
            (std::map<std::string, std::string>{{"env_args", "{\"env_name\": \"Lift\"}"}, {"fps", "30"}}));
  EXPECT_EQ(r->info().action_range, (ActionRange{{-2.0}, {3.0}}));
  EXPECT_EQ(r->info().action_kinds, std::vector<ActionKind>{ActionKind::angle});
  EXPECT_EQ(r->info().action_names, std::vector<std::string>{"elbow, left"});
}

TEST_F(RobomimicReaderTest, BadAttributes) {
  const auto with = [&](const char* name, const char* text) {
    return refusal([&](RawHdf5& raw) {
      plain_trajectory(raw, "/data/demo_0", 2);
      raw.text("/data", name, text);
    });
  };
  expect_parts(with("action_kinds", "[\"lineer\"]"), {"a.hdf5", "action_kinds", "'lineer'", "linear"});
  expect_parts(with("action_kinds", "linear"), {"JSON list of strings"});
  expect_parts(with("action_names", "[\"a\", \"b\"]"), {"action names", "1 action dimensions"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.text("/data/demo_0", "outcome", "won");
               }),
               {"/data/demo_0", "'won'", "terminated"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.integer("/data", "format_version", 2);
               }),
               {"format_version 2", "newer"});
}

TEST_F(RobomimicReaderTest, FilesWithoutTrajectories) {
  expect_parts(refusal([](RawHdf5& raw) { raw.doubles("/W0", {1}, {1.0}); }), {"a.hdf5", "no group /data", "W0"});
  expect_parts(refusal([](RawHdf5& raw) { raw.group("/data"); }), {"/data holds no trajectory", "/data/demo_0"});
  expect_parts(refusal([](RawHdf5& raw) { raw.group("/data/demo_0"); }), {"/data/demo_0", "no dataset 'actions'"});
  expect_parts(refusal([](RawHdf5& raw) { raw.doubles("/data/demo_0/actions", {2}, {1, 2}); }), {"no observations"});
}

TEST_F(RobomimicReaderTest, RaggedEmptyAndUnequal) {
  expect_parts(refusal([](RawHdf5& raw) {
                 raw.doubles("/data/demo_0/obs", {4, 2}, halves(8));
                 raw.doubles("/data/demo_0/actions", {3, 1}, halves(3));
               }),
               {"a.hdf5", "/data/demo_0/obs", "4 rows", "actions have 3"});
  expect_parts(refusal([](RawHdf5& raw) { plain_trajectory(raw, "/data/demo_0", 0); }), {"'/data/demo_0'", "empty"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.doubles("/data/demo_1/obs", {2, 3}, halves(6));
                 raw.doubles("/data/demo_1/actions", {2, 1}, halves(2));
               }),
               {"/data/demo_1/obs", "3 columns", "'/data/demo_0' has 2", "same dimensions"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.doubles("/data/demo_1/obs", {2, 2}, halves(4));
                 raw.doubles("/data/demo_1/actions", {2, 4}, halves(8));
               }),
               {"/data/demo_1/actions", "4 columns"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.doubles("/data/demo_0/rewards", {3}, halves(3));
               }),
               {"/data/demo_0/rewards", "3 rows"});
  expect_parts(refusal([](RawHdf5& raw) {
                 raw.doubles("/data/demo_0/obs", {2, 2}, halves(4));
                 raw.doubles("/data/demo_0/actions", {2, 2, 2}, halves(8));
               }),
               {"/data/demo_0/actions", "[2, 2, 2]", "one action a row"});
  expect_parts(refusal([](RawHdf5& raw) {
                 plain_trajectory(raw, "/data/demo_0", 2);
                 raw.integer("/data/demo_0", "num_samples", 3);
               }),
               {"2 action rows", "num_samples is 3"});
}

TEST_F(RobomimicReaderTest, FieldsThatDifferBetweenTrajectories) {
  const auto fill = [](RawHdf5& raw) {
    for (const std::string demo : {"/data/demo_0", "/data/demo_1"}) {
      raw.doubles(demo + "/obs/a", {2}, {1, 2});
      raw.doubles(demo + "/obs/" + (demo.back() == '0' ? "b" : "c"), {2}, {3, 4});
      raw.doubles(demo + "/actions", {2}, {1, 2});
    }
  };
  expect_parts(refusal(fill), {"'/data/demo_1'", "a, c", "a, b"});
  EXPECT_EQ(read_all(*open_dataset(path(), {.observation = {"a"}})).steps(), 4u);
}

TEST_F(RobomimicReaderTest, NotANumberNamesThePlace) {
  const std::string message = refusal([](RawHdf5& raw) {
    plain_trajectory(raw, "/data/demo_0", 3);
    std::vector<double> obs = halves(4000);
    obs[2 * 1734 + 1] = std::numeric_limits<double>::quiet_NaN();
    raw.doubles("/data/demo_1/obs", {2000, 2}, obs);
    raw.doubles("/data/demo_1/actions", {2000, 1}, halves(2000));
  });
  expect_parts(message, {"a.hdf5", "'demo_1'", "observations", "row 1734", "dimension 1", "obs/state[1]", "nan"});
}

TEST_F(RobomimicReaderTest, ABadFirstTrajectoryDoesNotHideTheOthers) {
  const auto r = reader([](RawHdf5& raw) {
    raw.group("/data/demo_0");
    plain_trajectory(raw, "/data/demo_1", 3);
  });
  EXPECT_EQ(r->info().action_dim, 1u);
  EXPECT_THROW((void)r->read(0), DataError);
  EXPECT_EQ(r->read(1).steps, 3u);
}

// Real files. PIANOLA_DATA is the folder that holds them.
class RealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PIANOLA_DATA");
    if (folder == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no real data";
    folder_ = folder;
  }
  std::string folder_;
};

TEST_F(RealFiles, GymnasiumDemonstrations) {
  const struct {
    const char* task;
    std::size_t observation_dim, action_dim;
    double least_return;
  } tasks[] = {{"Hopper-v4", 11, 3, 3600.0}, {"HalfCheetah-v4", 17, 6, 3900.0}};
  for (const auto& task : tasks) {
    const auto r = open_dataset(folder_ + "/gymnasium/demonstrations/" + task.task + ".hdf5");
    const Dataset dataset = read_all(*r);
    EXPECT_EQ(dataset.size(), 2u);
    EXPECT_EQ(dataset.steps(), 2000u);
    EXPECT_EQ(dataset.info().observation_dim, task.observation_dim);
    EXPECT_EQ(dataset.info().action_dim, task.action_dim);
    EXPECT_EQ(dataset.info().action_bits, 32);
    EXPECT_EQ(dataset.info().observation_bits, 64);
    EXPECT_EQ(dataset.info().attributes.at("env"), task.task);
    double sum = 0.0;
    for (const double reward : dataset.rewards()) sum += reward;
    EXPECT_GT(sum / 2.0, task.least_return);
    const Trajectory t = dataset.trajectory(0);
    EXPECT_EQ(t.dones.back(), 1.0);
    for (std::size_t i = 0; i < task.observation_dim; ++i) {
      EXPECT_EQ(t.next_observations[i], t.observations[task.observation_dim + i]);
    }
  }
}

TEST_F(RealFiles, Pendulum) {
  const Dataset dataset = read_all(*open_dataset(folder_ + "/pendulum/pendulum_expert.hdf5"));
  EXPECT_EQ(dataset.size(), 56u);
  EXPECT_EQ(dataset.steps(), 56u * 200u);
  EXPECT_EQ(dataset.info().observation_dim, 3u);
  EXPECT_EQ(dataset.info().observation_bits, 32);
  for (std::size_t i = 0; i < dataset.steps(); ++i) {
    const auto x = dataset.observations().subspan(3 * i, 2);  // cos θ, sin θ
    ASSERT_NEAR(x[0] * x[0] + x[1] * x[1], 1.0, 1e-6);
  }
}

TEST_F(RealFiles, UnitreeHumanoidChunkedWithTimestamps) {
  const auto r = open_dataset(folder_ + "/unitree_g1_lerobot_v21/as_hdf5.hdf5");
  ASSERT_EQ(r->size(), 100u);
  EXPECT_EQ(r->info().observation_dim, 26u);
  EXPECT_EQ(r->info().action_dim, 26u);
  EXPECT_EQ(r->name(2), "demo_2");
  std::size_t steps = 0;
  for (std::size_t i = 0; i < r->size(); ++i) steps += r->steps(i);
  EXPECT_EQ(steps, 35965u);
  const Trajectory t = r->read(99);
  EXPECT_NEAR(t.timestamps[1] - t.timestamps[0], 1.0 / 30.0, 1e-5);
}

TEST_F(RealFiles, AnExpertsWeightsAreNoDataset) {
  expect_parts(message_of<DataError>([&] { (void)open_dataset(folder_ + "/gymnasium/experts/Hopper.hdf5"); }),
               {"Hopper.hdf5", "no group /data", "obs_mean"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
