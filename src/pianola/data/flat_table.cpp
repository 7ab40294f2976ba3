#include "pianola/data/flat_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/flat_episodes.hpp"

namespace pianola {
namespace {

struct Alias {
  FieldRole role;
  std::string_view name;
};

constexpr std::array kAliases{Alias{FieldRole::observation, "observations"},
                              Alias{FieldRole::observation, "observation"},
                              Alias{FieldRole::observation, "obs"},
                              Alias{FieldRole::observation, "state"},
                              Alias{FieldRole::observation, "states"},
                              Alias{FieldRole::next_observation, "next_observations"},
                              Alias{FieldRole::next_observation, "next_observation"},
                              Alias{FieldRole::next_observation, "next_obs"},
                              Alias{FieldRole::next_observation, "next_state"},
                              Alias{FieldRole::next_observation, "next_states"},
                              Alias{FieldRole::action, "actions"},
                              Alias{FieldRole::action, "action"},
                              Alias{FieldRole::action, "acts"},
                              Alias{FieldRole::reward, "rewards"},
                              Alias{FieldRole::reward, "reward"},
                              Alias{FieldRole::reward, "rews"},
                              Alias{FieldRole::terminated, "terminals"},
                              Alias{FieldRole::terminated, "terminations"},
                              Alias{FieldRole::terminated, "terminated"},
                              Alias{FieldRole::terminated, "dones"},
                              Alias{FieldRole::terminated, "done"},
                              Alias{FieldRole::terminated, "terminal"},
                              Alias{FieldRole::truncated, "timeouts"},
                              Alias{FieldRole::truncated, "truncations"},
                              Alias{FieldRole::truncated, "truncated"},
                              Alias{FieldRole::timestamp, "timestamps"},
                              Alias{FieldRole::timestamp, "timestamp"},
                              Alias{FieldRole::executed_action, "executed_actions"},
                              Alias{FieldRole::executed_action, "executed_action"}};

constexpr const char* kRoleNames[] = {"observation",      "action",    "reward",          "terminated", "truncated",
                                      "next_observation", "timestamp", "executed_action", "extra"};

class FlatTable final : public FieldTable {
 public:
  FlatTable(std::unique_ptr<FlatColumns> columns, DatasetInfo info, const ReadOptions& options,
            const std::optional<std::string>& note);
  [[nodiscard]] const DatasetInfo& base_info() const override { return info_; }
  [[nodiscard]] const std::vector<TableField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t size() const override { return episodes_.ends.size(); }
  [[nodiscard]] std::size_t rows(std::size_t i) const override { return episodes_.ends[i] - begin(i); }
  [[nodiscard]] std::string name(std::size_t i) const override {
    return i < notes_.names.size() && !notes_.names[i].empty() ? notes_.names[i] : fmt::format("episode_{}", i);
  }
  void read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) override {
    columns_->read(source_[field], begin(i) + first, out);
  }
  [[nodiscard]] CheckedMatrix read_checked(std::size_t i, std::size_t field, std::size_t dim) override {
    return columns_->read_checked(source_[field], begin(i), rows(i), dim);
  }
  [[nodiscard]] std::optional<Outcome> outcome(std::size_t i) const override {
    if (i < notes_.outcomes.size()) return notes_.outcomes[i];
    return i < episodes_.outcomes.size() ? std::optional(episodes_.outcomes[i]) : std::nullopt;
  }

 private:
  [[nodiscard]] std::size_t begin(std::size_t i) const { return i == 0 ? 0 : episodes_.ends[i - 1]; }
  void assign_roles(const std::optional<std::string>& note);
  void assign_noted_roles(const std::string& note);
  void drop_weaker_names(std::vector<NamedRole>& named) const;
  [[nodiscard]] std::vector<std::size_t> ordered_columns() const;
  void list_fields(std::span<const NamedRole> named, const ReadOptions& options);

  std::unique_ptr<FlatColumns> columns_;
  DatasetInfo info_;
  TrajectoryNotes notes_;
  std::vector<NamedRole> named_;                // of each column
  std::vector<ObservationField> noted_fields_;  // in the order that our note has them
  FlatEpisodes episodes_;
  std::vector<TableField> fields_;
  std::vector<std::size_t> source_;  // of each field: its column
};

FlatTable::FlatTable(std::unique_ptr<FlatColumns> columns, DatasetInfo info, const ReadOptions& options,
                     const std::optional<std::string>& note)
    : columns_(std::move(columns)), info_(std::move(info)) {
  assign_roles(note);
  list_fields(named_, options);
  for (const auto& [what, given] : {std::pair{"names", notes_.names.size()}, {"outcomes", notes_.outcomes.size()}}) {
    if (given == 0 || given == size()) continue;
    throw DataError(fmt::format("{}: its pianola entry has {} {}, but there are {} episodes; the dataset was edited",
                                info_.path, given, what, size()));
  }
}

void FlatTable::assign_roles(const std::optional<std::string>& note) {
  for (const StoredField& field : columns_->fields()) named_.push_back(role_of_name(field.name));
  if (note) {
    assign_noted_roles(*note);
    return;
  }
  drop_weaker_names(named_);
  const auto is = [](FieldRole role) { return [role](const NamedRole& named) { return named.role == role; }; };
  if (std::any_of(named_.begin(), named_.end(), is(FieldRole::observation))) return;
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const bool mark = is_episode_mark(columns_->fields()[i].name);
    if (named_[i].role == FieldRole::extra && !mark) named_[i].role = FieldRole::observation;
  }
}

/// Of "observation" and "state" the first is the observation, and the other an extra field.
void FlatTable::drop_weaker_names(std::vector<NamedRole>& named) const {
  for (std::size_t i = 0; i < named.size(); ++i) {
    for (std::size_t j = 0; j < named.size(); ++j) {
      if (named[j].role == FieldRole::extra || named[j].role != named[i].role || named[j].rank >= named[i].rank)
        continue;
      if (named[i].role == FieldRole::action) {
        throw DataError(fmt::format("{}: '{}' and '{}' may both be the action; say which one is (--action)", info_.path,
                                    columns_->fields()[j].name, columns_->fields()[i].name));
      }
      named[i] = {FieldRole::extra, columns_->fields()[i].name, 0};
      break;
    }
  }
}

void FlatTable::assign_noted_roles(const std::string& note) try {
  DatasetInfo noted;
  notes_ = info_from_json(note, noted, info_.path);
  noted_fields_ = noted.observation_fields;
  info_.action_names = noted.action_names;
  info_.action_kinds = noted.action_kinds;
  info_.action_range = noted.action_range;
  info_.subsets = noted.subsets;
  for (const auto& [name, text] : noted.attributes) info_.attributes.insert_or_assign(name, text);
  const auto json = nlohmann::ordered_json::parse(note);
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const std::string& name = columns_->fields()[i].name;
    if (!json.contains("roles") || !json["roles"].contains(name)) continue;
    const auto& entry = json["roles"][name];
    const auto role = std::find(std::begin(kRoleNames), std::end(kRoleNames), entry.at(0).get<std::string>());
    if (role == std::end(kRoleNames)) {
      throw DataError(fmt::format("{}: its pianola entry gives '{}' an unknown role", info_.path, name));
    }
    named_[i] = {static_cast<FieldRole>(role - std::begin(kRoleNames)), entry.at(1).get<std::string>(), 0};
  }
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: its pianola entry is damaged ({})", info_.path, error.what()));
}

/// Columns in their own order, but fields of the observation as our note has them.
std::vector<std::size_t> FlatTable::ordered_columns() const {
  std::vector<std::size_t> order(named_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t i) {
    const auto is_it = [&](const ObservationField& field) { return field.name == named_[i].field; };
    return std::find_if(noted_fields_.begin(), noted_fields_.end(), is_it) - noted_fields_.begin();
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  return order;
}

void FlatTable::list_fields(std::span<const NamedRole> named, const ReadOptions& options) {
  std::size_t steps = 0;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const bool action = options.action.empty()
                            ? named[i].role == FieldRole::action
                            : named[i].field == options.action && named[i].role != FieldRole::next_observation;
    if (action) steps = columns_->rows(i);
  }
  episodes_ = find_flat_episodes(*columns_, named, steps, info_, options);
  for (const std::size_t i : ordered_columns()) {
    const StoredField& column = columns_->fields()[i];
    if (is_episode_mark(column.name)) continue;
    if (columns_->rows(i) != steps && named[i].role == FieldRole::extra) {
      info_.unread.push_back(column.name + ": not one row a step");
      continue;
    }
    if (columns_->rows(i) != steps && steps != 0) {
      throw DataError(fmt::format("{}: '{}' has {} rows, but the actions have {}; one row for each step is required",
                                  info_.path, column.name, columns_->rows(i), steps));
    }
    fields_.push_back({{named[i].field, column.shape, column.type}, named[i].role});
    source_.push_back(i);
  }
}

}  // namespace

const char* role_name(FieldRole role) { return kRoleNames[static_cast<std::size_t>(role)]; }

NamedRole role_of_name(const std::string& name) {
  std::size_t rank = 0;
  for (const auto& [role, alias] : kAliases) {
    ++rank;
    const bool observed = role == FieldRole::observation || role == FieldRole::next_observation;
    if (name == alias) return {role, observed ? "state" : name, rank};
    const bool below = name.size() > alias.size() + 1 && name.starts_with(alias) &&
                       (name[alias.size()] == '/' || name[alias.size()] == '.');
    if (observed && below) return {role, name.substr(alias.size() + 1), rank};
  }
  return {FieldRole::extra, name, 0};
}

std::unique_ptr<TrajectoryReader> read_flat(std::unique_ptr<FlatColumns> columns, DatasetInfo info,
                                            const ReadOptions& options, const std::optional<std::string>& note) {
  return read_table(std::make_unique<FlatTable>(std::move(columns), std::move(info), options, note), options);
}

}  // namespace pianola
