#include "pianola/data/field_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {
namespace {

using Fields = std::vector<std::size_t>;  // numbers of fields of the table

class TableReader final : public TrajectoryReader {
 public:
  TableReader(std::unique_ptr<FieldTable> table, const ReadOptions& options)
      : table_(std::move(table)), options_(options), info_(table_->base_info()) {
    for (const TableField& field : table_->fields()) {
      dims_.push_back(numbers_a_step(field.stored, info_.path));
      roles_.push_back(field.role);
    }
    choose_action();
    if (!options_.actions_only) choose_observation();
    choose_others();
    chosen_ = choose_trajectories(info_, table_->size(), options_);
    if (chosen_.empty()) throw DataError(info_.path + ": it holds no trajectory; give a dataset with at least one");
    check_info(info_, info_.path);
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return chosen_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override { return table_->name(chosen_.at(i)); }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return table_->rows(checked(i)); }
  [[nodiscard]] Trajectory read(std::size_t i) override;
  [[nodiscard]] std::map<std::string, std::string> attributes(std::size_t i) override {
    return table_->attributes(checked(i));
  }
  [[nodiscard]] std::vector<double> read_actions(std::size_t i) override;

 private:
  [[nodiscard]] const StoredField& field(std::size_t i) const { return table_->fields()[i].stored; }
  [[nodiscard]] Fields of_role(FieldRole role) const;
  [[nodiscard]] std::vector<std::string> names(const Fields& fields) const;
  [[nodiscard]] std::size_t checked(std::size_t i) const;
  void choose_action();
  void choose_observation();
  void choose_others();
  void keep_knowledge_of(std::size_t action);
  void name_actions();
  [[nodiscard]] std::size_t single(FieldRole role, std::size_t dim) const;
  [[nodiscard]] CheckedMatrix read_fields(std::size_t i, const Fields& fields, std::size_t steps);
  [[nodiscard]] std::vector<double> read_single(std::size_t i, FieldRole role, std::size_t dim, std::size_t steps);
  void read_optional_fields(std::size_t i, Trajectory& t);
  [[nodiscard]] Outcome outcome_of(std::size_t i, const Trajectory& t);

  std::unique_ptr<FieldTable> table_;
  ReadOptions options_;
  DatasetInfo info_;
  std::vector<std::size_t> dims_;  // of each field
  std::vector<FieldRole> roles_;   // of each field, as chosen
  Fields actions_, observations_, next_, extras_;
  std::vector<std::size_t> chosen_;
};

constexpr std::size_t kNone = SIZE_MAX;

Fields TableReader::of_role(FieldRole role) const {
  Fields found;
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    if (roles_[i] == role) found.push_back(i);
  }
  return found;
}

std::vector<std::string> TableReader::names(const Fields& fields) const {
  std::vector<std::string> names;
  for (const std::size_t i : fields) names.push_back(field(i).name);
  return names;
}

std::size_t TableReader::checked(std::size_t i) const {
  if (i >= chosen_.size()) throw UsageError(fmt::format("{}: trajectory {} of {}", info_.path, i, chosen_.size()));
  return chosen_[i];
}

void TableReader::choose_action() {
  if (!options_.action.empty()) {
    Fields all;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] != FieldRole::next_observation) all.push_back(i);
    }
    const auto at =
        std::find_if(all.begin(), all.end(), [&](std::size_t i) { return field(i).name == options_.action; });
    if (at == all.end()) throw_unknown_name(info_.path + ": field", options_.action, names(all));
    keep_knowledge_of(*at);
    for (FieldRole& role : roles_) role = role == FieldRole::action ? FieldRole::extra : role;
    roles_[*at] = FieldRole::action;
  }
  actions_ = of_role(FieldRole::action);
  if (actions_.empty()) {
    std::vector<std::string> known;
    known.reserve(table_->fields().size());
    for (const TableField& one : table_->fields()) {
      if (one.role != FieldRole::next_observation) known.push_back(one.stored.name);
    }
    throw DataError(fmt::format("{}: no field is known to be the action; name it (--action), of: {}{}", info_.path,
                                known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")),
                                info_.unread.empty() ? "" : "; not read: " + list_names(info_.unread)));
  }
  info_.action_bits = 32;
  for (const std::size_t i : actions_) {
    if (field(i).shape.size() > 1) {
      throw DataError(fmt::format("{}: action field '{}' [steps, {}] is no vector a step; store one action a row",
                                  info_.path, field(i).name, fmt::join(field(i).shape, ", ")));
    }
    info_.action_dim += dims_[i];
    info_.action_bits = std::max(info_.action_bits, type_bits(field(i).type));
  }
  if (actions_.size() > 1 && info_.action_names.empty()) name_actions();
}

/// What the table knows of the dimensions of all its action fields is cut down to one; none of another field is known.
void TableReader::keep_knowledge_of(std::size_t action) {
  std::size_t first = 0, total = 0;
  for (const std::size_t i : of_role(FieldRole::action)) {
    if (i < action) first += dims_[i];
    total += dims_[i];
  }
  const std::size_t dim = roles_[action] == FieldRole::action ? dims_[action] : 0;
  const auto cut = [&](auto& entries) {
    if (entries.size() != total || dim == 0) return entries.clear();
    entries = {entries.begin() + static_cast<std::ptrdiff_t>(first),
               entries.begin() + static_cast<std::ptrdiff_t>(first + dim)};
  };
  cut(info_.action_names);
  cut(info_.action_kinds);
  cut(info_.action_range.low);
  cut(info_.action_range.high);
}

/// Dimensions of concatenated action fields: "left[0]", "gripper".
void TableReader::name_actions() {
  for (const std::size_t i : actions_) {
    for (std::size_t d = 0; d < dims_[i]; ++d) {
      info_.action_names.push_back(dims_[i] == 1 ? field(i).name : fmt::format("{}[{}]", field(i).name, d));
    }
  }
}

void TableReader::choose_observation() {
  Fields candidates = of_role(FieldRole::observation);
  if (!options_.observation.empty()) {  // extras too, but the observation's own names come first
    const Fields extras = of_role(FieldRole::extra);
    candidates.insert(candidates.end(), extras.begin(), extras.end());
  }
  const std::vector<std::string> known = names(candidates);
  if (candidates.empty()) {
    throw DataError(fmt::format("{}: no field is known to be the observation; name it (--observation)", info_.path));
  }
  info_.observation_bits = 32;
  for (const std::string& name : choose_fields(info_.path + ": observation field", known, options_.observation)) {
    const std::size_t i =
        candidates[static_cast<std::size_t>(std::find(known.begin(), known.end(), name) - known.begin())];
    const std::size_t before = info_.observation_fields.size();
    append_observation(info_, field(i), options_, known);
    if (info_.observation_fields.size() == before) continue;
    observations_.push_back(i);
    roles_[i] = FieldRole::observation;
  }
  // Next observations count if every field of the observation has one.
  for (const std::size_t i : observations_) {
    for (const std::size_t j : of_role(FieldRole::next_observation)) {
      if (field(j).name == field(i).name && dims_[j] == dims_[i]) next_.push_back(j);
    }
  }
  if (next_.size() != observations_.size()) next_.clear();
}

/// The field of a role that may have one of `dim` numbers, or kNone.
std::size_t TableReader::single(FieldRole role, std::size_t dim) const {
  for (const std::size_t i : of_role(role)) {
    if (dims_[i] == dim) return i;
  }
  return kNone;
}

void TableReader::choose_others() {
  for (const FieldRole role : {FieldRole::reward, FieldRole::terminated, FieldRole::truncated, FieldRole::timestamp,
                               FieldRole::executed_action}) {
    const std::size_t taken = single(role, role == FieldRole::executed_action ? info_.action_dim : 1);
    for (const std::size_t i : of_role(role)) roles_[i] = i == taken ? role : FieldRole::extra;
  }
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    if (roles_[i] != FieldRole::extra) continue;
    if (field(i).shape.size() > 1 || dims_[i] == 0) {
      info_.unread.push_back(field(i).name + ": no vector a step");
      continue;
    }
    extras_.push_back(i);
    info_.extra_fields.push_back({field(i).name, dims_[i], field(i).type});
  }
}

CheckedMatrix TableReader::read_fields(std::size_t i, const Fields& fields, std::size_t steps) {
  std::size_t stride = 0;
  for (const std::size_t f : fields) stride += dims_[f];
  if (fields.size() == 1) return table_->read_checked(i, fields.front(), stride);
  std::vector<double> values(steps * stride);
  constexpr std::size_t kBlock = std::size_t{1} << 16;  // numbers
  std::vector<double> block;
  std::size_t column = 0;
  for (const std::size_t f : fields) {
    const std::size_t dim = dims_[f], most = std::max<std::size_t>(1, kBlock / std::max<std::size_t>(dim, 1));
    for (std::size_t begin = 0; dim > 0 && begin < steps; begin += most) {
      const std::size_t n = std::min(most, steps - begin);
      block.resize(n * dim);
      table_->read(i, f, begin, block);
      for (std::size_t row = 0; row < n; ++row) {
        std::copy_n(block.data() + row * dim, dim, values.data() + (begin + row) * stride + column);
      }
    }
    column += dim;
  }
  return {std::move(values), false};  // not looked at
}

std::vector<double> TableReader::read_single(std::size_t i, FieldRole role, std::size_t dim, std::size_t steps) {
  const std::size_t f = single(role, dim);
  return f == kNone ? std::vector<double>() : read_fields(i, {f}, steps).values;
}

void TableReader::read_optional_fields(std::size_t i, Trajectory& t) {
  if (!next_.empty() && !options_.actions_only) t.next_observations = read_fields(i, next_, t.steps).values;
  t.rewards = read_single(i, FieldRole::reward, 1, t.steps);
  t.dones = read_single(i, FieldRole::terminated, 1, t.steps);
  t.timestamps = read_single(i, FieldRole::timestamp, 1, t.steps);
  t.executed_actions = read_single(i, FieldRole::executed_action, info_.action_dim, t.steps);
  for (const std::size_t f : extras_) t.extras.push_back(read_fields(i, {f}, t.steps).values);
}

Outcome TableReader::outcome_of(std::size_t i, const Trajectory& t) {
  if (const auto recorded = table_->outcome(i)) return *recorded;
  if (options_.learning_only) return Outcome::truncated;
  const std::vector<double> cut = read_single(i, FieldRole::truncated, 1, t.steps);
  for (std::size_t row = 0; row < cut.size(); ++row) {
    if (cut[row] == 0.0 || (cut[row] == 1.0 && row + 1 == cut.size())) continue;
    throw DataError(
        fmt::format("{}: trajectory '{}', {}, row {} (counted from 0): it is {}, but only the last of the "
                    "{} steps may be truncated; mend the flags or the episode's length",
                    info_.path, t.name, field(single(FieldRole::truncated, 1)).name, row, cut[row], t.steps));
  }
  if (!t.dones.empty() && t.dones.back() != 0.0) return Outcome::terminated;
  return cut.empty() || cut.back() != 0.0 ? Outcome::truncated : Outcome::running;
}

Trajectory TableReader::read(std::size_t at) try {
  const std::size_t i = checked(at);
  Trajectory t;
  t.name = table_->name(i);
  t.steps = table_->rows(i);
  if (t.steps == 0) throw DataError(fmt::format("{}: trajectory '{}' is empty; leave it out", info_.path, t.name));
  CheckedMatrix actions = read_fields(i, actions_, t.steps), observations;
  if (!options_.actions_only) observations = read_fields(i, observations_, t.steps);
  t.actions = std::move(actions.values);
  t.observations = std::move(observations.values);
  if (!options_.learning_only) {
    read_optional_fields(i, t);
    t.attributes = attributes(at);
  }
  t.outcome = outcome_of(i, t);
  (actions.finite && observations.finite ? check_finite_trajectory : check_trajectory)(t, info_, info_.path);
  return t;
} catch (const std::bad_alloc&) {
  throw ResourceError(
      fmt::format("{}: trajectory '{}' does not fit into memory; give fewer observation fields, or cut "
                  "it into shorter ones",
                  info_.path, name(at)));
} catch (const std::length_error&) {
  throw ResourceError(fmt::format("{}: trajectory '{}' does not fit into memory", info_.path, name(at)));
}

std::vector<double> TableReader::read_actions(std::size_t at) {
  Trajectory t;
  t.name = name(at);
  t.steps = table_->rows(checked(at));
  CheckedMatrix actions = read_fields(checked(at), actions_, t.steps);
  t.actions = std::move(actions.values);
  DatasetInfo actions_only;
  actions_only.action_dim = info_.action_dim;
  (actions.finite ? check_finite_trajectory : check_trajectory)(t, actions_only, info_.path);
  return std::move(t.actions);
}

}  // namespace

CheckedMatrix FieldTable::read_checked(std::size_t i, std::size_t field, std::size_t dim) {
  return read_in_blocks(rows(i), dim, true, [&](std::size_t first, std::span<double> out) {
    if (!out.empty()) read(i, field, first, out);
  });
}

std::unique_ptr<TrajectoryReader> read_table(std::unique_ptr<FieldTable> table, const ReadOptions& options) {
  return std::make_unique<TableReader>(std::move(table), options);
}

}  // namespace pianola
