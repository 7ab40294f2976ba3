#include "pianola/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

/// Room for `more` further values, growing by doubling; after it insert() does not throw.
template <class T>
void make_room(std::vector<T>& values, std::size_t more) {
  const std::size_t needed = values.size() + more;
  if (values.capacity() < needed) values.reserve(std::max(needed, 2 * values.capacity()));
}

void check_entries(std::string_view where, const char* what, std::size_t entries, std::size_t dims) {
  if (entries == 0 || entries == dims) return;
  throw DataError(fmt::format("{}: {} must have one entry for each of the {} action dimensions, but there are {}",
                              where, what, dims, entries));
}

class DatasetActions final : public ActionSource {
 public:
  explicit DatasetActions(const Dataset& dataset) : dataset_(&dataset) {}
  [[nodiscard]] std::size_t action_dim() const override { return dataset_->info().action_dim; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for_each_observed([&](std::span<const double> actions, std::span<const double>) { visit(actions); });
  }
  void for_each_observed(
      const std::function<void(std::span<const double>, std::span<const double>)>& visit) const override {
    const auto offsets = dataset_->offsets();
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
      const auto rows = [&](std::span<const double> all, std::size_t dim) {
        return all.subspan(offsets[i] * dim, (offsets[i + 1] - offsets[i]) * dim);
      };
      visit(rows(dataset_->actions(), action_dim()), rows(dataset_->observations(), dataset_->info().observation_dim));
    }
  }

 private:
  const Dataset* dataset_;
};

class ReaderActions final : public ActionSource {
 public:
  explicit ReaderActions(TrajectoryReader& reader) : reader_(&reader) {}
  [[nodiscard]] std::size_t action_dim() const override { return reader_->info().action_dim; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for (std::size_t i = 0; i < reader_->size(); ++i) visit(reader_->read_actions(i));
  }
  void for_each_observed(
      const std::function<void(std::span<const double>, std::span<const double>)>& visit) const override {
    for (std::size_t i = 0; i < reader_->size(); ++i) {
      const Trajectory trajectory = reader_->read(i);
      visit(trajectory.actions, trajectory.observations);
    }
  }

 private:
  TrajectoryReader* reader_;
};

}  // namespace

std::string observation_name(const DatasetInfo& info, std::size_t d) {
  for (const ObservationField& field : info.observation_fields) {
    if (d >= field.first && d < field.first + field.dim) return fmt::format("obs/{}[{}]", field.name, d - field.first);
  }
  return "";
}

void check_info(const DatasetInfo& info, std::string_view where) {
  if (where.empty()) where = "dataset";
  if (info.action_dim == 0) throw DataError(fmt::format("{}: actions must have at least one dimension", where));
  std::size_t next = 0;
  for (const ObservationField& field : info.observation_fields) {
    if (field.first != next || field.dim == 0 || field.dim > info.observation_dim - next) {
      throw DataError(fmt::format("{}: observation field '{}' must start at column {} and end by {}, but is [{}, {})",
                                  where, field.name, next, info.observation_dim, field.first, field.first + field.dim));
    }
    next += field.dim;
  }
  if (!info.observation_fields.empty() && next != info.observation_dim) {
    throw DataError(
        fmt::format("{}: the observation fields cover {} of {} columns", where, next, info.observation_dim));
  }
  check_entries(where, "action names", info.action_names.size(), info.action_dim);
  check_entries(where, "action kinds", info.action_kinds.size(), info.action_dim);
  check_entries(where, "the range's low ends", info.action_range.low.size(), info.action_dim);
  check_entries(where, "the range's high ends", info.action_range.high.size(), info.action_range.low.size());
  for (std::size_t d = 0; d < info.action_range.low.size(); ++d) {
    if (info.action_range.low[d] < info.action_range.high[d]) continue;
    throw DataError(fmt::format("{}: action dimension {}: the range needs low < high, but is [{}, {}]", where, d,
                                info.action_range.low[d], info.action_range.high[d]));
  }
}

Dataset::Dataset(DatasetInfo info) : info_(std::move(info)) {}

void Dataset::reserve(std::size_t trajectories, std::size_t steps) {
  offsets_.reserve(trajectories + 1);
  names_.reserve(trajectories);
  outcomes_.reserve(trajectories);
  observations_.reserve(steps * info_.observation_dim);
  actions_.reserve(steps * info_.action_dim);
}

void Dataset::append(const Trajectory& t) {
  check_trajectory(t, info_, info_.path);
  const struct {
    const char* name;
    std::vector<double>& kept;
    const std::vector<double>& added;
  } fields[] = {{"observations", observations_, t.observations},
                {"actions", actions_, t.actions},
                {"rewards", rewards_, t.rewards},
                {"dones", dones_, t.dones},
                {"next observations", next_observations_, t.next_observations},
                {"timestamps", timestamps_, t.timestamps},
                {"executed actions", executed_actions_, t.executed_actions}};
  for (const auto& field : fields) {
    if (size() == 0 || field.kept.empty() == field.added.empty()) continue;
    throw DataError(fmt::format("{}: trajectory '{}' has {} {}, but the {} before it {}; give them in all or in none",
                                info_.path.empty() ? "dataset" : info_.path, t.name, field.added.empty() ? "no" : "the",
                                field.name, size(), field.kept.empty() ? "have none" : "have them"));
  }
  for (const auto& field : fields) make_room(field.kept, field.added.size());
  make_room(offsets_, 1);
  make_room(names_, 1);
  make_room(outcomes_, 1);
  std::string name = t.name;
  for (const auto& field : fields) field.kept.insert(field.kept.end(), field.added.begin(), field.added.end());
  names_.push_back(std::move(name));
  outcomes_.push_back(t.outcome);
  offsets_.push_back(offsets_.back() + t.steps);
}

Trajectory Dataset::trajectory(std::size_t i) const {
  if (i >= size()) throw UsageError(fmt::format("trajectory {} of a dataset of {}", i, size()));
  const std::size_t begin = offsets_[i], steps = offsets_[i + 1] - begin;
  const auto rows = [&](const std::vector<double>& values, std::size_t dim) {
    if (values.empty()) return std::vector<double>();
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin * dim);
    return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(steps * dim));
  };
  Trajectory t;
  t.name = names_[i];
  t.steps = steps;
  t.observations = rows(observations_, info_.observation_dim);
  t.actions = rows(actions_, info_.action_dim);
  t.rewards = rows(rewards_, 1);
  t.dones = rows(dones_, 1);
  t.next_observations = rows(next_observations_, info_.observation_dim);
  t.timestamps = rows(timestamps_, 1);
  t.executed_actions = rows(executed_actions_, info_.action_dim);
  t.outcome = outcomes_[i];
  return t;
}

std::string Dataset::fingerprint() const {
  // Arrays by their bytes, the rest as text; each part is hashed by itself, so that no two parts can run together.
  std::string parts = fmt::format("pianola dataset 1;{};{};", info_.observation_dim, info_.action_dim);
  const auto add = [&](const auto& values) { parts += hash_hex(std::as_bytes(std::span(values))) + ';'; };
  const std::vector<std::uint64_t> offsets(offsets_.begin(), offsets_.end());
  add(offsets);
  add(observations_);
  add(actions_);
  add(info_.action_range.low);
  add(info_.action_range.high);
  for (std::size_t d = 0; d < info_.action_dim; ++d) {
    parts += action_kind_name(info_.action_kinds.empty() ? ActionKind::linear : info_.action_kinds[d]);
    parts += ';';
  }
  return hash_hex(std::string_view(parts));
}

Dataset read_all(TrajectoryReader& reader) {
  const DatasetInfo& info = reader.info();
  std::size_t steps = 0;
  const auto out_of_memory = [&] {
    return ResourceError(
        fmt::format("{}: {} trajectories of {} steps × {} numbers do not fit into memory; read one at a "
                    "time, or give fewer observation fields",
                    info.path, reader.size(), steps, info.observation_dim + info.action_dim));
  };
  try {
    Dataset dataset(info);
    for (std::size_t i = 0; i < reader.size(); ++i) steps += reader.steps(i);
    dataset.reserve(reader.size(), steps);
    for (std::size_t i = 0; i < reader.size(); ++i) dataset.append(reader.read(i));
    return dataset;
  } catch (const std::bad_alloc&) {
    throw out_of_memory();
  } catch (const std::length_error&) {
    throw out_of_memory();
  }
}

std::unique_ptr<ActionSource> action_source(const Dataset& dataset) {
  return std::make_unique<DatasetActions>(dataset);
}

std::unique_ptr<ActionSource> action_source(TrajectoryReader& reader) {
  return std::make_unique<ReaderActions>(reader);
}

}  // namespace pianola
