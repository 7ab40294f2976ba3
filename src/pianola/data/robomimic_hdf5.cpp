#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/robomimic_hdf5.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {
namespace {

const std::set<std::string> kOurAttributes{"total",        "format_version", "action_low",        "action_high",
                                           "action_kinds", "action_names",   "observation_fields"};

/// Leaf datasets below `place`, as paths relative to it, by bytes of their names.
void collect_datasets(const Hdf5File& file, const std::string& place, const std::string& prefix,
                      std::vector<std::string>& out, int depth = 0) {
  constexpr int kDeepest = 16;  // a hard link may make a cycle
  if (depth > kDeepest) throw DataError(fmt::format("{}: group '{}' is nested too deeply", file.path(), place));
  std::vector<std::string> names = file.children(place);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string child = place + "/" + name;
    const Hdf5Node node = file.node(child);
    if (node == Hdf5Node::dataset) out.push_back(prefix + name);
    if (node == Hdf5Node::group) collect_datasets(file, child, prefix + name + "/", out, depth + 1);
  }
}

/// A list of strings stored as JSON text; empty if absent.
std::vector<std::string> text_list(const Hdf5File& file, const std::string& attribute) {
  const auto text = file.attribute("/data", attribute);
  if (!text) return {};
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  const auto is_text = [](const nlohmann::json& entry) { return entry.is_string(); };
  if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_text)) {
    throw DataError(fmt::format("{}: attribute {} of /data must be a JSON list of strings, but is {}", file.path(),
                                attribute, *text));
  }
  return json.get<std::vector<std::string>>();
}

class RobomimicReader final : public TrajectoryReader {
 public:
  RobomimicReader(const std::string& path, const ReadOptions& options);
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return names_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override { return names_.at(i); }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return open_actions(demo(i)).rows(); }
  [[nodiscard]] Trajectory read(std::size_t i) override;
  [[nodiscard]] std::vector<double> read_actions(std::size_t i) override;

 private:
  [[nodiscard]] std::string demo(std::size_t i) const;
  [[nodiscard]] Hdf5Dataset open_actions(const std::string& demo) const;
  [[nodiscard]] std::vector<double> load_actions(const std::string& demo) const;
  [[nodiscard]] std::vector<std::string> stored_fields(const std::string& demo) const;
  [[nodiscard]] std::vector<std::string> chosen_fields(const std::string& demo) const;
  [[nodiscard]] std::string field_place(const std::string& demo, const std::string& obs,
                                        const std::string& field) const;
  void read_layout();
  void read_layout_of(const std::string& demo);
  void read_attributes();
  void check_same_fields(const std::string& demo) const;
  void check_rows(const std::string& place, const Hdf5Dataset& numbers, std::size_t steps, std::size_t columns) const;
  void check_sample_count(const std::string& demo, std::size_t steps) const;
  [[nodiscard]] std::vector<double> read_rows(const std::string& place, std::size_t steps, std::size_t columns) const;
  [[nodiscard]] std::vector<double> read_fields(const std::string& demo, const std::string& obs,
                                                std::size_t steps) const;
  [[nodiscard]] std::vector<double> read_optional(const std::string& demo, std::initializer_list<const char*> names,
                                                  std::size_t steps, std::size_t columns) const;
  void read_optional_fields(const std::string& demo, Trajectory& t) const;
  [[nodiscard]] Outcome read_outcome(const std::string& demo, std::span<const double> dones) const;

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
    throw DataError(fmt::format("{}: {}; robomimic's layout has trajectories as groups /data/demo_0, …", path,
                                detect_robomimic(path)));
  }
  for (std::string& name : file_.children("/data")) {
    if (file_.node("/data/" + name) == Hdf5Node::group) names_.push_back(std::move(name));
  }
  if (names_.empty()) {
    throw DataError(fmt::format("{}: /data holds no trajectory; groups such as /data/demo_0 are required", path));
  }
  read_attributes();
  read_layout();
  check_info(info_, path);
}

std::string RobomimicReader::demo(std::size_t i) const {
  if (i >= names_.size()) throw UsageError(fmt::format("{}: trajectory {} of {}", info_.path, i, names_.size()));
  return "/data/" + names_[i];
}

Hdf5Dataset RobomimicReader::open_actions(const std::string& demo) const {
  const std::string place = demo + "/actions";
  if (file_.node(place) != Hdf5Node::dataset) {
    throw DataError(
        fmt::format("{}: trajectory '{}' has no dataset 'actions'; it holds: {}; robomimic's layout needs "
                    "{} of [steps, dimensions]",
                    info_.path, demo, fmt::join(file_.children(demo), ", "), place));
  }
  Hdf5Dataset actions = file_.dataset(place);
  if (actions.dims().size() > 2) {
    throw DataError(
        fmt::format("{}: dataset '{}' {} has {} dimensions; [steps, dimensions] is required, so store one "
                    "action a row",
                    info_.path, place, actions.dims_text(), actions.dims().size()));
  }
  return actions;
}

std::vector<std::string> RobomimicReader::stored_fields(const std::string& demo) const {
  const std::string obs = demo + "/obs";
  const Hdf5Node node = file_.node(obs);
  if (node == Hdf5Node::dataset) return {"state"};
  std::vector<std::string> fields;
  if (node == Hdf5Node::group) collect_datasets(file_, obs, "", fields);
  if (!fields.empty()) return fields;
  throw DataError(
      fmt::format("{}: trajectory '{}' has no observations: '{}' must be a dataset, or a group with datasets",
                  info_.path, demo, obs));
}

/// The fields that make up the observation: those asked for, else those that the file lists, else all.
std::vector<std::string> RobomimicReader::chosen_fields(const std::string& demo) const {
  if (options_.actions_only) return {};
  const std::vector<std::string> stored = stored_fields(demo);
  const bool asked = !options_.observation.empty();
  const std::vector<std::string> names = asked ? options_.observation : text_list(file_, "observation_fields");
  if (names.empty()) return stored;
  std::vector<std::string> chosen;
  for (const std::string& name : names) {
    const std::size_t before = chosen.size();
    for (const std::string& field : stored) {
      if (field == name || field.starts_with(name + "/")) chosen.push_back(field);
    }
    if (chosen.size() == before) throw_unknown_name(info_.path + ": observation field", name, stored);
  }
  std::vector<std::string> sorted = chosen;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    throw UsageError(fmt::format("{}: observation field '{}' is named twice; name it once", info_.path, *twice));
  }
  return chosen;
}

std::string RobomimicReader::field_place(const std::string& demo, const std::string& obs,
                                         const std::string& field) const {
  const std::string place = demo + "/" + obs;
  return file_.node(place) == Hdf5Node::dataset ? place : place + "/" + field;
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

void RobomimicReader::read_layout_of(const std::string& demo) {
  const Hdf5Dataset actions = open_actions(demo);
  DatasetInfo info = info_;
  info.action_dim = actions.columns();
  info.action_bits = actions.bits();
  info.observation_bits = 32;
  for (const std::string& field : chosen_fields(demo)) {
    const Hdf5Dataset numbers = file_.dataset(field_place(demo, "obs", field));
    if (numbers.dims().size() > 2 && options_.observation.empty()) {
      if (options_.leave_out_images) {
        info.left_out_fields.push_back({field, 0, numbers.columns()});
        continue;
      }
      throw DataError(
          fmt::format("{}: observation field '{}' {} is no vector a step (an image?); name the fields to "
                      "learn from, of: {}",
                      info_.path, field, numbers.dims_text(), fmt::join(stored_fields(demo), ", ")));
    }
    info.observation_fields.push_back({field, info.observation_dim, numbers.columns()});
    info.observation_dim += numbers.columns();
    info.observation_bits = std::max(info.observation_bits, numbers.bits());
  }
  info_ = std::move(info);
  pattern_ = demo;
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
  info_.action_names = text_list(file_, "action_names");
  for (const std::string& kind : text_list(file_, "action_kinds")) {
    try {
      info_.action_kinds.push_back(action_kind_from_name(kind));
    } catch (const UsageError& error) {
      throw DataError(fmt::format("{}: attribute action_kinds of /data: {}", info_.path, error.what()));
    }
  }
}

void RobomimicReader::check_same_fields(const std::string& demo) const {
  if (options_.actions_only || !options_.observation.empty() || demo == pattern_) return;
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
                  info_.path, demo, fmt::join(stored, ", "), pattern_, fmt::join(expected, ", ")));
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

void RobomimicReader::check_sample_count(const std::string& demo, std::size_t steps) const {
  const auto samples = file_.numbers(demo, "num_samples");
  if (!samples || samples->empty() || samples->front() == static_cast<double>(steps)) return;
  throw DataError(
      fmt::format("{}: trajectory '{}' has {} action rows, but its num_samples is {}; the file was cut or "
                  "edited, make it again or mend the attribute",
                  info_.path, demo, steps, samples->front()));
}

std::vector<double> RobomimicReader::read_rows(const std::string& place, std::size_t steps, std::size_t columns) const {
  const Hdf5Dataset numbers = file_.dataset(place);
  check_rows(place, numbers, steps, columns);
  std::vector<double> values(steps * columns);
  numbers.read(values);
  return values;
}

std::vector<double> RobomimicReader::read_fields(const std::string& demo, const std::string& obs,
                                                 std::size_t steps) const {
  const auto& fields = info_.observation_fields;
  if (fields.size() == 1) return read_rows(field_place(demo, obs, fields[0].name), steps, fields[0].dim);
  // Each field is checked against what the file holds before room for all of them is taken.
  std::vector<Hdf5Dataset> parts;
  for (const ObservationField& field : fields) {
    const std::string place = field_place(demo, obs, field.name);
    check_rows(place, parts.emplace_back(file_.dataset(place)), steps, field.dim);
  }
  std::vector<double> values(steps * info_.observation_dim);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].read_columns(values, info_.observation_dim, fields[i].first);
  }
  return values;
}

std::vector<double> RobomimicReader::read_optional(const std::string& demo, std::initializer_list<const char*> names,
                                                   std::size_t steps, std::size_t columns) const {
  for (const char* name : names) {
    const std::string place = demo + "/" + name;
    if (file_.node(place) != Hdf5Node::absent) return read_rows(place, steps, columns);
  }
  return {};
}

Outcome RobomimicReader::read_outcome(const std::string& demo, std::span<const double> dones) const {
  const auto text = file_.attribute(demo, "outcome");
  if (!text) return !dones.empty() && dones.back() != 0.0 ? Outcome::terminated : Outcome::truncated;
  for (const Outcome outcome : {Outcome::running, Outcome::terminated, Outcome::truncated, Outcome::diverged}) {
    if (*text == outcome_name(outcome)) return outcome;
  }
  throw DataError(fmt::format("{}: trajectory '{}': outcome '{}' is none of running, terminated, truncated, diverged",
                              info_.path, demo, *text));
}

void RobomimicReader::read_optional_fields(const std::string& demo, Trajectory& t) const {
  if (!options_.actions_only && file_.node(demo + "/next_obs") != Hdf5Node::absent) {
    t.next_observations = read_fields(demo, "next_obs", t.steps);
  }
  t.rewards = read_optional(demo, {"rewards"}, t.steps, 1);
  t.dones = read_optional(demo, {"dones", "terminals"}, t.steps, 1);
  t.timestamps = read_optional(demo, {"timestamps", "timestamp"}, t.steps, 1);
  t.executed_actions = read_optional(demo, {"executed_actions"}, t.steps, info_.action_dim);
}

Trajectory RobomimicReader::read(std::size_t i) try {
  const std::string place = demo(i);
  Trajectory t;
  t.name = file_.attribute(place, "name").value_or(names_[i]);
  t.actions = load_actions(place);
  t.steps = t.actions.size() / info_.action_dim;
  check_same_fields(place);
  t.observations = read_fields(place, "obs", t.steps);
  if (!options_.learning_only) read_optional_fields(place, t);
  t.outcome = read_outcome(place, t.dones);
  check_trajectory(t, info_, info_.path);
  return t;
} catch (const std::bad_alloc&) {
  throw ResourceError(
      fmt::format("{}: trajectory '{}' does not fit into memory; give fewer observation fields, or cut "
                  "it into shorter ones",
                  info_.path, names_[i]));
}

/// The actions, of the right size, their values not looked at.
std::vector<double> RobomimicReader::load_actions(const std::string& demo) const {
  const Hdf5Dataset actions = open_actions(demo);
  const std::size_t steps = actions.rows();
  if (steps == 0) {
    throw DataError(fmt::format("{}: trajectory '{}' is empty: 'actions' {} has no rows; leave it out", info_.path,
                                demo, actions.dims_text()));
  }
  check_rows(demo + "/actions", actions, steps, info_.action_dim);
  check_sample_count(demo, steps);
  std::vector<double> values(steps * info_.action_dim);
  actions.read(values);
  return values;
}

std::vector<double> RobomimicReader::read_actions(std::size_t i) {
  Trajectory t;
  t.actions = load_actions(demo(i));
  t.name = names_[i];
  t.steps = t.actions.size() / info_.action_dim;
  DatasetInfo actions_only;
  actions_only.action_dim = info_.action_dim;
  check_trajectory(t, actions_only, info_.path);
  return std::move(t.actions);
}

}  // namespace

FormatEntry entry_robomimic() {
  return {
      .name = "robomimic",
      .summary = "HDF5 in robomimic's layout: /data/demo_i/{obs, actions, rewards?, dones?, next_obs?, timestamps?}",
      .can_read = true,
      .can_write = true,
      .detect = detect_robomimic,
      .open = open_robomimic,
      .create = create_robomimic,
      .extensions = {".hdf5", ".h5"}};
}

std::string detect_robomimic(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return "it is no regular file";
  if (std::filesystem::file_size(path) == 0) return "it is empty";
  if (!has_hdf5_signature(path)) return "it does not begin with HDF5's signature";
  const Hdf5File file(path);
  if (file.node("/data") == Hdf5Node::group) return "";
  return fmt::format("it has no group /data, but: {}", fmt::join(file.children("/"), ", "));
}

std::unique_ptr<TrajectoryReader> open_robomimic(const std::string& path, const ReadOptions& options) {
  return std::make_unique<RobomimicReader>(path, options);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
