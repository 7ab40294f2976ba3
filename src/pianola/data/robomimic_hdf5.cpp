#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/robomimic_hdf5.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_fields.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/info_json.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/data/robomimic_mask.hpp"
#include "pianola/data/trajectory_check.hpp"

namespace pianola {
namespace {

const std::set<std::string> kOurAttributes{"total",        "format_version", "action_low",        "action_high",
                                           "action_kinds", "action_names",   "observation_fields"};

const std::set<std::string> kKnownDatasets{"actions",   "obs",        "next_obs",  "rewards",         "dones",
                                           "terminals", "timestamps", "timestamp", "executed_actions"};

/// Where a field of `obs` (or next_obs) lies, which may be one dataset itself.
std::string field_place(const std::string& obs, bool is_dataset, const std::string& field) {
  return is_dataset ? obs : obs + "/" + field;
}

std::map<std::string, std::string> attributes_of(const Hdf5File& demo) {
  auto all = demo.attributes("");
  for (const char* own : {"num_samples", "outcome", "name"}) all.erase(own);
  return all;
}

class RobomimicReader final : public TrajectoryReader {
 public:
  RobomimicReader(const std::string& path, const ReadOptions& options);
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return names_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override { return names_.at(i); }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return open_actions(demo(i)).rows(); }
  [[nodiscard]] Trajectory read(std::size_t i) override;
  [[nodiscard]] std::map<std::string, std::string> attributes(std::size_t i) override { return attributes_of(demo(i)); }
  [[nodiscard]] std::vector<double> read_actions(std::size_t i) override;

 private:
  [[nodiscard]] Hdf5File demo(std::size_t i) const;
  [[nodiscard]] Hdf5Dataset open_actions(const Hdf5File& demo) const;
  [[nodiscard]] CheckedMatrix load_actions(const Hdf5File& demo) const;
  [[nodiscard]] std::vector<std::string> stored_fields(const Hdf5File& demo) const;
  [[nodiscard]] std::vector<std::string> chosen_fields(const Hdf5File& demo) const;
  void read_layout();
  [[nodiscard]] std::vector<std::string> other_datasets(const Hdf5File& demo) const;
  void read_extras(const Hdf5File& demo, Trajectory& t) const;
  void read_layout_of(const Hdf5File& demo);
  void read_attributes();
  [[nodiscard]] bool has_as_many(const Hdf5File& demo) const;
  [[nodiscard]] CheckedMatrix read_observation(const Hdf5File& demo, std::size_t steps) const;
  void check_same_fields(const Hdf5File& demo) const;
  void check_rows(const std::string& place, const Hdf5Dataset& numbers, std::size_t steps, std::size_t columns) const;
  void check_sample_count(const Hdf5File& demo, std::size_t steps) const;
  [[nodiscard]] CheckedMatrix read_rows(const Hdf5File& demo, const std::string& name, std::size_t steps,
                                        std::size_t columns) const;
  [[nodiscard]] CheckedMatrix read_fields(const Hdf5File& demo, const std::string& obs, std::size_t steps) const;
  [[nodiscard]] std::vector<double> read_optional(const Hdf5File& demo, std::initializer_list<const char*> names,
                                                  std::size_t steps, std::size_t columns) const;
  void read_optional_fields(const Hdf5File& demo, Trajectory& t) const;
  [[nodiscard]] Outcome read_outcome(const Hdf5File& demo, std::span<const double> dones) const;

  Hdf5File file_;
  ReadOptions options_;
  DatasetInfo info_;
  std::vector<std::string> names_;
  std::string pattern_;  // the trajectory whose layout all others must have
};

RobomimicReader::RobomimicReader(const std::string& path, const ReadOptions& options) : file_(path), options_(options) {
  info_.format = "robomimic";
  info_.path = path;
  if (file_.node("/data") != Hdf5Node::group) {
    throw DataError(fmt::format(
        "{}: {}; robomimic's layout has trajectories as groups /data/demo_0, …: rename the group that holds them, or "
        "leave --from out",
        path, detect_robomimic(path)));
  }
  for (std::string& name : file_.children("/data")) {
    if (file_.node("/data/" + name) == Hdf5Node::group) names_.push_back(std::move(name));
  }
  if (names_.empty()) {
    const std::vector<std::string> there = file_.children("/data");
    throw DataError(
        fmt::format("{}: /data holds no trajectory, {}; groups such as /data/demo_0 are required, as "
                    "recording or collecting demonstrations writes them",
                    path, there.empty() ? "it is empty" : "but: " + list_names(there, 12)));
  }
  info_.subsets = read_robomimic_masks(file_, names_);
  std::vector<std::string> kept;
  for (const std::size_t i : choose_trajectories(info_, names_.size(), options_)) kept.push_back(names_[i]);
  names_ = std::move(kept);
  read_attributes();
  read_layout();
  check_info(info_, path);
}

Hdf5File RobomimicReader::demo(std::size_t i) const {
  if (i >= names_.size()) throw UsageError(fmt::format("{}: trajectory {} of {}", info_.path, i, names_.size()));
  return file_.below("/data/" + names_[i]);
}

Hdf5Dataset RobomimicReader::open_actions(const Hdf5File& demo) const try {
  Hdf5Dataset actions = demo.dataset("actions");
  if (actions.dims().size() <= 2) return actions;
  throw DataError(
      fmt::format("{}: dataset '{}' {} has {} dimensions; [steps, dimensions] is required, so store one "
                  "action a row",
                  info_.path, demo.whole("actions"), actions.dims_text(), actions.dims().size()));
} catch (const DataError&) {
  if (demo.node("actions") == Hdf5Node::dataset) throw;  // asked before, this would cost as much as opening it
  throw DataError(
      fmt::format("{}: trajectory '{}' has no dataset 'actions'; it holds: {}; robomimic's layout needs "
                  "{} of [steps, dimensions]",
                  info_.path, demo.whole(""), fmt::join(demo.children(""), ", "), demo.whole("actions")));
}

std::vector<std::string> RobomimicReader::stored_fields(const Hdf5File& demo) const {
  const Hdf5Node node = demo.node("obs");
  if (node == Hdf5Node::dataset) return {"state"};
  std::vector<std::string> fields;
  if (node == Hdf5Node::group) fields = datasets_below(demo, "obs");
  if (!fields.empty()) return fields;
  throw DataError(
      fmt::format("{}: trajectory '{}' has no observations: '{}' must be a dataset, or a group with datasets",
                  info_.path, demo.whole(""), demo.whole("obs")));
}

/// The fields that make up the observation: those asked for, else those that the file lists, else all.
std::vector<std::string> RobomimicReader::chosen_fields(const Hdf5File& demo) const {
  if (options_.actions_only) return {};
  const std::vector<std::string> stored = stored_fields(demo);
  const bool asked = !options_.observation.empty();
  const std::vector<std::string> names = asked ? options_.observation : text_list(file_, "/data", "observation_fields");
  return choose_fields(info_.path + ": observation field", stored, names);
}

/// Datasets of a trajectory that have no meaning of their own here: states, infos.
std::vector<std::string> RobomimicReader::other_datasets(const Hdf5File& demo) const {
  std::vector<std::string> others;
  for (std::string& name : datasets_below(demo, "")) {
    if (!kKnownDatasets.contains(name.substr(0, name.find('/')))) others.push_back(std::move(name));
  }
  return others;
}

void RobomimicReader::read_extras(const Hdf5File& demo, Trajectory& t) const {
  std::vector<std::string> here = other_datasets(demo), listed;
  for (const ExtraField& field : info_.extra_fields) listed.push_back(field.name);
  for (const std::string& unread : info_.unread) std::erase(here, unread.substr(0, unread.rfind(": ")));
  if (here != listed) {
    throw DataError(
        fmt::format("{}: trajectory '{}' has the further datasets {}, but '{}' has {}; give all "
                    "trajectories the same",
                    info_.path, demo.whole(""), here.empty() ? "none" : fmt::format("{}", fmt::join(here, ", ")),
                    pattern_, listed.empty() ? "none" : fmt::format("{}", fmt::join(listed, ", "))));
  }
  for (const ExtraField& field : info_.extra_fields) {
    t.extras.push_back(read_rows(demo, field.name, t.steps, field.dim).values);
  }
}

/// Takes dimensions from the first trajectory that has any, so that one bad trajectory does not hide the others.
void RobomimicReader::read_layout() {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    try {
      return read_layout_of(demo(i));
    } catch (const DataError&) {
      if (i + 1 == names_.size()) return read_layout_of(demo(0));  // none has: say why for the first
    }
  }
}

void RobomimicReader::read_layout_of(const Hdf5File& demo) {
  const Hdf5Dataset actions = open_actions(demo);
  DatasetInfo info = info_;
  info.action_dim = actions.columns();
  info.action_bits = actions.bits();
  info.observation_bits = 32;
  const bool whole = demo.node("obs") == Hdf5Node::dataset;
  for (const std::string& field : chosen_fields(demo)) {
    const Hdf5Dataset numbers = demo.dataset(field_place("obs", whole, field));
    append_observation(info, stored_field(numbers, field), options_, stored_fields(demo));
  }
  if (!options_.learning_only) list_extras(demo, other_datasets(demo), actions.rows(), info);
  info_ = std::move(info);
  pattern_ = demo.whole("");
}

void RobomimicReader::read_attributes() {
  if (const auto version = file_.numbers("/data", "format_version");
      version && !version->empty() && version->front() > kRobomimicVersion) {
    throw DataError(fmt::format("{}: format_version {} is newer than the {} that is read here; use a newer pianola",
                                info_.path, version->front(), kRobomimicVersion));
  }
  for (auto& [name, text] : file_.attributes("/data")) {
    if (!kOurAttributes.contains(name)) info_.attributes.emplace(name, text);
  }
  info_.action_range.low = file_.numbers("/data", "action_low").value_or(std::vector<double>());
  info_.action_range.high = file_.numbers("/data", "action_high").value_or(std::vector<double>());
  info_.action_names = text_list(file_, "/data", "action_names");
  for (const std::string& kind : text_list(file_, "/data", "action_kinds")) {
    try {
      info_.action_kinds.push_back(action_kind_from_name(kind));
    } catch (const UsageError& error) {
      throw DataError(fmt::format("{}: attribute action_kinds of /data: {}", info_.path, error.what()));
    }
  }
}

/// Whether a group has as many links as there are fields, and none lies deeper: if all can be opened, it has no other.
bool RobomimicReader::has_as_many(const Hdf5File& demo) const {
  const auto is_deeper = [](const ObservationField& field) { return field.name.find('/') != std::string::npos; };
  const auto& fields = info_.observation_fields;
  return info_.left_out_fields.empty() && demo.links("obs") == fields.size() &&
         std::none_of(fields.begin(), fields.end(), is_deeper);
}

/// The observation, once the trajectory is known to have the fields that all have.
CheckedMatrix RobomimicReader::read_observation(const Hdf5File& demo, std::size_t steps) const try {
  if (!has_as_many(demo)) check_same_fields(demo);
  return read_fields(demo, "obs", steps);
} catch (const DataError&) {
  check_same_fields(demo);  // which may tell more
  throw;
}

void RobomimicReader::check_same_fields(const Hdf5File& demo) const {
  if (options_.actions_only || !options_.observation.empty() || demo.whole("") == pattern_) return;
  std::vector<std::string> expected, stored = stored_fields(demo);
  for (const ObservationField& field : info_.observation_fields) expected.push_back(field.name);
  for (const ObservationField& field : info_.left_out_fields) expected.push_back(field.name);
  if (stored.size() == 1 && expected.size() == 1) return;  // one may be a dataset, the other a group
  std::sort(expected.begin(), expected.end());
  std::sort(stored.begin(), stored.end());
  if (expected == stored) return;
  throw DataError(
      fmt::format("{}: trajectory '{}' has observation fields {}, but '{}' has {}; name the fields that all "
                  "have",
                  info_.path, demo.whole(""), fmt::join(stored, ", "), pattern_, fmt::join(expected, ", ")));
}

void RobomimicReader::check_rows(const std::string& place, const Hdf5Dataset& numbers, std::size_t steps,
                                 std::size_t columns) const {
  if (numbers.columns() != columns) {
    throw DataError(
        fmt::format("{}: dataset '{}' {} has {} columns, but trajectory '{}' has {}; all trajectories of a "
                    "dataset need the same dimensions",
                    info_.path, place, numbers.dims_text(), numbers.columns(), pattern_, columns));
  }
  if (numbers.rows() != steps) {
    throw DataError(
        fmt::format("{}: dataset '{}' has {} rows, but the trajectory's actions have {}; one row for each "
                    "step is required (drop a last observation that no action follows)",
                    info_.path, place, numbers.rows(), steps));
  }
}

void RobomimicReader::check_sample_count(const Hdf5File& demo, std::size_t steps) const {
  const auto samples = demo.numbers("", "num_samples");
  if (!samples || samples->empty() || samples->front() == static_cast<double>(steps)) return;
  throw DataError(
      fmt::format("{}: trajectory '{}' has {} action rows, but its num_samples is {}; the file was cut or "
                  "edited, make it again or mend the attribute",
                  info_.path, demo.whole(""), steps, samples->front()));
}

CheckedMatrix RobomimicReader::read_rows(const Hdf5File& demo, const std::string& name, std::size_t steps,
                                         std::size_t columns) const {
  const Hdf5Dataset numbers = demo.dataset(name);
  check_rows(demo.whole(name), numbers, steps, columns);
  return numbers.read_checked();
}

CheckedMatrix RobomimicReader::read_fields(const Hdf5File& demo, const std::string& obs, std::size_t steps) const {
  const auto& fields = info_.observation_fields;
  const bool whole = demo.node(obs) == Hdf5Node::dataset;
  if (fields.size() == 1) return read_rows(demo, field_place(obs, whole, fields[0].name), steps, fields[0].dim);
  // Each field is checked against what the file holds before room for all of them is taken.
  std::vector<Hdf5Dataset> parts;
  for (const ObservationField& field : fields) {
    const std::string name = field_place(obs, whole, field.name);
    check_rows(demo.whole(name), parts.emplace_back(demo.dataset(name)), steps, field.dim);
  }
  std::vector<double> values(steps * info_.observation_dim);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].read_columns(values, info_.observation_dim, fields[i].first);
  }
  return {std::move(values), false};  // not looked at
}

std::vector<double> RobomimicReader::read_optional(const Hdf5File& demo, std::initializer_list<const char*> names,
                                                   std::size_t steps, std::size_t columns) const {
  for (const char* name : names) {
    if (demo.node(name) != Hdf5Node::absent) return read_rows(demo, name, steps, columns).values;
  }
  return {};
}

Outcome RobomimicReader::read_outcome(const Hdf5File& demo, std::span<const double> dones) const {
  const auto text = demo.attribute("", "outcome");
  if (!text) return !dones.empty() && dones.back() != 0.0 ? Outcome::terminated : Outcome::truncated;
  return outcome_named(*text, fmt::format("{}: trajectory '{}'", info_.path, demo.whole("")));
}

void RobomimicReader::read_optional_fields(const Hdf5File& demo, Trajectory& t) const {
  if (!options_.actions_only && demo.node("next_obs") != Hdf5Node::absent) {
    t.next_observations = read_fields(demo, "next_obs", t.steps).values;
  }
  t.rewards = read_optional(demo, {"rewards"}, t.steps, 1);
  t.dones = read_optional(demo, {"dones", "terminals"}, t.steps, 1);
  t.timestamps = read_optional(demo, {"timestamps", "timestamp"}, t.steps, 1);
  t.executed_actions = read_optional(demo, {"executed_actions"}, t.steps, info_.action_dim);
}

Trajectory RobomimicReader::read(std::size_t i) try {
  const Hdf5File place = demo(i);
  Trajectory t;
  t.name = place.attribute("", "name").value_or(names_[i]);
  CheckedMatrix actions = load_actions(place);
  t.actions = std::move(actions.values);
  t.steps = t.actions.size() / info_.action_dim;
  CheckedMatrix observations = read_observation(place, t.steps);
  t.observations = std::move(observations.values);
  if (!options_.learning_only) {
    read_optional_fields(place, t);
    read_extras(place, t);
    t.attributes = attributes_of(place);
  }
  t.outcome = read_outcome(place, t.dones);
  (actions.finite && observations.finite ? check_finite_trajectory : check_trajectory)(t, info_, info_.path);
  return t;
} catch (const std::bad_alloc&) {
  throw ResourceError(
      fmt::format("{}: trajectory '{}' does not fit into memory; give fewer observation fields, or cut "
                  "it into shorter ones",
                  info_.path, names_[i]));
}

/// The actions, of the right size, their values not looked at.
CheckedMatrix RobomimicReader::load_actions(const Hdf5File& demo) const {
  const Hdf5Dataset actions = open_actions(demo);
  const std::size_t steps = actions.rows();
  if (steps == 0) {
    throw DataError(fmt::format("{}: trajectory '{}' is empty: 'actions' {} has no rows; leave it out", info_.path,
                                demo.whole(""), actions.dims_text()));
  }
  check_rows(demo.whole("actions"), actions, steps, info_.action_dim);
  check_sample_count(demo, steps);
  return actions.read_checked();
}

std::vector<double> RobomimicReader::read_actions(std::size_t i) {
  Trajectory t;
  CheckedMatrix actions = load_actions(demo(i));
  t.actions = std::move(actions.values);
  t.name = names_[i];
  t.steps = t.actions.size() / info_.action_dim;
  DatasetInfo actions_only;
  actions_only.action_dim = info_.action_dim;
  (actions.finite ? check_finite_trajectory : check_trajectory)(t, actions_only, info_.path);
  return std::move(t.actions);
}

}  // namespace

FormatEntry entry_robomimic() {
  return {.name = "robomimic",
          .summary =
              "HDF5 in robomimic's layout: /data/demo_i/{obs, actions, rewards?, dones?, next_obs?, timestamps?, …}, "
              "/mask/<subset>",
          .can_read = true,
          .can_write = true,
          .detect = detect_robomimic,
          .open = open_robomimic,
          .create = create_robomimic,
          .extensions = {".hdf5", ".h5"}};
}

std::string detect_robomimic(const std::string& path) {
  if (std::string reason = why_no_hdf5(path); !reason.empty()) return reason;
  const Hdf5File file(path);
  if (file.node("/data") == Hdf5Node::group) return "";
  return fmt::format("it has no group /data; {}", root_listing(file));
}

std::unique_ptr<TrajectoryReader> open_robomimic(const std::string& path, const ReadOptions& options) {
  return std::make_unique<RobomimicReader>(path, options);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
