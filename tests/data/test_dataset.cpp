#include "pianola/data/dataset.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

DatasetInfo small_info() {
  DatasetInfo info;
  info.path = "file.hdf5";
  info.observation_dim = 3;
  info.action_dim = 2;
  info.observation_fields = {{"position", 0, 2}, {"speed", 2, 1}};
  return info;
}

Trajectory small_trajectory(std::size_t steps, double offset = 0.0) {
  Trajectory t;
  t.name = "demo_0";
  t.steps = steps;
  for (std::size_t i = 0; i < 3 * steps; ++i) t.observations.push_back(offset + static_cast<double>(i));
  for (std::size_t i = 0; i < 2 * steps; ++i) t.actions.push_back(offset - static_cast<double>(i));
  return t;
}

Trajectory full_trajectory(std::size_t steps, double offset) {
  Trajectory t = small_trajectory(steps, offset);
  t.next_observations = t.observations;
  t.executed_actions = t.actions;
  for (std::size_t i = 0; i < steps; ++i) {
    t.rewards.push_back(offset);
    t.timestamps.push_back(0.1 * static_cast<double>(i));
    t.dones.push_back(i + 1 == steps ? 1.0 : 0.0);
  }
  t.outcome = Outcome::terminated;
  return t;
}

/// A reader over trajectories in memory.
class ListReader final : public TrajectoryReader {
 public:
  explicit ListReader(std::vector<Trajectory> list) : info_(small_info()), list_(std::move(list)) {}
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return list_.size(); }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return claimed ? claimed : list_[i].steps; }
  [[nodiscard]] Trajectory read(std::size_t i) override { return list_[i]; }
  std::size_t claimed = 0;

 private:
  DatasetInfo info_;
  std::vector<Trajectory> list_;
};

TEST(Dataset, ExtraFieldsAreHeldToTheirLength) {
  DatasetInfo info;
  info.action_dim = 1;
  info.extra_fields = {{"infos/height", 1, "float32"}, {"infos/pose", 2}};
  Trajectory t;
  t.steps = 2;
  t.actions = {0.0, 1.0};
  EXPECT_NO_THROW(check_trajectory(t, info, "file"));  // they need not be read
  t.extras = {{NAN, 1.0}, {0.0, 1.0, 2.0, 3.0}};
  EXPECT_NO_THROW(check_trajectory(t, info, "file"));
  t.extras[1].pop_back();
  EXPECT_THROW(check_trajectory(t, info, "file"), DataError);
  t.extras.pop_back();
  EXPECT_THROW(check_trajectory(t, info, "file"), DataError);
}

TEST(Dataset, KeepsTrajectoriesOneAfterTheOther) {
  Dataset dataset(small_info());
  EXPECT_EQ(dataset.size(), 0u);
  EXPECT_EQ(dataset.steps(), 0u);
  dataset.append(full_trajectory(2, 0.0));
  dataset.append(full_trajectory(3, 100.0));
  EXPECT_EQ(dataset.size(), 2u);
  EXPECT_EQ(dataset.steps(), 5u);
  EXPECT_EQ(std::vector<std::size_t>(dataset.offsets().begin(), dataset.offsets().end()),
            (std::vector<std::size_t>{0, 2, 5}));
  EXPECT_EQ(dataset.observations()[2 * 3], 100.0);
  EXPECT_EQ(dataset.actions()[2 * 2 + 1], 99.0);
  EXPECT_EQ(dataset.rewards().size(), 5u);
}

TEST(Dataset, TrajectoryGivesBackWhatWasAppended) {
  Dataset dataset(small_info());
  dataset.append(full_trajectory(2, 0.0));
  const Trajectory in = full_trajectory(3, 7.0);
  dataset.append(in);
  const Trajectory out = dataset.trajectory(1);
  EXPECT_EQ(out.name, in.name);
  EXPECT_EQ(out.steps, in.steps);
  EXPECT_EQ(out.observations, in.observations);
  EXPECT_EQ(out.actions, in.actions);
  EXPECT_EQ(out.rewards, in.rewards);
  EXPECT_EQ(out.dones, in.dones);
  EXPECT_EQ(out.next_observations, in.next_observations);
  EXPECT_EQ(out.timestamps, in.timestamps);
  EXPECT_EQ(out.executed_actions, in.executed_actions);
  EXPECT_EQ(out.outcome, Outcome::terminated);
  EXPECT_THROW((void)dataset.trajectory(2), UsageError);
}

TEST(Dataset, OptionalFieldsStayEmpty) {
  Dataset dataset(small_info());
  dataset.append(small_trajectory(2));
  dataset.append(small_trajectory(2));
  EXPECT_TRUE(dataset.rewards().empty());
  EXPECT_TRUE(dataset.trajectory(1).timestamps.empty());
}

TEST(Dataset, AnOptionalFieldInSomeTrajectoriesIsAnError) {
  Dataset dataset(small_info());
  dataset.append(small_trajectory(2));
  Trajectory t = small_trajectory(2);
  t.name = "demo_1";
  t.rewards = {0.0, 1.0};
  expect_parts(message_of<DataError>([&] { dataset.append(t); }),
               {"file.hdf5", "'demo_1'", "the rewards", "have none"});
  EXPECT_EQ(dataset.size(), 1u) << "a refused trajectory leaves nothing behind";
  EXPECT_EQ(dataset.steps(), 2u);
  Dataset other(small_info());
  other.append(t);
  expect_parts(message_of<DataError>([&] { other.append(small_trajectory(2)); }), {"no rewards", "have them"});
}

TEST(Dataset, FingerprintSeesAllThatLearningSees) {
  const auto make = [](auto change) {
    DatasetInfo info = small_info();
    info.action_range = {{-1.0, -1.0}, {1.0, 1.0}};
    Trajectory t = small_trajectory(4);
    change(info, t);
    Dataset dataset(info);
    dataset.append(t);
    return dataset.fingerprint();
  };
  const std::string base = make([](DatasetInfo&, Trajectory&) {});
  EXPECT_EQ(base.size(), 32u);
  EXPECT_EQ(make([](DatasetInfo& info, Trajectory& t) {
              info.path = "elsewhere";
              info.attributes["seed"] = "3";
              t.name = "other";
              t.rewards = {1, 2, 3, 4};
            }),
            base);
  EXPECT_NE(make([](DatasetInfo&, Trajectory& t) { t.actions[3] = std::nextafter(t.actions[3], 9.0); }), base);
  EXPECT_NE(make([](DatasetInfo&, Trajectory& t) { t.observations[0] += 1.0; }), base);
  EXPECT_NE(make([](DatasetInfo& info, Trajectory&) { info.action_range.high[1] = 2.0; }), base);
  EXPECT_NE(make([](DatasetInfo& info, Trajectory&) {
              info.action_kinds = {ActionKind::angle, ActionKind::linear};
            }),
            base);
  EXPECT_EQ(make([](DatasetInfo& info, Trajectory&) {
              info.action_kinds = {ActionKind::linear, ActionKind::linear};
            }),
            base)
      << "linear is what no kinds mean";
}

TEST(Dataset, FingerprintSeesWhereTrajectoriesEnd) {
  Dataset one(small_info()), two(small_info());
  one.append(small_trajectory(4));
  Trajectory first = small_trajectory(4), second = first;
  first.steps = second.steps = 2;
  first.observations.resize(6);
  first.actions.resize(4);
  second.observations.erase(second.observations.begin(), second.observations.begin() + 6);
  second.actions.erase(second.actions.begin(), second.actions.begin() + 4);
  two.append(first);
  two.append(second);
  ASSERT_TRUE(std::equal(one.observations().begin(), one.observations().end(), two.observations().begin()));
  EXPECT_NE(one.fingerprint(), two.fingerprint());
}

TEST(CheckTrajectory, NamesFileTrajectoryRowDimensionAndValue) {
  Trajectory t = small_trajectory(2000);
  t.observations[3 * 1734 + 2] = std::numeric_limits<double>::quiet_NaN();
  expect_parts(
      message_of<DataError>([&] { check_trajectory(t, small_info(), "a.hdf5"); }),
      {"a.hdf5", "'demo_0'", "observations", "row 1734", "dimension 2", "obs/speed[0]", "nan", "mend or remove"});
  t = small_trajectory(5);
  t.actions[2 * 3 + 1] = -std::numeric_limits<double>::infinity();
  expect_parts(message_of<DataError>([&] { check_trajectory(t, small_info(), "a.hdf5"); }),
               {"actions", "row 3", "dimension 1", "-inf"});
}

TEST(CheckTrajectory, FindsABadNumberAtAnyPlaceOfABlock) {
  DatasetInfo info;
  info.action_dim = 1;
  for (const std::size_t size : {1, 7, 8, 9, 1023, 1024, 1025, 2047}) {
    for (std::size_t at = 0; at < size; at += at < 20 || at + 20 > size ? 1 : 101) {
      Trajectory t;
      t.steps = size;
      t.actions.assign(size, 1.7e308);  // the largest numbers are finite, and so must their check be
      check_trajectory(t, info, "a");
      t.actions[at] = at % 2 == 0 ? NAN : -INFINITY;
      const std::string place = "row " + std::to_string(at) + ",";
      expect_parts(message_of<DataError>([&] { check_trajectory(t, info, "a"); }), {place});
    }
  }
}

TEST(CheckTrajectory, EveryFieldIsLookedAt) {
  std::vector<double> Trajectory::*const fields[] = {
      &Trajectory::observations,      &Trajectory::actions,    &Trajectory::rewards,         &Trajectory::dones,
      &Trajectory::next_observations, &Trajectory::timestamps, &Trajectory::executed_actions};
  for (const auto field : fields) {
    Trajectory t = full_trajectory(4, 1.0);
    check_trajectory(t, small_info(), "a");
    (t.*field).back() = std::numeric_limits<double>::infinity();
    EXPECT_THROW(check_trajectory(t, small_info(), "a"), DataError);
    t = full_trajectory(4, 1.0);
    (t.*field).pop_back();
    EXPECT_THROW(check_trajectory(t, small_info(), "a"), DataError) << "one number short";
  }
}

TEST(CheckTrajectory, RaggedEmptyAndOverflowing) {
  Trajectory t = small_trajectory(3);
  t.actions.resize(4);
  expect_parts(message_of<DataError>([&] { check_trajectory(t, small_info(), "a"); }),
               {"actions", "3 steps", "4 numbers"});
  t = {};
  t.name = "demo_9";
  expect_parts(message_of<DataError>([&] { check_trajectory(t, small_info(), "a"); }), {"'demo_9'", "empty"});
  t.steps = std::numeric_limits<std::size_t>::max() / 2;
  EXPECT_THROW(check_trajectory(t, small_info(), "a"), DataError) << "3 × steps overflows";
}

TEST(CheckTrajectory, DonesAreFlags) {
  Trajectory t = full_trajectory(4, 0.0);
  t.dones[2] = 2.0;
  expect_parts(message_of<DataError>([&] { check_trajectory(t, small_info(), "a"); }), {"dones", "row 2", "0 or 1"});
}

TEST(CheckInfo, RefusesWhatDoesNotHoldTogether) {
  const auto refused = [](auto change) {
    DatasetInfo info = small_info();
    change(info);
    return message_of<DataError>([&] { check_info(info, "a"); });
  };
  check_info(small_info(), "a");
  refused([](DatasetInfo& info) { info.action_dim = 0; });
  expect_parts(refused([](DatasetInfo& info) { info.observation_fields[1].first = 1; }), {"'speed'", "column 2"});
  refused([](DatasetInfo& info) { info.observation_fields.pop_back(); });
  refused([](DatasetInfo& info) { info.observation_fields[1].dim = 7; });
  refused([](DatasetInfo& info) { info.action_names = {"x"}; });
  refused([](DatasetInfo& info) { info.action_kinds = {ActionKind::angle}; });
  refused([](DatasetInfo& info) { info.action_range = {{0.0}, {1.0}}; });
  expect_parts(refused([](DatasetInfo& info) {
                 info.action_range = {{0.0, 1.0}, {1.0, 1.0}};
               }),
               {"dimension 1", "low < high"});
}

TEST(ReadAll, ReadsEveryTrajectory) {
  ListReader reader({small_trajectory(2), small_trajectory(5)});
  const Dataset dataset = read_all(reader);
  EXPECT_EQ(dataset.size(), 2u);
  EXPECT_EQ(dataset.steps(), 7u);
  EXPECT_EQ(dataset.info().path, "file.hdf5");
}

TEST(ReadAll, MoreThanMemoryIsAResourceError) {
  ListReader reader({small_trajectory(2), small_trajectory(5)});
  reader.claimed = std::size_t{1} << 58;  // 3 numbers a step would overflow the address space
  expect_parts(message_of<ResourceError>([&] { (void)read_all(reader); }), {"file.hdf5", "do not fit into memory"});
}

TEST(ActionSource, StreamsADatasetAndAReaderAlikeTwice) {
  ListReader reader({small_trajectory(2, 1.0), small_trajectory(3, 5.0)});
  const Dataset dataset = read_all(reader);
  const auto collect = [](const ActionSource& source) {
    std::vector<double> all;
    for (int pass = 0; pass < 2; ++pass) {
      source.for_each([&](std::span<const double> actions) { all.insert(all.end(), actions.begin(), actions.end()); });
    }
    return all;
  };
  const auto from_dataset = action_source(dataset);
  const auto from_reader = action_source(reader);
  EXPECT_EQ(from_dataset->action_dim(), 2u);
  EXPECT_EQ(from_reader->action_dim(), 2u);
  EXPECT_EQ(collect(*from_dataset), collect(*from_reader));
  EXPECT_EQ(collect(*from_dataset).size(), 2 * 2 * 5u);
}

TEST(OutcomeName, NamesAll) {
  EXPECT_STREQ(outcome_name(Outcome::running), "running");
  EXPECT_STREQ(outcome_name(Outcome::diverged), "diverged");
}

}  // namespace
}  // namespace pianola
