#include "pianola/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <stdexcept>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

/// Where a number stands, for messages.
struct Place {
  std::string_view where;  ///< file
  const Trajectory& trajectory;
  const DatasetInfo& info;

  [[nodiscard]] std::string text() const {
    return fmt::format("{}: trajectory '{}'", where.empty() ? "dataset" : where, trajectory.name);
  }
};

/// First value that is not finite, or values.size(). 0 · x is 0 unless x is NaN or infinite, and a sum of such products
/// in parallel accumulators runs at the speed of memory.
std::size_t first_non_finite(std::span<const double> values) {
  constexpr std::size_t kBlock = 1024, kSums = 8;
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const std::span<const double> block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    std::array<double, kSums> sums{};
    std::size_t i = 0;
    for (; i + kSums <= block.size(); i += kSums) {
      for (std::size_t j = 0; j < kSums; ++j) sums[j] += 0.0 * block[i + j];
    }
    for (; i < block.size(); ++i) sums[0] += 0.0 * block[i];
    if (std::all_of(sums.begin(), sums.end(), [](double sum) { return sum == 0.0; })) continue;
    const auto at = std::find_if(block.begin(), block.end(), [](double x) { return !std::isfinite(x); });
    return begin + static_cast<std::size_t>(at - block.begin());
  }
  return values.size();
}

void check_size(const Place& place, const char* field, std::size_t got, std::size_t columns) {
  std::size_t expected = 0;
  if (__builtin_mul_overflow(place.trajectory.steps, columns, &expected) || got != expected) {
    throw DataError(
        fmt::format("{}: {} must hold {} steps × {} dimensions, but hold {} numbers; every field needs one "
                    "row for each step",
                    place.text(), field, place.trajectory.steps, columns, got));
  }
}

void check_finite(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  const std::size_t at = first_non_finite(values);
  if (at == values.size()) return;
  const std::size_t d = at % columns;
  const bool observed = std::string_view(field).ends_with("observations");
  const std::string name = observed ? observation_name(place.info, d) : "";
  throw DataError(
      fmt::format("{}, {}, row {}, dimension {}{} (both counted from 0): a finite number is required, but it "
                  "is {}; mend or remove the row, or leave the trajectory out",
                  place.text(), field, at / columns, d, name.empty() ? "" : " (" + name + ")", values[at]));
}

void check_field(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  check_size(place, field, values.size(), columns);
  check_finite(place, field, values, columns);
}

void check_optional(const Place& place, const char* field, std::span<const double> values, std::size_t columns) {
  if (!values.empty()) check_field(place, field, values, columns);
}

void check_dones(const Place& place, std::span<const double> dones) {
  check_optional(place, "dones", dones, 1);
  const auto at = std::find_if(dones.begin(), dones.end(), [](double x) { return x != 0.0 && x != 1.0; });
  if (at == dones.end()) return;
  throw DataError(
      fmt::format("{}, dones, row {} (counted from 0): 0 or 1 is required, but it is {}; write 1 where the "
                  "trajectory ends and 0 elsewhere",
                  place.text(), at - dones.begin(), *at));
}

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

void check_trajectory(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where) {
  const Place place{where, trajectory, info};
  if (trajectory.steps == 0) throw DataError(place.text() + " is empty; leave it out");
  check_field(place, "observations", trajectory.observations, info.observation_dim);
  check_field(place, "actions", trajectory.actions, info.action_dim);
  check_optional(place, "rewards", trajectory.rewards, 1);
  check_dones(place, trajectory.dones);
  check_optional(place, "next observations", trajectory.next_observations, info.observation_dim);
  check_optional(place, "timestamps", trajectory.timestamps, 1);
  check_optional(place, "executed actions", trajectory.executed_actions, info.action_dim);
  if (trajectory.extras.empty()) return;
  if (trajectory.extras.size() != info.extra_fields.size()) {
    throw DataError(fmt::format("{} has {} extra fields, but the dataset lists {}; give all of them or none",
                                place.text(), trajectory.extras.size(), info.extra_fields.size()));
  }
  for (std::size_t i = 0; i < trajectory.extras.size(); ++i) {  // whose values may be anything
    check_size(place, info.extra_fields[i].name.c_str(), trajectory.extras[i].size(), info.extra_fields[i].dim);
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
