#ifdef PIANOLA_WITH_HDF5
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/field_choice.hpp"
#include "pianola/data/hdf5_writer.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/robomimic_hdf5.hpp"
#include "pianola/data/robomimic_mask.hpp"

namespace pianola {
namespace {

constexpr std::array<std::string_view, 7> kReserved{
    "total", "format_version", "action_low", "action_high", "action_kinds", "action_names", "observation_fields"};
constexpr std::array<std::string_view, 12> kOwnDatasets{
    "actions",    "obs",       "next_obs",         "rewards",     "dones",   "terminals",
    "timestamps", "timestamp", "executed_actions", "num_samples", "outcome", "name"};

/// @throws DataError for a name that is no UTF-8.
std::string json_text(const std::vector<std::string>& names, const std::string& path) try {
  return nlohmann::json(names).dump();
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: a name cannot be stored: {}; names must be UTF-8", path, error.what()));
}

DatasetInfo with_fields(DatasetInfo info, const std::string& path) {
  if (info.observation_dim == 0) {
    throw DataError(path + ": robomimic's layout needs observations of at least one dimension, but there are none");
  }
  if (info.observation_fields.empty()) {
    info.observation_fields = {{"state", 0, info.observation_dim}};
  }
  check_info(info, path);
  for (const ObservationField& field : info.observation_fields) {
    const bool bad = field.name.empty() || field.name.front() == '/' || field.name.back() == '/' ||
                     field.name.find("//") != std::string::npos || field.name == "." ||
                     std::count_if(info.observation_fields.begin(), info.observation_fields.end(),
                                   [&](const ObservationField& other) {
                                     return other.name == field.name || other.name.starts_with(field.name + "/");
                                   }) != 1;
    if (!bad) continue;
    throw DataError(
        fmt::format("{}: observation field '{}' cannot be stored: names must be unique, not empty, and none "
                    "the folder of another",
                    path, field.name));
  }
  for (const auto& [name, text] : info.attributes) {
    if (name.empty() || std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      throw DataError(
          fmt::format("{}: an attribute cannot be called '{}', which the format uses itself; rename it", path, name));
    }
  }
  return info;
}

/// What another format's field is called here: "extra/rewards" where the layout has a meaning for "rewards".
std::string own_name(const std::string& name) {
  const std::string_view first = std::string_view(name).substr(0, name.find('/'));
  const bool taken = std::find(kOwnDatasets.begin(), kOwnDatasets.end(), first) != kOwnDatasets.end();
  return taken ? "extra/" + name : name;
}

class RobomimicWriter final : public TrajectoryWriter {
 public:
  RobomimicWriter(const std::string& path, const DatasetInfo& info)
      : info_(with_fields(info, path)), path_(path), file_(path) {
    file_.group("/data");
  }

  void write(const Trajectory& trajectory) override;
  void finish() override;

 private:
  void write_fields(const std::string& place, std::span<const double> observations);
  void write_extras(const std::string& place, const Trajectory& t);
  void write_attributes();

  DatasetInfo info_;
  std::string path_;
  Hdf5Writer file_;
  std::size_t trajectories_ = 0, steps_ = 0;
};

void RobomimicWriter::write_fields(const std::string& place, std::span<const double> observations) {
  const Hdf5Width width = info_.observation_bits == 32 ? Hdf5Width::compact : Hdf5Width::exact;
  for (const ObservationField& field : info_.observation_fields) {
    if (field.dim == info_.observation_dim) {
      file_.numbers(place + "/" + field.name, observations, field.dim, width);
    } else {
      file_.numbers(place + "/" + field.name, columns_of(observations, info_.observation_dim, field), field.dim, width);
    }
  }
}

void RobomimicWriter::write_extras(const std::string& place, const Trajectory& t) {
  for (std::size_t i = 0; i < t.extras.size(); ++i) {
    const ExtraField& field = info_.extra_fields[i];
    const std::string type = holding_type(field.type, t.extras[i]);
    file_.typed(place + "/" + own_name(field.name), t.extras[i], field.dim == 1 ? 0 : field.dim, type);
  }
  for (const auto& [name, text] : t.attributes) {
    if (!name.empty()) file_.attribute(place, own_name(name), text);
  }
}

void RobomimicWriter::write(const Trajectory& t) {
  check_trajectory(t, info_, path_);
  const Hdf5Width action_width = info_.action_bits == 32 ? Hdf5Width::compact : Hdf5Width::exact;
  const std::string name = fmt::format("demo_{}", trajectories_), place = "/data/" + name;
  file_.group(place);
  file_.attribute(place, "num_samples", static_cast<std::int64_t>(t.steps));
  file_.attribute(place, "outcome", std::string(outcome_name(t.outcome)));
  if (!t.name.empty() && t.name != name) file_.attribute(place, "name", t.name);
  file_.numbers(place + "/actions", t.actions, info_.action_dim, action_width);
  write_fields(place + "/obs", t.observations);
  if (!t.next_observations.empty()) write_fields(place + "/next_obs", t.next_observations);
  if (!t.rewards.empty()) file_.numbers(place + "/rewards", t.rewards, 0, Hdf5Width::exact);
  if (!t.dones.empty()) file_.numbers(place + "/dones", t.dones, 0, Hdf5Width::flags);
  if (!t.timestamps.empty()) file_.numbers(place + "/timestamps", t.timestamps, 0, Hdf5Width::exact);
  if (!t.executed_actions.empty()) {
    file_.numbers(place + "/executed_actions", t.executed_actions, info_.action_dim, action_width);
  }
  write_extras(place, t);
  ++trajectories_;
  steps_ += t.steps;
}

void RobomimicWriter::write_attributes() {
  file_.attribute("/data", "total", static_cast<std::int64_t>(steps_));
  file_.attribute("/data", "format_version", std::int64_t{kRobomimicVersion});
  for (const auto& [name, text] : info_.attributes) file_.attribute("/data", name, text);
  if (!info_.attributes.contains("env_args")) {
    std::string name;
    for (const char* key : {"env", "system"}) {
      if (const auto at = info_.attributes.find(key); at != info_.attributes.end()) name = at->second;
    }
    const auto replace = nlohmann::json::error_handler_t::replace;
    // Type 2 is robomimic's EnvType.GYM_TYPE.
    file_.attribute("/data", "env_args",
                    fmt::format(R"({{"env_name": {}, "type": 2, "env_kwargs": {{}}}})",
                                nlohmann::json(name).dump(-1, ' ', false, replace)));
  }
  std::vector<std::string> fields, kinds;
  fields.reserve(info_.observation_fields.size());
  for (const ObservationField& field : info_.observation_fields) fields.push_back(field.name);
  kinds.reserve(info_.action_kinds.size());
  for (const ActionKind kind : info_.action_kinds) kinds.emplace_back(action_kind_name(kind));
  file_.attribute("/data", "observation_fields", json_text(fields, path_));
  if (!kinds.empty()) file_.attribute("/data", "action_kinds", json_text(kinds, path_));
  if (!info_.action_names.empty()) file_.attribute("/data", "action_names", json_text(info_.action_names, path_));
  if (!info_.action_range.low.empty()) {
    file_.attribute("/data", "action_low", std::span<const double>(info_.action_range.low));
    file_.attribute("/data", "action_high", std::span<const double>(info_.action_range.high));
  }
}

void RobomimicWriter::finish() {
  if (trajectories_ == 0)
    throw DataError(path_ + ": a dataset without trajectories is not written; write at least one");
  write_attributes();
  write_robomimic_masks(file_, info_.subsets, trajectories_, path_);
  file_.finish();
}

}  // namespace

std::unique_ptr<TrajectoryWriter> create_robomimic(const std::string& path, const DatasetInfo& info) {
  return std::make_unique<RobomimicWriter>(path, info);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
