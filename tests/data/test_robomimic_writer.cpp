#ifdef PIANOLA_WITH_HDF5
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/limited_disk.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/robomimic_hdf5.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

DatasetInfo full_info() {
  DatasetInfo info;
  info.observation_dim = 4;
  info.action_dim = 2;
  info.observation_fields = {{"z/far", 0, 1}, {"object", 1, 2}, {"a", 3, 1}};  // not in the order of names
  info.action_names = {"left, upper", "\"right\""};
  info.action_kinds = {ActionKind::linear, ActionKind::angle};
  info.action_range = {{-1.0, -3.2}, {1.0, 3.2}};
  info.attributes = {{"system", "pendulum"}, {"seed", "18446744073709551615"}};
  return info;
}

Trajectory random_trajectory(std::size_t steps, std::uint64_t id, bool narrow) {
  std::uint32_t draw = 0;
  const auto numbers = [&](std::size_t n) {
    std::vector<double> values(n);
    for (double& x : values) {
      x = normal(NoiseKey(11), id, 0, draw++);
      if (narrow) x = static_cast<float>(x);
    }
    return values;
  };
  Trajectory t;
  t.name = "demo_" + std::to_string(id);
  t.steps = steps;
  t.observations = numbers(4 * steps);
  t.next_observations = numbers(4 * steps);
  t.actions = numbers(2 * steps);
  t.executed_actions = numbers(2 * steps);
  t.rewards = numbers(steps);
  t.timestamps = numbers(steps);
  t.dones.assign(steps, 0.0);
  t.dones.back() = 1.0;
  t.outcome = Outcome::diverged;
  t.observations[0] = -0.0;
  return t;
}

void expect_equal(const Trajectory& a, const Trajectory& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.observations, b.observations);
  EXPECT_EQ(a.actions, b.actions);
  EXPECT_EQ(a.rewards, b.rewards);
  EXPECT_EQ(a.dones, b.dones);
  EXPECT_EQ(a.next_observations, b.next_observations);
  EXPECT_EQ(a.timestamps, b.timestamps);
  EXPECT_EQ(a.executed_actions, b.executed_actions);
  EXPECT_EQ(a.outcome, b.outcome);
}

class RobomimicWriterTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("a.hdf5"); }
  void write(const DatasetInfo& info, const std::vector<Trajectory>& trajectories) {
    const auto writer = create_dataset(path(), info);
    for (const Trajectory& t : trajectories) writer->write(t);
    writer->finish();
  }
  test::TemporaryFolder folder_;
};

TEST_F(RobomimicWriterTest, EverythingComesBackBitForBit) {
  for (const bool narrow : {false, true}) {
    DatasetInfo info = full_info();
    info.observation_bits = info.action_bits = narrow ? 32 : 64;
    std::vector<Trajectory> in;
    for (std::uint64_t i = 0; i < 12; ++i) in.push_back(random_trajectory(3 + 7 * i, i, narrow));
    write(info, in);
    const auto reader = open_dataset(path());
    ASSERT_EQ(reader->size(), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const Trajectory out = reader->read(i);
      expect_equal(out, in[i]);
      EXPECT_TRUE(std::signbit(out.observations[0]));
    }
    EXPECT_EQ(reader->info().observation_fields, info.observation_fields);
    EXPECT_EQ(reader->info().action_names, info.action_names);
    EXPECT_EQ(reader->info().action_kinds, info.action_kinds);
    EXPECT_EQ(reader->info().action_range, info.action_range);
    EXPECT_EQ(reader->info().action_bits, info.action_bits);
    EXPECT_EQ(reader->info().observation_bits, info.observation_bits);
    EXPECT_EQ(reader->info().attributes.at("seed"), "18446744073709551615");
  }
}

TEST_F(RobomimicWriterTest, NumbersThatFloat32WouldChangeStayDoubles) {
  DatasetInfo info = full_info();
  info.observation_bits = info.action_bits = 32;
  const Trajectory t = random_trajectory(5, 0, false);
  write(info, {t});
  expect_equal(open_dataset(path())->read(0), t);
}

TEST_F(RobomimicWriterTest, LayoutIsRobomimics) {
  DatasetInfo info = full_info();
  info.observation_fields.clear();
  write(info, {random_trajectory(5, 0, false), random_trajectory(6, 1, false)});
  const Hdf5File file(path());
  EXPECT_EQ(file.attribute("/data", "total"), "11");
  EXPECT_EQ(file.attribute("/data", "format_version"), "1");
  const auto env_args = nlohmann::json::parse(file.attribute("/data", "env_args").value());
  EXPECT_EQ(env_args.at("env_name"), "pendulum");
  EXPECT_EQ(env_args.at("type"), 2);
  EXPECT_TRUE(env_args.at("env_kwargs").is_object());
  EXPECT_EQ(file.attribute("/data/demo_1", "num_samples"), "6");
  EXPECT_EQ(file.node("/data/demo_1/obs"), Hdf5Node::group);
  EXPECT_EQ(file.dataset("/data/demo_1/obs/state").dims_text(), "[6, 4]");
  EXPECT_EQ(file.dataset("/data/demo_1/next_obs/state").dims_text(), "[6, 4]");
  EXPECT_EQ(file.dataset("/data/demo_1/actions").dims_text(), "[6, 2]");
  EXPECT_EQ(file.dataset("/data/demo_1/rewards").dims_text(), "[6]");
  EXPECT_EQ(file.dataset("/data/demo_1/dones").dims_text(), "[6]");
}

TEST_F(RobomimicWriterTest, OtherNamesAreKeptBesideRobomimics) {
  Trajectory first = random_trajectory(3, 0, false), second = random_trajectory(3, 1, false);
  first.name = "Monday 9:15";
  second.name = "";
  write(full_info(), {first, second});
  const auto reader = open_dataset(path());
  EXPECT_EQ(reader->name(0), "demo_0");
  EXPECT_EQ(reader->read(0).name, "Monday 9:15");
  EXPECT_EQ(reader->read(1).name, "demo_1");
}

TEST_F(RobomimicWriterTest, RefusesWhatItCannotStore) {
  const auto refusal = [&](auto change) {
    DatasetInfo info = full_info();
    change(info);
    return message_of<DataError>([&] { write(info, {random_trajectory(3, 0, false)}); });
  };
  expect_parts(refusal([](DatasetInfo& info) { info.observation_fields[0].name = "object"; }), {"a.hdf5", "'object'"});
  expect_parts(refusal([](DatasetInfo& info) { info.observation_fields[0].name = "object/x"; }), {"'object'"});
  expect_parts(refusal([](DatasetInfo& info) { info.observation_fields[0].name = ""; }), {"not empty"});
  expect_parts(refusal([](DatasetInfo& info) { info.attributes["total"] = "3"; }), {"'total'", "rename it"});
  expect_parts(refusal([](DatasetInfo& info) { info.action_names[0] = "\xff"; }), {"UTF-8"});
  expect_parts(refusal([](DatasetInfo& info) {
                 info.observation_dim = 0;
                 info.observation_fields.clear();
               }),
               {"observations"});
  EXPECT_EQ(folder_.files(), 0u);
}

TEST_F(RobomimicWriterTest, RefusesBadTrajectoriesAndNone) {
  Trajectory t = random_trajectory(3, 0, false);
  t.actions[3] = INFINITY;
  expect_parts(message_of<DataError>([&] { write(full_info(), {t}); }), {"a.hdf5", "'demo_0'", "row 1", "dimension 1"});
  expect_parts(message_of<DataError>([&] { write(full_info(), {}); }), {"a.hdf5", "at least one"});
  EXPECT_EQ(folder_.files(), 0u);
}

TEST_F(RobomimicWriterTest, AFullDiskLeavesTheOldDataset) {
  write(full_info(), {random_trajectory(5, 0, false)});
  const auto size = static_cast<rlim_t>(std::filesystem::file_size(path()));
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{1000}, size - 1, 4 * size}) {
    expect_parts(message_of<ResourceError>([&] {
                   const test::LimitedDisk disk(bytes);
                   std::vector<Trajectory> many;
                   for (std::uint64_t i = 0; i < 10; ++i) many.push_back(random_trajectory(100, i, false));
                   write(full_info(), many);
                 }),
                 {"a.hdf5", "File too large"});
    EXPECT_EQ(folder_.files(), 1u);
  }
  EXPECT_EQ(open_dataset(path())->read(0).steps, 5u);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
