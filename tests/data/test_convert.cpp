#include "pianola/data/convert.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "golden_episodes.hpp"
#include "memory_reader.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/data/formats.hpp"
#include "temporary_folder.hpp"

namespace pianola {
namespace {

class ThreeSteps final : public TrajectoryReader {
 public:
  ThreeSteps() {
    info_.action_dim = 1;
    info_.left_out_fields = {{"camera", 0, 12}};
    info_.unread = {"remarks: no numbers"};
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return 2; }
  [[nodiscard]] std::size_t steps(std::size_t) const override { return 3; }
  [[nodiscard]] Trajectory read(std::size_t i) override {
    Trajectory t;
    t.steps = 3;
    t.actions.assign(3, static_cast<double>(i));
    return t;
  }

 private:
  DatasetInfo info_;
};

class Keeper final : public TrajectoryWriter {
 public:
  void write(const Trajectory& trajectory) override { kept.push_back(trajectory.actions); }
  void finish() override { finished = true; }
  [[nodiscard]] std::vector<std::string> lost() const override { return {"rewards: there is no place"}; }

  std::vector<std::vector<double>> kept;
  bool finished = false;
};

TEST(Convert, WritesAllAndSaysWhatIsLost) {
  ThreeSteps reader;
  Keeper writer;
  const Conversion done = convert(reader, writer);
  EXPECT_EQ(done.trajectories, 2u);
  EXPECT_EQ(done.steps, 6u);
  EXPECT_EQ(writer.kept, (std::vector<std::vector<double>>{{0, 0, 0}, {1, 1, 1}}));
  EXPECT_TRUE(writer.finished);
  ASSERT_EQ(done.lost.size(), 3u);
  EXPECT_NE(done.lost[0].find("camera: "), std::string::npos);
  EXPECT_NE(done.lost[1].find("remarks: no numbers"), std::string::npos);
  EXPECT_EQ(done.lost[2], "rewards: there is no place");
}

TEST(Convert, AnInterruptLeavesItUnfinished) {
  ThreeSteps reader;
  Keeper writer;
  request_interrupt();
  EXPECT_THROW((void)convert(reader, writer), Interrupted);
  clear_interrupt();
  EXPECT_FALSE(writer.finished);
}

/// All that a dataset may hold.
DatasetInfo full_info() {
  DatasetInfo info = test::rich_info();
  info.action_bits = 32;
  info.extra_fields.push_back({"switch", 1, "bool"});
  info.attributes["fps"] = "30";
  return info;
}

Trajectory full_trajectory(std::size_t e) {
  Trajectory t = test::rich_trajectory(e);
  t.next_observations.front() += 1.0;  // not the observation that follows
  t.executed_actions = test::golden_rows(e, 0, 9, 2);
  t.extras.emplace_back(t.steps, 1.0);
  t.attributes["operator"] = "left-handed";
  return t;
}

/// Something that a dataset has, how a sentence about its loss speaks of it, and whether it came back.
struct Part {
  const char* word;
  bool kept;
};

/// Formats may put a folder before a name: "infos/force", "observation.object".
bool is_same_name(const std::string& in, const std::string& out) {
  return out == in || out.ends_with("/" + in) || out.ends_with("." + in);
}

std::vector<Part> parts_of(const DatasetInfo& in, const DatasetInfo& out) {
  const auto is_same_field = [](const ObservationField& a, const ObservationField& b) {
    return a.first == b.first && a.dim == b.dim && is_same_name(a.name, b.name);
  };
  const auto has_attribute = [&](const auto& entry) {
    const auto at = out.attributes.find(entry.first);
    return at != out.attributes.end() && at->second == entry.second;
  };
  return {{"of the observation's fields",
           std::equal(in.observation_fields.begin(), in.observation_fields.end(), out.observation_fields.begin(),
                      out.observation_fields.end(), is_same_field)},
          {"names of the actions", in.action_names == out.action_names},
          {"kinds", in.action_kinds == out.action_kinds},
          {"range", in.action_range == out.action_range},
          {"type float32 of action", in.action_bits == out.action_bits},
          {"type float64 of observation", in.observation_bits == out.observation_bits},
          {"subsets", in.subsets == out.subsets},
          {"attributes of the dataset", std::all_of(in.attributes.begin(), in.attributes.end(), has_attribute)}};
}

std::size_t place_of(const ExtraField& field, const DatasetInfo& out) {
  const auto is_it = [&](const ExtraField& one) { return is_same_name(field.name, one.name); };
  const auto at = std::find_if(out.extra_fields.begin(), out.extra_fields.end(), is_it);
  return static_cast<std::size_t>(at - out.extra_fields.begin());
}

std::vector<Part> parts_of(const Trajectory& in, const Trajectory& out) {
  return {{"of the observation's fields", in.observations == out.observations},
          {"values of the actions", in.actions == out.actions},
          {"next observations", in.next_observations == out.next_observations},
          {"rewards", in.rewards == out.rewards},
          {"dones", in.dones == out.dones},
          {"timestamp", in.timestamps == out.timestamps},
          {"executed actions", in.executed_actions == out.executed_actions},
          {"names of trajectories", in.name == out.name},
          {"outcome", in.outcome == out.outcome},
          {"attributes of trajectories", out.attributes.contains("operator")}};
}

TEST(Convert, WhatDoesNotComeBackIsTold) {
  const test::TemporaryFolder folder;
  for (const FormatEntry& format : formats()) {
    if (format.create == nullptr) continue;
    SCOPED_TRACE(format.name);
    test::MemoryReader in(full_info(), {full_trajectory(0), full_trajectory(1), full_trajectory(2)});
    const std::string path = folder.file(format.name + (format.extensions.empty() ? "" : format.extensions.front()));
    const auto writer = create_dataset(path, in.info(), format.name);
    const std::vector<std::string> lost = convert(in, *writer).lost;
    const auto out = open_dataset(path, {.format = format.name});
    std::vector<Part> parts = parts_of(in.info(), out->info());
    ASSERT_EQ(out->size(), in.size());
    for (std::size_t e = 0; e < in.size(); ++e) {
      const Trajectory there = in.read(e), back = out->read(e);
      for (const Part& part : parts_of(there, back)) parts.push_back(part);
      for (std::size_t k = 0; k < there.extras.size(); ++k) {
        const ExtraField& field = in.info().extra_fields[k];
        const std::size_t at = place_of(field, out->info());
        const bool kept = at < back.extras.size() && back.extras[at] == there.extras[k];
        parts.push_back({field.name.c_str(), kept});
        if (kept) parts.push_back({field.type.c_str(), out->info().extra_fields[at].type == field.type});
      }
    }
    for (const Part& part : parts) {
      const bool told = std::any_of(lost.begin(), lost.end(), [&](const std::string& sentence) {
        return sentence.find(part.word) != std::string::npos;
      });
      EXPECT_TRUE(part.kept || told) << part.word;
    }
  }
}

}  // namespace
}  // namespace pianola
