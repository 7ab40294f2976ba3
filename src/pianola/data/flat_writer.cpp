#include "pianola/data/flat_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/field_choice.hpp"
#include "pianola/data/flat_table.hpp"
#include "pianola/data/info_json.hpp"
#include "pianola/data/listed.hpp"

namespace pianola {
namespace {

class FlatWriter final : public TrajectoryWriter {
 public:
  FlatWriter(std::unique_ptr<FlatSink> sink, const std::string& path, const DatasetInfo& info, const FlatStyle& style)
      : sink_(std::move(sink)), info_(info), style_(style) {
    if (info_.observation_fields.empty() && info_.observation_dim > 0) {
      info_.observation_fields = {{"state", 0, info_.observation_dim}};
    }
    check_info(info_, path);
    info_.path = path;
  }
  void write(const Trajectory& trajectory) override;
  void finish() override;
  [[nodiscard]] std::vector<std::string> lost() const override { return {lost_.begin(), lost_.end()}; }

 private:
  /// Columns and rows of one trajectory.
  struct Rows {
    std::vector<FlatColumn> columns;
    std::vector<std::vector<double>> made;            // numbers that no field of the trajectory holds as they are
    std::vector<std::pair<bool, std::size_t>> where;  // of each column: in `made`, at which place; else in `views`
    std::vector<std::span<const double>> views;
  };
  [[nodiscard]] Rows rows_of(const Trajectory& t);
  void add(Rows& rows, FlatColumn column, std::span<const double> values) const;
  void add_made(Rows& rows, FlatColumn column, std::vector<double> values) const;
  void add_observation(Rows& rows, FieldRole role, std::span<const double> values) const;
  void add_flags(Rows& rows, const Trajectory& t);
  void note_losses(const Trajectory& t);
  void note_types();
  void check_columns(const Rows& rows, const Trajectory& t) const;
  [[nodiscard]] std::string note() const;

  std::unique_ptr<FlatSink> sink_;
  DatasetInfo info_;
  FlatStyle style_;
  std::vector<FlatColumn> columns_;
  std::vector<std::size_t> ends_;
  TrajectoryNotes notes_;
  std::set<std::string> lost_;
};

void FlatWriter::add(Rows& rows, FlatColumn column, std::span<const double> values) const {
  const bool single = info_.observation_fields.size() == 1 && info_.observation_fields.front().name == "state";
  column.name = style_.name(column.role, column.field, single || style_.one_observation);
  rows.columns.push_back(std::move(column));
  rows.where.emplace_back(false, rows.views.size());
  rows.views.push_back(values);
}

void FlatWriter::add_made(Rows& rows, FlatColumn column, std::vector<double> values) const {
  add(rows, std::move(column), {});
  rows.where.back() = {true, rows.made.size()};
  rows.made.push_back(std::move(values));
}

void FlatWriter::add_observation(Rows& rows, FieldRole role, std::span<const double> values) const {
  const std::string type = info_.observation_bits == 32 ? "float32" : "float64";
  if (values.empty()) return;
  if (style_.one_observation || info_.observation_fields.size() == 1) {
    const bool several = info_.observation_fields.size() > 1;
    const std::string field = several ? "state" : info_.observation_fields.front().name;
    return add(rows, {"", info_.observation_dim, false, type, role, field}, values);
  }
  for (const ObservationField& field : info_.observation_fields) {
    add_made(rows, {"", field.dim, false, type, role, field.name}, columns_of(values, info_.observation_dim, field));
  }
}

void FlatWriter::add_flags(Rows& rows, const Trajectory& t) {
  const FlatColumn terminated{"", 1, true, "bool", FieldRole::terminated, "terminated"};
  std::vector<double> flags(t.steps, 0.0);
  if (!t.dones.empty()) {
    add(rows, terminated, t.dones);
  } else if (style_.flags) {
    flags.back() = t.outcome == Outcome::terminated ? 1.0 : 0.0;
    add_made(rows, terminated, flags);
  }
  if (!style_.flags) return;
  // An episode that no flag ends would run into the next.
  const bool ended = rows.where.back().first ? flags.back() != 0.0 : t.dones.back() != 0.0;
  flags.back() = t.outcome == Outcome::truncated || !ended ? 1.0 : 0.0;
  add_made(rows, {"", 1, true, "bool", FieldRole::truncated, "truncated"}, flags);
}

FlatWriter::Rows FlatWriter::rows_of(const Trajectory& t) {
  Rows rows;
  const std::string type = info_.action_bits == 32 ? "float32" : "float64";
  add_observation(rows, FieldRole::observation, t.observations);
  add_observation(rows, FieldRole::next_observation, t.next_observations);
  add(rows, {"", info_.action_dim, false, type, FieldRole::action, "action"}, t.actions);
  if (!t.executed_actions.empty()) {
    add(rows, {"", info_.action_dim, false, type, FieldRole::executed_action, "executed_action"}, t.executed_actions);
  }
  if (!t.rewards.empty()) add(rows, {"", 1, true, "float64", FieldRole::reward, "reward"}, t.rewards);
  add_flags(rows, t);
  if (!t.timestamps.empty()) add(rows, {"", 1, true, "float64", FieldRole::timestamp, "timestamp"}, t.timestamps);
  for (std::size_t i = 0; i < t.extras.size(); ++i) {
    const ExtraField& field = info_.extra_fields[i];
    add(rows,
        {"", field.dim, field.dim == 1, field.type == "float16" ? "float32" : field.type, FieldRole::extra, field.name},
        t.extras[i]);
  }
  for (std::size_t i = 0; i < rows.where.size(); ++i) {
    if (rows.where[i].first) rows.views[i] = rows.made[rows.where[i].second];
  }
  return rows;
}

void FlatWriter::note_losses(const Trajectory& t) {
  if (!t.attributes.empty()) lost_.insert("attributes of trajectories: " + t.attributes.begin()->first + ", …");
  if (style_.one_observation && info_.observation_fields.size() > 1) {
    lost_.insert("names of the observation's fields, which are one array here");
  }
  if (style_.note) return;
  if (!info_.attributes.empty()) lost_.insert("attributes of the dataset: " + info_.attributes.begin()->first + ", …");
  if (!info_.subsets.empty()) lost_.insert("subsets: " + info_.subsets.begin()->first + ", …");
  if (!info_.action_range.low.empty()) lost_.insert("the range of the actions");
  if (std::any_of(info_.action_kinds.begin(), info_.action_kinds.end(),
                  [](ActionKind kind) { return kind != ActionKind::linear; })) {
    lost_.insert("kinds of the actions");
  }
  if (!t.name.empty() && t.name != fmt::format("episode_{}", ends_.size())) lost_.insert("names of trajectories");
  if (t.outcome == Outcome::diverged || t.outcome == Outcome::running) {
    lost_.insert(fmt::format("the outcome {}", outcome_name(t.outcome)));
  }
}

/// Flags are known by their names, whatever their type.
void FlatWriter::note_types() {
  std::map<std::string, std::vector<std::string>> columns;  // by type
  for (const FlatColumn& column : columns_) {
    const bool flag = column.role == FieldRole::terminated || column.role == FieldRole::truncated;
    if (!flag && column.type != "float64") columns[column.type].push_back(column.name);
  }
  for (const auto& [type, names] : columns) {
    lost_.insert(fmt::format(
        "the type {} of {}: this format has no types, and they are read back as float64; the values are kept", type,
        list_names(names)));
  }
}

void FlatWriter::check_columns(const Rows& rows, const Trajectory& t) const {
  if (columns_.empty()) {
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (rows.columns[i].name != rows.columns[j].name) continue;
        throw DataError(fmt::format("{}: two fields would be called '{}' in this format; rename one", info_.path,
                                    rows.columns[i].name));
      }
    }
    return;
  }
  bool same = rows.columns.size() == columns_.size();
  for (std::size_t i = 0; same && i < columns_.size(); ++i) same = rows.columns[i].name == columns_[i].name;
  if (same) return;
  throw DataError(
      fmt::format("{}: trajectory '{}' has other fields than the {} before it (rewards, dones, next "
                  "observations, timestamps or extra fields); give them in all or in none",
                  info_.path, t.name, ends_.size()));
}

void FlatWriter::write(const Trajectory& t) {
  check_trajectory(t, info_, info_.path);
  const Rows rows = rows_of(t);
  check_columns(rows, t);
  if (columns_.empty()) {
    columns_ = rows.columns;
    sink_->open(columns_);
    if (!style_.types) note_types();
  }
  note_losses(t);
  sink_->append(rows.views, t.steps);
  ends_.push_back((ends_.empty() ? 0 : ends_.back()) + t.steps);
  notes_.names.push_back(t.name);
  notes_.outcomes.push_back(t.outcome);
}

std::string FlatWriter::note() const {
  auto json = nlohmann::ordered_json::parse(info_to_json(info_, notes_, info_.path));
  for (const FlatColumn& column : columns_) json["roles"][column.name] = {role_name(column.role), column.field};
  return json.dump();
}

void FlatWriter::finish() {
  if (ends_.empty())
    throw DataError(info_.path + ": a dataset without trajectories is not written; write at least one");
  sink_->finish(ends_, note());
}

}  // namespace

std::string plural_name(FieldRole role) {
  constexpr const char* kNames[] = {"observations",      "actions",    "rewards",          "terminals", "timeouts",
                                    "next_observations", "timestamps", "executed_actions", ""};
  return kNames[static_cast<std::size_t>(role)];
}

std::unique_ptr<TrajectoryWriter> write_flat(std::unique_ptr<FlatSink> sink, const std::string& path,
                                             const DatasetInfo& info, const FlatStyle& style) {
  return std::make_unique<FlatWriter>(std::move(sink), path, info, style);
}

}  // namespace pianola
