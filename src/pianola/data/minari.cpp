#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/minari.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/field_table.hpp"
#include "pianola/data/hdf5_fields.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/info_json.hpp"
#include "pianola/data/minari_spaces.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr const char* kMainFile = "main_data.hdf5";

/// Where main_data.hdf5 is for the path that a user gives; empty if nowhere.
fs::path main_file(const fs::path& path) {
  std::error_code ignored;
  for (const fs::path& candidate : {path / "data" / kMainFile, path / kMainFile}) {
    if (fs::is_regular_file(candidate, ignored)) return candidate;
  }
  return fs::is_regular_file(path, ignored) ? path : fs::path();
}

/// Rows of a dataset of an episode: [shift, shift + T) of those it has, T or T + 1.
struct Source {
  std::string place;  // below the episode's group
  std::size_t shift = 0, more = 0;
};

class MinariTable final : public FieldTable {
 public:
  explicit MinariTable(const std::string& path);
  [[nodiscard]] const DatasetInfo& base_info() const override { return info_; }
  [[nodiscard]] const std::vector<TableField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t size() const override { return episodes_.size(); }
  [[nodiscard]] std::size_t rows(std::size_t i) const override;
  [[nodiscard]] std::string name(std::size_t i) const override {
    return file_.attribute(episodes_[i], "name").value_or(episodes_[i].substr(1));
  }
  void read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) override {
    numbers_of(i, field, rows(i)).read_rows(first + sources_[field].shift, out);
  }
  [[nodiscard]] CheckedMatrix read_checked(std::size_t i, std::size_t field, std::size_t) override {
    const std::size_t steps = rows(i);
    return numbers_of(i, field, steps).read_checked(sources_[field].shift, steps);
  }
  [[nodiscard]] std::optional<Outcome> outcome(std::size_t i) const override;
  [[nodiscard]] std::map<std::string, std::string> attributes(std::size_t i) const override;

 private:
  [[nodiscard]] const Hdf5Dataset& numbers_of(std::size_t i, std::size_t field, std::size_t steps);
  [[nodiscard]] fs::path metadata_file() const;
  void read_metadata();
  void check_total_steps() const;
  void read_note(const Json& note);
  void list_observations();
  void list_actions();
  void list_flags();
  void list_infos();
  void add(const std::string& place, const std::string& name, FieldRole role, Source source);
  [[nodiscard]] std::vector<std::string> leaves(const std::string& place) const;
  [[nodiscard]] std::string episode(const std::string& place) const { return episodes_.front() + "/" + place; }

  Hdf5File file_;
  LastDataset open_;
  DatasetInfo info_;
  Json observation_space_, action_space_;
  bool jpeg_ = true;
  std::optional<double> total_steps_;  // as metadata.json has it
  std::set<std::string> absent_;       // made up by our writer
  std::vector<std::string> episodes_;  // places
  std::vector<TableField> fields_;
  std::vector<Source> sources_;
};

MinariTable::MinariTable(const std::string& path) : file_(main_file(path).string()) {
  info_.format = "minari";
  info_.path = path;
  for (const std::string& name : file_.children("/")) {
    if (name.starts_with("episode_") && file_.node("/" + name) == Hdf5Node::group) episodes_.push_back("/" + name);
  }
  if (episodes_.empty()) throw DataError(path + ": it holds no episode; groups episode_0, … are required");
  read_metadata();
  list_observations();
  list_actions();
  list_flags();
  list_infos();
  check_total_steps();
}

fs::path MinariTable::metadata_file() const { return fs::path(file_.path()).parent_path() / "metadata.json"; }

void MinariTable::read_metadata() try {
  const fs::path file = metadata_file();
  Json metadata = Json::object();
  if (fs::exists(file)) metadata = Json::parse(read_file(file));
  if (!metadata.is_object()) throw DataError(file.string() + ": a JSON object is required");
  for (const auto& [key, value] : metadata.items()) {
    if (key == "observation_space" || key == "action_space") {
      (key == "action_space" ? action_space_ : observation_space_) =
          parse_space(value.get<std::string>(), file.string() + ": " + key);
    } else if (key == "pianola") {
      read_note(value);
    } else if (key != "total_episodes" && key != "total_steps" && key != "data_format" && key != "jpeg_encoding" &&
               key != "dataset_size") {
      info_.attributes.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  jpeg_ = metadata.value("jpeg_encoding", true);
  if (const std::string format = metadata.value("data_format", "hdf5"); format != "hdf5") {
    throw DataError(fmt::format("{}: data_format is '{}', but this layout is hdf5", file.string(), format));
  }
  if (const auto total = metadata.value("total_episodes", episodes_.size()); total != episodes_.size()) {
    throw DataError(
        fmt::format("{}: total_episodes is {}, but {} holds {}; the dataset was cut or edited, make it again",
                    file.string(), total, file_.path(), episodes_.size()));
  }
  if (const auto total = metadata.find("total_steps"); total != metadata.end()) total_steps_ = total->get<double>();
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: metadata.json is damaged: {}", info_.path, error.what()));
}

/// The steps of all episodes are those that the metadata claim. An episode that cannot be read says so itself, when it
/// is.
void MinariTable::check_total_steps() const {
  if (!total_steps_) return;
  std::size_t steps = 0;
  try {
    for (std::size_t i = 0; i < size(); ++i) steps += rows(i);
  } catch (const DataError&) {
    return;
  }
  if (*total_steps_ == static_cast<double>(steps)) return;
  throw DataError(
      fmt::format("{}: total_steps is {}, but the episodes of {} have {} steps; the dataset was cut or edited, make it "
                  "again or mend the number",
                  metadata_file().string(), *total_steps_, file_.path(), steps));
}

/// What our writer left.
void MinariTable::read_note(const Json& note) {
  for (const Json& name : note.value("absent", Json::array())) absent_.insert(name.get<std::string>());
  DatasetInfo ours;
  (void)info_from_json(note.dump(), ours, info_.path);
  info_.action_names = ours.action_names;
  info_.action_kinds = ours.action_kinds;
  info_.action_range = ours.action_range;
  info_.subsets = ours.subsets;
}

/// Names of the datasets that make up observations or actions: "" for a single one.
std::vector<std::string> MinariTable::leaves(const std::string& place) const {
  const Hdf5Node node = file_.node(episode(place));
  if (node == Hdf5Node::dataset) return {""};
  if (node == Hdf5Node::group) return datasets_below(file_, episode(place));
  throw DataError(fmt::format("{}: episode '{}' has no {}; it was cut, or is no Minari dataset", info_.path,
                              episodes_.front(), place));
}

void MinariTable::add(const std::string& place, const std::string& name, FieldRole role, Source source) {
  fields_.push_back({stored_field(file_.dataset(episode(place)), name), role});
  sources_.push_back(std::move(source));
}

void MinariTable::list_observations() {
  for (const std::string& leaf : leaves("observations")) {
    const std::string place = leaf.empty() ? "observations" : "observations/" + leaf;
    const std::string name = leaf.empty() ? "state" : leaf;
    const bool image = jpeg_ && is_image_space(space_at(observation_space_, leaf));
    if (image || !file_.is_numeric(episode(place))) {
      info_.unread.push_back(place + (image ? ": JPEG images" : ": no numbers"));
      continue;
    }
    add(place, name, FieldRole::observation, {place, 0, 1});
    if (!absent_.contains("final_observation")) add(place, name, FieldRole::next_observation, {place, 1, 1});
  }
}

void MinariTable::list_actions() {
  const bool ours = !info_.action_kinds.empty() || !info_.action_range.low.empty();
  const std::vector<std::string> actions = leaves("actions");
  if (actions.empty()) {
    throw DataError(
        fmt::format("{}: group 'actions' of episode '{}' is empty; one dataset of actions at least is "
                    "required, make the file again",
                    info_.path, episodes_.front()));
  }
  for (const std::string& leaf : actions) {
    const std::string place = leaf.empty() ? "actions" : "actions/" + leaf;
    add(place, leaf.empty() ? "actions" : leaf, FieldRole::action, {place, 0, 0});
    if (ours) continue;
    const StoredField& stored = fields_.back().stored;
    const std::size_t dims =
        numbers_a_step({stored.name, {numbers_a_step(stored, info_.path)}, stored.type}, info_.path);
    append_action_space(space_at(action_space_, leaf), dims, info_);
  }
}

void MinariTable::list_flags() {
  const std::pair<const char*, FieldRole> flags[] = {
      {"rewards", FieldRole::reward}, {"terminations", FieldRole::terminated}, {"truncations", FieldRole::truncated}};
  for (const auto& [name, role] : flags) {
    if (file_.node(episode(name)) != Hdf5Node::dataset) {
      throw DataError(fmt::format("{}: episode '{}' has no {}; it was cut, or is no Minari dataset", info_.path,
                                  episodes_.front(), name));
    }
    if (!absent_.contains(name)) add(name, name, role, {name, 0, 0});
  }
}

void MinariTable::list_infos() {
  if (file_.node(episode("infos")) != Hdf5Node::group) return;
  const std::size_t steps = rows(0);
  for (const std::string& leaf : datasets_below(file_, episode("infos"))) {
    const std::string place = "infos/" + leaf;
    if (!file_.is_numeric(episode(place)) || file_.is_scalar(episode(place))) {
      info_.unread.push_back(place + (file_.is_numeric(episode(place)) ? ": not one row a step" : ": no numbers"));
      continue;
    }
    const std::size_t stored = file_.dataset(episode(place)).rows();
    if (stored != steps && stored != steps + 1) {
      info_.unread.push_back(place + ": not one row a step");
      continue;
    }
    if (stored == steps + 1) info_.unread.push_back(place + ": the row of the final observation");
    const bool timestamp = place == "infos/timestamp" && absent_.contains("timestamp_field");
    add(place, place, timestamp ? FieldRole::timestamp : FieldRole::extra, {place, 0, stored - steps});
  }
}

std::size_t MinariTable::rows(std::size_t i) const {
  std::string place;
  for (std::size_t f = 0; place.empty(); ++f) {
    if (fields_[f].role == FieldRole::action) place = episodes_[i] + "/" + sources_[f].place;
  }
  const std::size_t steps = file_.dataset(place).rows();
  const auto total = file_.numbers(episodes_[i], "total_steps");
  if (!total || total->empty() || total->front() == static_cast<double>(steps)) return steps;
  throw DataError(
      fmt::format("{}: episode '{}' has {} action rows, but its total_steps is {}; the file was cut or "
                  "edited, make it again or mend the attribute",
                  info_.path, episodes_[i], steps, total->front()));
}

/// A field of an episode of so many steps, valid until the next call.
const Hdf5Dataset& MinariTable::numbers_of(std::size_t i, std::size_t field, std::size_t steps) {
  const Source& source = sources_[field];
  const Hdf5Dataset& numbers = open_.get(file_, episodes_[i] + "/" + source.place);
  const std::size_t columns = numbers_a_step(fields_[field].stored, info_.path);
  if (numbers.columns() != columns || numbers.rows() != steps + source.more) {
    throw DataError(
        fmt::format("{}: dataset '{}/{}' is {}, but {} rows of {} numbers are required: {} for each of {} "
                    "steps{}",
                    info_.path, episodes_[i], source.place, numbers.dims_text(), steps + source.more, columns, "one",
                    steps, source.more != 0 ? " and a final one" : ""));
  }
  return numbers;
}

std::optional<Outcome> MinariTable::outcome(std::size_t i) const {
  const auto text = file_.attribute(episodes_[i], "outcome");
  return text ? std::optional(outcome_named(*text, fmt::format("{}: episode '{}'", info_.path, episodes_[i])))
              : std::nullopt;
}

std::map<std::string, std::string> MinariTable::attributes(std::size_t i) const {
  auto all = file_.attributes(episodes_[i]);
  for (const char* own : {"id", "total_steps", "outcome", "name"}) all.erase(own);
  return all;
}

}  // namespace

FormatEntry entry_minari() {
  return {.name = "minari",
          .summary = "Minari's HDF5 folder: data/main_data.hdf5 with groups episode_i, and metadata.json",
          .can_read = true,
          .can_write = true,
          .detect = detect_minari,
          .open = open_minari,
          .create = create_minari,
          .extensions = {".minari"}};
}

std::string detect_minari(const std::string& path) {
  const fs::path file = main_file(path);
  if (file.empty()) return "there is no data/main_data.hdf5 in it";
  if (std::string reason = why_no_hdf5(file.string()); !reason.empty()) return reason;
  const Hdf5File hdf5(file.string());
  for (const std::string& name : hdf5.children("/")) {
    if (name.starts_with("episode_") && hdf5.node("/" + name + "/observations") != Hdf5Node::absent) return "";
  }
  return "it has no groups episode_0, … with observations";
}

std::unique_ptr<TrajectoryReader> open_minari(const std::string& path, const ReadOptions& options) {
  if (main_file(path).empty())
    throw DataError(fmt::format("{}: {}; give the dataset's folder", path, detect_minari(path)));
  return read_table(std::make_unique<MinariTable>(path), options);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
