#ifdef PIANOLA_WITH_HDF5
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "pianola/base/atomic_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/field_choice.hpp"
#include "pianola/data/hdf5_writer.hpp"
#include "pianola/data/info_json.hpp"
#include "pianola/data/minari.hpp"
#include "pianola/data/minari_spaces.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
constexpr const char* kVersion = "0.5.3";  // of Minari's layout; 0.5.0 and later read it

/// Nested Dict spaces of fields named "a/b", and Tuple spaces where all keys of a level are _index_k.
nlohmann::json nested_space(const std::vector<std::pair<std::string, nlohmann::json>>& leaves) {
  if (leaves.size() == 1 && leaves.front().first.empty()) return leaves.front().second;
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, nlohmann::json>>>> groups;
  for (const auto& [name, space] : leaves) {
    const std::size_t slash = name.find('/');
    const std::string key = name.substr(0, slash), rest = slash == std::string::npos ? "" : name.substr(slash + 1);
    const auto at = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == key; });
    (at == groups.end() ? groups.emplace_back(key, std::vector<std::pair<std::string, nlohmann::json>>()) : *at)
        .second.emplace_back(rest, space);
  }
  bool tuple = true;
  for (std::size_t k = 0; k < groups.size(); ++k) tuple = tuple && groups[k].first == fmt::format("_index_{}", k);
  nlohmann::json children = tuple ? nlohmann::json::array() : nlohmann::json::object();
  for (const auto& [key, inner] : groups) {
    if (tuple) {
      children.push_back(nested_space(inner));
    } else {
      children[key] = nested_space(inner);
    }
  }
  return {{"type", tuple ? "Tuple" : "Dict"}, {"subspaces", children}};
}

/// The order in which nested groups are listed, and Python's Dict spaces: by name, part by part.
bool is_listed_before(const ObservationField& a, const ObservationField& b) {
  std::string first = a.name, second = b.name;
  std::replace(first.begin(), first.end(), '/', '\0');
  std::replace(second.begin(), second.end(), '/', '\0');
  return first < second;
}

class MinariWriter final : public TrajectoryWriter {
 public:
  MinariWriter(const std::string& path, const DatasetInfo& info);
  void write(const Trajectory& trajectory) override;
  void finish() override;
  [[nodiscard]] std::vector<std::string> lost() const override { return {lost_.begin(), lost_.end()}; }

 private:
  [[nodiscard]] fs::path data() const { return folder_.temporary() / "data"; }
  void require_the_same(const Trajectory& t);
  [[nodiscard]] std::vector<double> with_final_observation(const Trajectory& t);
  void write_observations(const std::string& place, const Trajectory& t);
  void write_flags(const std::string& place, const Trajectory& t);
  void write_infos(const std::string& place, const Trajectory& t);
  void write_attributes(const std::string& place, const Trajectory& t);
  [[nodiscard]] std::string metadata() const;
  [[nodiscard]] nlohmann::json observation_space() const;
  void make_up(const std::string& field, const std::string& sentence) {
    absent_.insert(field);
    lost_.insert(sentence);
  }

  DatasetInfo info_;
  AtomicFolder folder_;
  std::unique_ptr<Hdf5Writer> file_;
  std::size_t episodes_ = 0, steps_ = 0;
  std::set<std::string> absent_, lost_, first_;
};

MinariWriter::MinariWriter(const std::string& path, const DatasetInfo& info) : info_(info), folder_(path) {
  if (info_.observation_dim == 0) {
    throw DataError(path + ": Minari's layout needs observations of at least one dimension, but there are none");
  }
  if (info_.observation_fields.empty()) info_.observation_fields = {{"state", 0, info_.observation_dim}};
  check_info(info_, path);
  info_.path = path;
  if (!std::is_sorted(info_.observation_fields.begin(), info_.observation_fields.end(), is_listed_before)) {
    lost_.insert("the order of the observation's fields: Minari has them by name");
  }
  std::error_code error;
  fs::create_directory(data(), error);
  if (error) throw ResourceError(fmt::format("{}: cannot be made ({})", data().string(), error.message()));
  file_ = std::make_unique<Hdf5Writer>((data() / "main_data.hdf5").string());
}

/// What is made up for one episode must be made up for all: the mark that tells it is one for the dataset.
void MinariWriter::require_the_same(const Trajectory& t) {
  std::set<std::string> here;
  if (!t.rewards.empty()) here.insert("rewards");
  if (!t.dones.empty()) here.insert("dones");
  if (!t.next_observations.empty()) here.insert("next observations");
  if (!t.timestamps.empty()) here.insert("timestamps");
  if (!t.extras.empty()) here.insert("extra fields");
  if (episodes_ == 0) first_ = here;
  if (here == first_) return;
  throw DataError(
      fmt::format("{}: trajectory '{}' has other fields than the {} before it (rewards, dones, next "
                  "observations, timestamps or extra fields); give them in all or in none",
                  info_.path, t.name, episodes_));
}

/// Rows 0 … T: observations and the last next observation.
std::vector<double> MinariWriter::with_final_observation(const Trajectory& t) {
  const std::size_t dim = info_.observation_dim;
  std::vector<double> all = t.observations;
  const auto row = [&](const std::vector<double>& values, std::size_t at) {
    return values.begin() + static_cast<std::ptrdiff_t>(at * dim);
  };
  if (t.next_observations.empty()) {
    make_up("final_observation", "final observations are not recorded: the last one is repeated in their place");
    all.insert(all.end(), row(t.observations, t.steps - 1), row(t.observations, t.steps));
    return all;
  }
  if (!std::equal(t.observations.begin() + static_cast<std::ptrdiff_t>(dim), t.observations.end(),
                  t.next_observations.begin())) {
    lost_.insert("next observations that are not the observation of the step that follows");
  }
  all.insert(all.end(), row(t.next_observations, t.steps - 1), row(t.next_observations, t.steps));
  return all;
}

void MinariWriter::write_observations(const std::string& place, const Trajectory& t) {
  const std::vector<double> all = with_final_observation(t);
  const std::string type = info_.observation_bits == 32 ? holding_type("float32", all) : "float64";
  const auto& fields = info_.observation_fields;
  if (fields.size() == 1 && fields.front().name == "state") {
    file_->typed(place + "/observations", all, info_.observation_dim, type);
    return;
  }
  for (const ObservationField& field : fields) {
    file_->typed(place + "/observations/" + field.name, columns_of(all, info_.observation_dim, field), field.dim, type);
  }
}

void MinariWriter::write_flags(const std::string& place, const Trajectory& t) {
  std::vector<double> terminations = t.dones, truncations(t.steps, 0.0), rewards = t.rewards;
  if (rewards.empty()) {
    make_up("rewards", "rewards are not recorded: they are NaN");
    rewards.assign(t.steps, std::nan(""));
  }
  if (terminations.empty()) {
    absent_.insert("terminations");  // the outcome says it all
    terminations.assign(t.steps, 0.0);
    terminations.back() = t.outcome == Outcome::terminated ? 1.0 : 0.0;
  }
  truncations.back() = t.outcome == Outcome::truncated ? 1.0 : 0.0;
  if (t.outcome == Outcome::diverged || t.outcome == Outcome::running)
    lost_.insert(std::string("for minari, the outcome ") + outcome_name(t.outcome) + ", which only pianola reads back");
  file_->typed(place + "/rewards", rewards, 0, "float64");
  file_->typed(place + "/terminations", terminations, 0, "bool");
  file_->typed(place + "/truncations", truncations, 0, "bool");
}

void MinariWriter::write_infos(const std::string& place, const Trajectory& t) {
  if (!t.timestamps.empty()) {
    absent_.insert("timestamp_field");  // a field of its own here, an info there
    file_->typed(place + "/infos/timestamp", t.timestamps, 0, "float64");
  }
  if (!t.executed_actions.empty()) lost_.insert("executed actions: Minari has one action a step");
  for (std::size_t i = 0; i < t.extras.size(); ++i) {
    const ExtraField& field = info_.extra_fields[i];
    const std::string name = field.name.starts_with("infos/") ? field.name : "infos/" + field.name;
    file_->typed(place + "/" + name, t.extras[i], field.dim == 1 ? 0 : field.dim,
                 holding_type(field.type, t.extras[i]));
  }
}

void MinariWriter::write_attributes(const std::string& place, const Trajectory& t) {
  file_->attribute(place, "id", static_cast<std::int64_t>(episodes_));
  file_->attribute(place, "total_steps", static_cast<std::int64_t>(t.steps));
  file_->attribute(place, "outcome", std::string(outcome_name(t.outcome)));
  if (!t.name.empty() && "/" + t.name != place) file_->attribute(place, "name", t.name);
  for (const auto& [name, text] : t.attributes) {
    const nlohmann::json number = nlohmann::json::parse(text, nullptr, false);
    if (name.empty() || name == "id" || name == "total_steps" || name == "outcome" || name == "name") continue;
    if (number.is_number_integer() && !number.is_number_unsigned()) {
      file_->attribute(place, name, number.get<std::int64_t>());
    } else if (number.is_number_unsigned() && number.get<std::uint64_t>() <= INT64_MAX) {
      file_->attribute(place, name, static_cast<std::int64_t>(number.get<std::uint64_t>()));
    } else {
      file_->attribute(place, name, text);
    }
  }
}

void MinariWriter::write(const Trajectory& t) {
  check_trajectory(t, info_, info_.path);
  require_the_same(t);
  const std::string place = fmt::format("/episode_{}", episodes_);
  file_->group(place);
  write_attributes(place, t);
  write_observations(place, t);
  const std::string type = info_.action_bits == 32 ? holding_type("float32", t.actions) : "float64";
  file_->typed(place + "/actions", t.actions, info_.action_dim, type);
  write_flags(place, t);
  write_infos(place, t);
  ++episodes_;
  steps_ += t.steps;
}

nlohmann::json MinariWriter::observation_space() const {
  const std::string type = info_.observation_bits == 32 ? "float32" : "float64";
  const auto& fields = info_.observation_fields;
  if (fields.size() == 1 && fields.front().name == "state") return box_space(info_.observation_dim, type);
  std::vector<std::pair<std::string, nlohmann::json>> leaves;
  leaves.reserve(fields.size());
  for (const ObservationField& field : fields) leaves.emplace_back(field.name, box_space(field.dim, type));
  return nested_space(leaves);
}

std::string MinariWriter::metadata() const {
  // JSON has no infinity, but Python's json module, which minari reads with, does: unbounded Boxes are written so.
  const auto python_text = [](const nlohmann::json& space) {
    std::string text = space.dump();
    const auto infinite = [&](const char* key, const char* value) {
      const std::string begin = fmt::format("\"{}\":[", key);
      for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
        for (std::size_t null = at + begin.size(); text.compare(null, 4, "null") == 0;) {
          text.replace(null, 4, value);
          null += std::string_view(value).size();
          null += text[null] == ',' ? 1 : 0;
        }
      }
    };
    infinite("low", "-Infinity");
    infinite("high", "Infinity");
    return text;
  };
  const std::string type = info_.action_bits == 32 ? "float32" : "float64";
  Json json;
  for (const auto& [name, text] : info_.attributes) {
    const Json list = text.starts_with("[") ? Json::parse(text, nullptr, false) : Json();
    json[name] = list.is_array() ? list : Json(text);  // author, combined_datasets
  }
  Json note = Json::parse(info_to_json(info_, {}, info_.path));
  note.erase("attributes");
  note.erase("observation_fields");
  note["absent"] = absent_;
  if (!json.contains("dataset_id")) json["dataset_id"] = folder_.path().filename().string();
  json["minari_version"] = kVersion;
  json["data_format"] = "hdf5";
  json["jpeg_encoding"] = false;
  json["total_episodes"] = episodes_;
  json["total_steps"] = steps_;
  json["observation_space"] = python_text(observation_space());
  json["action_space"] = python_text(box_space(info_.action_dim, type, info_.action_range));
  json["pianola"] = note;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void MinariWriter::finish() {
  if (episodes_ == 0)
    throw DataError(info_.path + ": a dataset without trajectories is not written; write at least one");
  file_->finish();
  write_file(data() / "metadata.json", metadata());
  folder_.commit();
}

}  // namespace

std::unique_ptr<TrajectoryWriter> create_minari(const std::string& path, const DatasetInfo& info) {
  return std::make_unique<MinariWriter>(path, info);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
