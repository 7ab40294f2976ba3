#include "pianola/data/lerobot_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;
using Source = LeRobotColumn::Source;

/// What LeRobot itself counts: an extra field of this name was read from such a dataset.
bool is_counted(const std::string& name) {
  return name == "frame_index" || name == "episode_index" || name == "index" || name == "task_index";
}

std::string without_slashes(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

/// A type that datasets and Parquet have, and that holds all values of `type`.
std::string stored_type(const std::string& type) {
  static const std::set<std::string> known{"float32", "float64", "bool",   "int8",   "int16", "int32",
                                           "int64",   "uint8",   "uint16", "uint32", "uint64"};
  if (known.contains(type)) return type;
  return type == "float16" ? "float32" : "float64";
}

const char* width(int bits) { return bits == 32 ? "float32" : "float64"; }

std::vector<std::string> text_list(const std::map<std::string, std::string>& attributes, const char* name) {
  const auto at = attributes.find(name);
  if (at == attributes.end()) return {};
  const Json json = Json::parse(at->second, nullptr, false);
  const auto is_text = [](const Json& entry) { return entry.is_string(); };
  if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_text)) return {};
  return json.get<std::vector<std::string>>();
}

}  // namespace

LeRobotFrames::LeRobotFrames(DatasetInfo info, std::string path) : info_(std::move(info)), path_(std::move(path)) {
  if (info_.observation_fields.empty() && info_.observation_dim > 0) {
    info_.observation_fields = {{"state", 0, info_.observation_dim}};
  }
  check_info(info_, path_);
  tasks_ = text_list(info_.attributes, "tasks");
  read_hints();
}

/// Features of the dataset that this one is made from; what cannot be understood is no hint.
void LeRobotFrames::read_hints() {
  const auto text = info_.attributes.find("features");
  if (text == info_.attributes.end()) return;
  try {
    hints_ = lerobot_features(parse_lerobot_json(text->second, path_), path_);
  } catch (const DataError&) {
    hints_.clear();
  }
}

std::string LeRobotFrames::hinted_dtype(const std::string& name, const std::string& otherwise) const {
  const auto at = std::find_if(hints_.begin(), hints_.end(), [&](const auto& hint) { return hint.name == name; });
  return at == hints_.end() || !at->is_number() ? otherwise : stored_type(at->dtype);
}

void LeRobotFrames::add_column(Source source, std::string name, std::string dtype, std::size_t dim, std::size_t first) {
  for (const LeRobotColumn& other : columns_) {
    if (other.feature.name != name) continue;
    throw DataError(
        fmt::format("{}: two fields would both be LeRobot's feature '{}'; rename one of them", path_, name));
  }
  LeRobotFeature feature{std::move(name), std::move(dtype), {dim}, {}};
  if (source == Source::action) feature.names = info_.action_names;
  for (const LeRobotFeature& hint : hints_) {
    if (feature.names.empty() && hint.name == feature.name && hint.names.size() == dim) feature.names = hint.names;
  }
  columns_.push_back({std::move(feature), source, first, {}});
}

void LeRobotFrames::lay_out(const Trajectory& t) {
  for (const ObservationField& field : info_.observation_fields) {
    const std::string name = without_slashes(field.name);
    const bool prefixed = name == "observation" || name.starts_with("observation.");
    add_column(Source::observation, prefixed ? name : "observation." + name, width(info_.observation_bits), field.dim,
               field.first);
  }
  add_column(Source::action, "action", width(info_.action_bits), info_.action_dim);
  if (!t.executed_actions.empty()) {
    add_column(Source::executed, "executed_action", width(info_.action_bits), info_.action_dim);
  }
  if (!t.rewards.empty()) add_column(Source::reward, "next.reward", hinted_dtype("next.reward", "float64"), 1);
  if (!t.dones.empty()) add_column(Source::done, "next.done", "bool", 1);
  for (std::size_t k = 0; k < t.extras.size(); ++k) {
    const ExtraField& field = info_.extra_fields[k];
    if (!is_counted(field.name)) {
      add_column(Source::extra, without_slashes(field.name), stored_type(field.type), field.dim, k);
    }
  }
  add_column(Source::timestamp, "timestamp", "float32", 1);
  add_column(Source::frame, "frame_index", "int64", 1);
  add_column(Source::episode, "episode_index", "int64", 1);
  add_column(Source::index, "index", "int64", 1);
  add_column(Source::task, "task_index", "int64", 1);
}

/// As recorded, else from the timestamps: LeRobot counts time in frames.
void LeRobotFrames::find_fps(const Trajectory& t) {
  if (const auto text = info_.attributes.find("fps"); text != info_.attributes.end()) {
    const char* end = text->second.data() + text->second.size();
    const auto [stop, error] = std::from_chars(text->second.data(), end, fps_);
    if (error == std::errc() && stop == end && fps_ > 0.0 && std::isfinite(fps_)) return;
    throw DataError(fmt::format("{}: attribute 'fps' must be a positive number, but is '{}'", path_, text->second));
  }
  if (t.timestamps.size() > 1) {
    const double rate = static_cast<double>(t.steps - 1) / (t.timestamps.back() - t.timestamps.front());
    const double whole = std::round(rate);
    fps_ = std::abs(rate - whole) < 1e-3 * rate ? whole : rate;
    if (fps_ > 0.0 && std::isfinite(fps_)) return;
  }
  throw UsageError(
      fmt::format("{}: LeRobot needs frames a second, which neither an attribute 'fps' nor timestamps tell; "
                  "give it (--fps)",
                  path_));
}

std::size_t LeRobotFrames::task_of(const std::string& text) {
  const auto at = std::find(tasks_.begin(), tasks_.end(), text);
  if (at != tasks_.end()) return static_cast<std::size_t>(at - tasks_.begin());
  tasks_.push_back(text);
  return tasks_.size() - 1;
}

/// By frame where the dataset had task numbers and the list of texts that they mean, else the episode's one text.
void LeRobotFrames::fill_tasks(LeRobotColumn& column, const Trajectory& t) {
  const auto field = std::find_if(info_.extra_fields.begin(), info_.extra_fields.end(),
                                  [](const ExtraField& extra) { return extra.name == "task_index"; });
  if (field != info_.extra_fields.end() && !t.extras.empty() && info_.attributes.contains("tasks")) {
    column.values = t.extras[static_cast<std::size_t>(field - info_.extra_fields.begin())];
    for (std::size_t i = 0; i < column.values.size(); ++i) {
      const double task = column.values[i];
      if (task >= 0.0 && task < static_cast<double>(tasks_.size()) && task == std::floor(task)) continue;
      throw DataError(fmt::format("{}: trajectory '{}', row {}: task_index is {}, but there are {} tasks", path_,
                                  t.name, i, task, tasks_.size()));
    }
    return;
  }
  const auto text = t.attributes.find("task");
  column.values.assign(t.steps, static_cast<double>(task_of(text == t.attributes.end() ? "" : text->second)));
}

void LeRobotFrames::fill(LeRobotColumn& column, const Trajectory& t) {
  const std::size_t dim = column.feature.dim();
  const auto count_from = [&](std::size_t first) {
    column.values.resize(t.steps);
    std::iota(column.values.begin(), column.values.end(), static_cast<double>(first));
  };
  switch (column.source) {
    case Source::observation:
      column.values.resize(t.steps * dim);
      for (std::size_t row = 0; row < t.steps; ++row) {
        std::copy_n(t.observations.data() + row * info_.observation_dim + column.first, dim,
                    column.values.data() + row * dim);
      }
      return;
    case Source::action:
      column.values = t.actions;
      return;
    case Source::executed:
      column.values = t.executed_actions;
      return;
    case Source::reward:
      column.values = t.rewards;
      return;
    case Source::done:
      column.values = t.dones;
      return;
    case Source::extra:
      column.values = t.extras[column.first];
      return;
    case Source::timestamp:
      column.values = t.timestamps;
      if (t.timestamps.empty()) {
        count_from(0);
        for (double& value : column.values) value /= fps_;
      }
      for (double& value : column.values) value = static_cast<double>(static_cast<float>(value));
      return;
    case Source::frame:
      return count_from(0);
    case Source::episode:
      column.values.assign(t.steps, static_cast<double>(episodes_ - 1));
      return;
    case Source::index:
      return count_from(frames_ - length_);
    case Source::task:
      return fill_tasks(column, t);
  }
}

void LeRobotFrames::note_losses(const Trajectory& t) {
  lost_next_ = lost_next_ || !t.next_observations.empty();
  for (const LeRobotColumn& column : columns_) {
    if (column.feature.dtype != "float32" || rounded_.contains(column.feature.name)) continue;
    const auto& values = column.source == Source::timestamp ? t.timestamps : column.values;
    const bool exact = std::all_of(values.begin(), values.end(), [](double value) {
      return static_cast<double>(static_cast<float>(value)) == value || std::isnan(value);
    });
    if (!exact) rounded_.insert(column.feature.name);
  }
  for (std::size_t k = 0; k < t.extras.size(); ++k) {
    const std::string& name = info_.extra_fields[k].name;
    for (const LeRobotColumn& column : columns_) {
      if (is_counted(name) && column.feature.name == name) lost_index_ = lost_index_ || column.values != t.extras[k];
    }
  }
}

void LeRobotFrames::add(const Trajectory& t) {
  check_trajectory(t, info_, path_);
  const bool has[5] = {!t.rewards.empty(), !t.dones.empty(), !t.executed_actions.empty(), !t.extras.empty(),
                       !t.timestamps.empty()};
  if (episodes_ == 0) {
    find_fps(t);
    lay_out(t);
    std::copy(std::begin(has), std::end(has), std::begin(optional_));
  }
  static constexpr const char* kNames[5] = {"rewards", "dones", "executed actions", "extra fields", "timestamps"};
  for (std::size_t i = 0; i < 5; ++i) {
    if (has[i] == optional_[i]) continue;
    throw DataError(fmt::format("{}: trajectory '{}' has {} {}, but those before it {}; give them in all or in none",
                                path_, t.name, has[i] ? "the" : "no", kNames[i], has[i] ? "have none" : "have them"));
  }
  ++episodes_;
  length_ = t.steps;
  frames_ += t.steps;
  for (LeRobotColumn& column : columns_) fill(column, t);
  note_losses(t);
  round_numbers();
}

/// As float32 will hold them, so that statistics are of what is stored. What it cannot hold at all is the writer's
/// error.
void LeRobotFrames::round_numbers() {
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (LeRobotColumn& column : columns_) {
    if (!rounded_.contains(column.feature.name) || column.source == Source::timestamp) continue;
    for (double& value : column.values) {
      if (std::abs(value) <= kLargest) value = static_cast<double>(static_cast<float>(value));
    }
  }
}

std::vector<std::string> LeRobotFrames::episode_tasks() const {
  const std::vector<double>& numbers = columns_.back().values;  // task_index is the last column
  std::vector<std::string> texts;
  std::set<double> seen;
  for (const double number : numbers) {
    if (seen.insert(number).second) texts.push_back(tasks_[static_cast<std::size_t>(number)]);
  }
  return texts;
}

std::vector<ParquetField> LeRobotFrames::fields() const {
  std::vector<ParquetField> out;
  for (const LeRobotColumn& column : columns_) {
    const std::size_t dim = column.feature.dim();
    out.push_back({column.feature.name, column.feature.dtype, dim == 1 ? 0 : dim});
  }
  return out;
}

std::vector<ParquetValues> LeRobotFrames::values() const {
  std::vector<ParquetValues> out;
  out.reserve(columns_.size());
  for (const LeRobotColumn& column : columns_) out.emplace_back(std::span<const double>(column.values));
  return out;
}

Json LeRobotFrames::features() const {
  Json json;
  for (const LeRobotColumn& column : columns_) {
    const LeRobotFeature& feature = column.feature;
    json[feature.name] = {{"dtype", feature.dtype},
                          {"shape", feature.shape},
                          {"names", feature.names.empty() ? Json(nullptr) : Json(feature.names)}};
  }
  return json;
}

std::string LeRobotFrames::huggingface() const {
  Json json;
  for (const LeRobotColumn& column : columns_) {
    const Json value{{"dtype", column.feature.dtype}, {"_type", "Value"}};
    const std::size_t dim = column.feature.dim();
    // "Sequence" is read by all versions of `datasets`; "List" by those from 4.0 on.
    json[column.feature.name] = dim == 1 ? value : Json{{"feature", value}, {"length", dim}, {"_type", "Sequence"}};
  }
  return Json{{"info", {{"features", json}}}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> LeRobotFrames::lost() const {
  std::vector<std::string> out;
  if (lost_next_) out.emplace_back("next observations: LeRobot has none");
  for (const std::string& name : rounded_) out.push_back(name + ": rounded to float32");
  if (lost_index_) out.emplace_back("frame_index, index, task_index: counted anew");
  return out;
}

}  // namespace pianola
