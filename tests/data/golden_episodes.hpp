// The three episodes of tests/data/golden, by the formula of tools/oracles/datasets.py.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola::test {

/// Its path.
std::string golden(const std::string& name);

inline double golden_number(std::size_t index) { return static_cast<double>(index * 37 % 101) / 8.0 - 5.0; }

constexpr std::size_t kGoldenSteps[] = {4, 6, 5};
constexpr bool kGoldenTerminated[] = {true, false, true};

/// [rows × columns] of number(1000 e + 10 t + first + d), t from `begin` on.
inline std::vector<double> golden_rows(std::size_t e, std::size_t begin, std::size_t first, std::size_t columns) {
  std::vector<double> values;
  for (std::size_t t = begin; t < begin + kGoldenSteps[e]; ++t) {
    for (std::size_t d = 0; d < columns; ++d) values.push_back(golden_number(1000 * e + 10 * t + first + d));
  }
  return values;
}

inline std::vector<double> golden_rewards(std::size_t e) {
  std::vector<double> values;
  for (std::size_t t = 0; t < kGoldenSteps[e]; ++t) values.push_back(golden_number(1000 * e + 500 + t));
  return values;
}

/// What a format has of the episodes beside observations [T, 3] and actions [T, 2].
struct GoldenParts {
  bool rewards = true, next = true, dones = true, outcomes = true;
};

/// Trajectory i is golden episode e.
inline void expect_golden_episode(TrajectoryReader& reader, std::size_t i, std::size_t e, GoldenParts parts = {}) {
  ASSERT_EQ(reader.steps(i), kGoldenSteps[e]);
  const Trajectory t = reader.read(i);
  EXPECT_EQ(t.observations, golden_rows(e, 0, 0, 3)) << e;
  EXPECT_EQ(t.actions, golden_rows(e, 0, 5, 2)) << e;
  EXPECT_EQ(reader.read_actions(i), t.actions) << e;
  EXPECT_EQ(t.rewards, parts.rewards ? golden_rewards(e) : std::vector<double>()) << e;
  EXPECT_EQ(t.next_observations, parts.next ? golden_rows(e, 1, 0, 3) : std::vector<double>()) << e;
  std::vector<double> dones(kGoldenSteps[e], 0.0);
  dones.back() = kGoldenTerminated[e] ? 1.0 : 0.0;
  EXPECT_EQ(t.dones, parts.dones ? dones : std::vector<double>()) << e;
  if (parts.outcomes) {
    EXPECT_EQ(t.outcome, kGoldenTerminated[e] ? Outcome::terminated : Outcome::truncated) << e;
  }
}

inline void expect_golden(TrajectoryReader& reader, GoldenParts parts = {}) {
  ASSERT_EQ(reader.size(), 3u);
  EXPECT_EQ(reader.info().observation_dim, 3u);
  EXPECT_EQ(reader.info().action_dim, 2u);
  for (std::size_t e = 0; e < 3; ++e) expect_golden_episode(reader, e, e, parts);
}

/// Episode e as it is written: all optional fields that the formats share.
inline Trajectory golden_trajectory(std::size_t e) {
  Trajectory t;
  t.name = "episode_" + std::to_string(e);
  t.steps = kGoldenSteps[e];
  t.observations = golden_rows(e, 0, 0, 3);
  t.next_observations = golden_rows(e, 1, 0, 3);
  t.actions = golden_rows(e, 0, 5, 2);
  t.rewards = golden_rewards(e);
  t.dones.assign(t.steps, 0.0);
  t.dones.back() = kGoldenTerminated[e] ? 1.0 : 0.0;
  t.outcome = kGoldenTerminated[e] ? Outcome::terminated : Outcome::truncated;
  return t;
}

inline DatasetInfo golden_info() {
  DatasetInfo info;
  info.observation_dim = 3;
  info.action_dim = 2;
  info.observation_fields = {{"state", 0, 3}};
  return info;
}

inline void write_golden(TrajectoryWriter& writer) {
  for (std::size_t e = 0; e < 3; ++e) writer.write(golden_trajectory(e));
  writer.finish();
}

/// A dataset with all that a format may hold, and what comes back of it.
inline DatasetInfo rich_info() {
  DatasetInfo info;
  info.observation_dim = 4;
  info.action_dim = 2;
  info.observation_fields = {{"object", 0, 1}, {"arm", 1, 3}};
  info.extra_fields = {{"task_index", 1, "int64"}, {"force", 2, "float32"}};
  info.action_names = {"left", "right"};
  info.action_kinds = {ActionKind::linear, ActionKind::angle};
  info.action_range = {{-8.0, -8.0}, {8.0, 8.0}};
  info.attributes = {{"system", "pendulum"}, {"seed", "18446744073709551615"}};
  info.subsets = {{"train", {0, 2}}, {"valid", {1}}};
  return info;
}

inline Trajectory rich_trajectory(std::size_t e) {
  Trajectory t = golden_trajectory(e);
  t.name = "session " + std::to_string(e);
  t.observations = golden_rows(e, 0, 0, 4);
  t.next_observations = golden_rows(e, 1, 0, 4);
  t.observations[0] = 0.1;  // no float32 holds it
  for (std::size_t h = 0; h < t.steps; ++h) t.timestamps.push_back(static_cast<double>(h) / 30.0);
  t.extras = {std::vector<double>(t.steps, static_cast<double>(e)), golden_rows(e, 0, 7, 2)};
  t.outcome = e == 1 ? Outcome::diverged : t.outcome;
  return t;
}

inline void write_rich(TrajectoryWriter& writer) {
  for (std::size_t e = 0; e < 3; ++e) writer.write(rich_trajectory(e));
  writer.finish();
}

inline void expect_rich(TrajectoryReader& reader, bool notes = true) {
  ASSERT_EQ(reader.size(), 3u);
  const DatasetInfo wanted = rich_info();
  EXPECT_EQ(reader.info().observation_fields, wanted.observation_fields);
  EXPECT_EQ(reader.info().action_names, wanted.action_names);
  if (notes) {
    EXPECT_EQ(reader.info().action_kinds, wanted.action_kinds);
    EXPECT_EQ(reader.info().action_range, wanted.action_range);
    EXPECT_EQ(reader.info().subsets, wanted.subsets);
    for (const auto& [name, text] : wanted.attributes) EXPECT_EQ(reader.info().attributes.at(name), text);
  }
  ASSERT_EQ(reader.info().extra_fields.size(), 2u);
  for (std::size_t e = 0; e < 3; ++e) {
    const Trajectory t = reader.read(e), in = rich_trajectory(e);
    EXPECT_EQ(t.observations, in.observations);
    EXPECT_EQ(t.next_observations, in.next_observations);
    EXPECT_EQ(t.actions, in.actions);
    EXPECT_EQ(t.rewards, in.rewards);
    EXPECT_EQ(t.timestamps, in.timestamps);
    for (std::size_t x = 0; x < 2; ++x) {
      const bool force = reader.info().extra_fields[x].name.find("force") != std::string::npos;
      EXPECT_EQ(t.extras[x], in.extras[force ? 1 : 0]) << reader.info().extra_fields[x].name;
    }
    if (!notes) continue;
    EXPECT_EQ(t.name, in.name);
    EXPECT_EQ(t.outcome, in.outcome);
  }
}

}  // namespace pianola::test
