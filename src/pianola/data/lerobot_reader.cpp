#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/data/lerobot_sidecar.hpp"
#include "pianola/data/parquet_numbers.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

/// JSON text of a list of texts that a file gave, which may be no UTF-8.
std::string json_list(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// One data file that is open, with the columns that have been asked for.
class DataFile {
 public:
  DataFile(const LeRobotInfo& info, const LeRobotEpisode& episode)
      : name_(episode.file), file_((fs::path(info.root) / episode.file).string()) {
    if (file_.rows() == episode.file_rows) return;
    throw DataError(
        fmt::format("{}: its episodes have {} frames by the metadata, but it has {} rows; one of the two is of "
                    "another dataset",
                    file_.path(), episode.file_rows, file_.rows()));
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ParquetFile& parquet() const { return file_; }
  ParquetNumbers& column(const LeRobotFeature& feature) {
    const auto at = columns_.find(feature.name);
    if (at != columns_.end()) return at->second;
    return columns_.emplace(feature.name, ParquetNumbers(file_, feature.name, feature.shape)).first->second;
  }

 private:
  std::string name_;
  ParquetFile file_;
  std::map<std::string, ParquetNumbers> columns_;
};

/// A feature, and the columns of a matrix that it fills.
struct Placed {
  const LeRobotFeature* feature;
  std::size_t first;
};

class LeRobotReader final : public TrajectoryReader {
 public:
  LeRobotReader(LeRobotInfo meta, std::vector<LeRobotEpisode> episodes, std::vector<std::string> tasks,
                const ReadOptions& options, const std::string& format);
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return episodes_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override;
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return episode(i).length; }
  [[nodiscard]] Trajectory read(std::size_t i) override;
  [[nodiscard]] std::map<std::string, std::string> attributes(std::size_t i) override;
  [[nodiscard]] std::vector<double> read_actions(std::size_t i) override;

 private:
  [[nodiscard]] const LeRobotEpisode& episode(std::size_t i) const;
  void choose_action();
  void choose_observation();
  void add_observation(const LeRobotFeature& feature);
  void place_others();
  void choose_subset();
  void describe(const std::vector<std::string>& tasks);
  int bits_of(std::span<const Placed> features);
  DataFile& open(const LeRobotEpisode& episode);
  std::vector<double> matrix(const LeRobotEpisode& episode, std::span<const Placed> features, std::size_t columns);
  std::vector<double> single(const LeRobotEpisode& episode, const LeRobotFeature* feature);
  void check_numbers(const LeRobotEpisode& episode);
  void read_rest(const LeRobotEpisode& episode, Trajectory& t);

  LeRobotInfo meta_;
  std::vector<LeRobotEpisode> episodes_;
  LeRobotSidecar sidecar_;
  ReadOptions options_;
  DatasetInfo info_;
  std::vector<Placed> observation_, action_, extras_;
  const LeRobotFeature *episode_index_ = nullptr, *timestamp_ = nullptr, *reward_ = nullptr, *done_ = nullptr,
                       *executed_ = nullptr;
  std::optional<DataFile> file_;
};

LeRobotReader::LeRobotReader(LeRobotInfo meta, std::vector<LeRobotEpisode> episodes, std::vector<std::string> tasks,
                             const ReadOptions& options, const std::string& format)
    : meta_(std::move(meta)), episodes_(std::move(episodes)), options_(options) {
  info_.format = format;
  info_.path = meta_.root;
  if (episodes_.empty()) throw DataError(meta_.root + ": the dataset has no episodes; record at least one");
  sidecar_ = read_lerobot_sidecar(meta_.root, info_, episodes_.size());
  place_others();
  choose_action();
  if (!options_.actions_only) choose_observation();
  info_.action_bits = bits_of(action_);
  info_.observation_bits = bits_of(observation_);
  describe(tasks);
  choose_subset();
  check_info(info_, meta_.root);
}

const LeRobotEpisode& LeRobotReader::episode(std::size_t i) const {
  if (i < episodes_.size()) return episodes_[i];
  throw UsageError(fmt::format("{}: trajectory {} of {}", meta_.root, i, episodes_.size()));
}

std::string LeRobotReader::name(std::size_t i) const {
  const std::size_t number = episode(i).number;
  const auto own = sidecar_.episodes.find(number);
  return own != sidecar_.episodes.end() && !own->second.name.empty() ? own->second.name
                                                                     : fmt::format("episode_{:06d}", number);
}

void LeRobotReader::choose_action() {
  const std::string name = options_.action.empty() ? "action" : options_.action;
  const LeRobotFeature* feature = meta_.find(name);
  std::vector<std::string> known;
  for (const LeRobotFeature& other : meta_.features) {
    if (other.is_number()) known.push_back(other.name);
  }
  if (feature == nullptr && !options_.action.empty()) throw_unknown_name(meta_.root + ": action", name, known);
  if (feature == nullptr || !feature->is_number()) {
    throw DataError(
        fmt::format("{}/meta/info.json: there is no feature '{}' of numbers; say which of these is the action "
                    "(--action): {}",
                    meta_.root, name, fmt::join(known, ", ")));
  }
  action_ = {{feature, 0}};
  info_.action_dim = feature->dim();
  if (info_.action_names.empty()) info_.action_names = feature->names;
  std::erase_if(extras_, [&](const Placed& placed) { return placed.feature == feature; });
}

void LeRobotReader::add_observation(const LeRobotFeature& feature) {
  observation_.push_back({&feature, info_.observation_dim});
  info_.observation_fields.push_back({feature.name, info_.observation_dim, feature.dim()});
  info_.observation_dim += feature.dim();
}

void LeRobotReader::choose_observation() {
  if (options_.observation.empty()) {
    for (const LeRobotFeature& feature : meta_.features) {
      const bool is_vector = feature.is_number() && feature.shape.size() <= 1;
      if (is_vector && feature.name.starts_with("observation") && &feature != action_.front().feature) {
        add_observation(feature);
      }
    }
    return;
  }
  std::vector<std::string> known;
  for (const LeRobotFeature& feature : meta_.features) {
    if (feature.is_number()) known.push_back(feature.name);
  }
  std::set<std::string> taken;
  for (const std::string& name : options_.observation) {
    const LeRobotFeature* feature = meta_.find(name);
    if (feature != nullptr && !feature->is_number()) {
      throw UsageError(
          fmt::format("{}: observation field '{}' is of dtype {}, which is not decoded; name others, of: {}",
                      meta_.root, name, feature->dtype, fmt::join(known, ", ")));
    }
    if (feature == nullptr) throw_unknown_name(meta_.root + ": observation field", name, known);
    if (!taken.insert(name).second) {
      throw UsageError(fmt::format("{}: observation field '{}' is named twice; name it once", meta_.root, name));
    }
    add_observation(*feature);
  }
}

/// What is neither action nor observation.
void LeRobotReader::place_others() {
  const auto either = [&](const char* name, const char* other) {
    const LeRobotFeature* feature = meta_.find(name);
    return feature != nullptr ? feature : meta_.find(other);
  };
  episode_index_ = meta_.find("episode_index");
  timestamp_ = meta_.find("timestamp");
  reward_ = either("next.reward", "reward");
  done_ = either("next.done", "done");
  executed_ = meta_.find("executed_action");
  for (const LeRobotFeature** feature : {&episode_index_, &timestamp_, &reward_, &done_}) {
    if (*feature != nullptr && (!(*feature)->is_number() || (*feature)->dim() != 1)) *feature = nullptr;
  }
  if (episode_index_ == nullptr) {
    throw DataError(meta_.root + "/meta/info.json: field 'features' must have 'episode_index', one number a frame");
  }
  for (const LeRobotFeature& feature : meta_.features) {
    const bool placed = &feature == episode_index_ || &feature == timestamp_ || &feature == reward_ ||
                        &feature == done_ || &feature == executed_;
    const bool is_vector = feature.is_number() && feature.shape.size() <= 1;
    const bool asked =
        std::find(options_.observation.begin(), options_.observation.end(), feature.name) != options_.observation.end();
    if (!is_vector && !asked) info_.left_out_fields.push_back({feature.name, 0, feature.dim()});
    const bool observed = options_.observation.empty() && feature.name.starts_with("observation");
    if (is_vector && !placed && !asked && !observed) extras_.push_back({&feature, 0});
  }
}

/// The named parts, and of the episodes only those of the part that is asked for.
void LeRobotReader::choose_subset() {
  std::map<std::string, std::set<std::size_t>> parts;  // by number
  for (const auto& [name, range] : meta_.splits) {
    for (const LeRobotEpisode& episode : episodes_) {
      if (episode.number >= range.first && episode.number < range.second) parts[name].insert(episode.number);
    }
  }
  for (const auto& [name, positions] : sidecar_.subsets) {
    for (const std::size_t position : positions) parts[name].insert(episodes_[position].number);
  }
  if (!options_.subset.empty()) {
    const auto part = parts.find(options_.subset);
    if (part == parts.end()) {
      std::vector<std::string> known;
      known.reserve(parts.size());
      for (const auto& [name, ignored] : parts) known.push_back(name);
      throw_unknown_name(meta_.root + ": subset", options_.subset, known);
    }
    std::erase_if(episodes_, [&](const LeRobotEpisode& episode) { return !part->second.contains(episode.number); });
  }
  for (const auto& [name, numbers] : parts) {
    for (std::size_t i = 0; i < episodes_.size(); ++i) {
      if (numbers.contains(episodes_[i].number)) info_.subsets[name].push_back(i);
    }
  }
}

void LeRobotReader::describe(const std::vector<std::string>& tasks) {
  auto& attributes = info_.attributes;
  attributes["codebase_version"] = meta_.version;
  attributes["fps"] = fmt::format("{}", meta_.fps);
  attributes["features"] = meta_.features_text;
  if (!meta_.robot_type.empty()) attributes["robot_type"] = meta_.robot_type;
  if (!tasks.empty()) attributes["tasks"] = json_list(tasks);
  if (options_.learning_only || options_.actions_only) return;
  for (const Placed& extra : extras_) {
    info_.extra_fields.push_back({extra.feature->name, extra.feature->dim(), extra.feature->dtype});
  }
}

int LeRobotReader::bits_of(std::span<const Placed> features) {
  const ParquetFile& file = open(episodes_.front()).parquet();
  int bits = 32;
  for (const Placed& placed : features) {
    const std::string& type = file.column(placed.feature->name).type;
    const bool narrow = type == "float32" || type == "bool" || type.ends_with("int8") || type.ends_with("int16");
    if (!narrow) bits = 64;
  }
  return bits;
}

DataFile& LeRobotReader::open(const LeRobotEpisode& episode) {
  if (!file_ || file_->name() != episode.file) {
    file_.reset();
    file_.emplace(meta_, episode);
  }
  return *file_;
}

/// [length, columns]. Memory is taken as the numbers come: what the metadata claim is no reason to take it.
std::vector<double> LeRobotReader::matrix(const LeRobotEpisode& episode, std::span<const Placed> features,
                                          std::size_t columns) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;  // numbers
  DataFile& file = open(episode);
  for (const Placed& placed : features) file.column(*placed.feature).seek(episode.first_row);
  const std::size_t block = std::max<std::size_t>(1, kBlock / columns);
  std::vector<double> out;
  for (std::size_t done = 0; done < episode.length;) {
    const std::size_t rows = std::min(block, episode.length - done);
    out.resize((done + rows) * columns);
    const auto part = std::span(out).subspan(done * columns);
    for (const Placed& placed : features) file.column(*placed.feature).read(rows, part, columns, placed.first);
    done += rows;
  }
  return out;
}

std::vector<double> LeRobotReader::single(const LeRobotEpisode& episode, const LeRobotFeature* feature) {
  if (feature == nullptr) return {};
  const Placed placed{feature, 0};
  return matrix(episode, {&placed, 1}, feature->dim());
}

void LeRobotReader::check_numbers(const LeRobotEpisode& episode) {
  const std::vector<double> numbers = single(episode, episode_index_);
  const auto expected = static_cast<double>(episode.number);
  const auto at = std::find_if(numbers.begin(), numbers.end(), [&](double number) { return number != expected; });
  if (at == numbers.end()) return;
  const auto row = episode.first_row + static_cast<std::size_t>(at - numbers.begin());
  throw DataError(fmt::format(
      "{}/{}: column 'episode_index', row {}: it is {}, but by the metadata rows {} to {} are of "
      "episode {}; the episodes' lengths and the file do not fit",
      meta_.root, episode.file, row, *at, episode.first_row, episode.first_row + episode.length - 1, episode.number));
}

void LeRobotReader::read_rest(const LeRobotEpisode& episode, Trajectory& t) {
  t.timestamps = single(episode, timestamp_);
  t.rewards = single(episode, reward_);
  t.dones = single(episode, done_);
  if (executed_ != nullptr && executed_->dim() == info_.action_dim) t.executed_actions = single(episode, executed_);
  for (const Placed& extra : extras_) t.extras.push_back(single(episode, extra.feature));
  if (!t.dones.empty() && t.dones.back() == 1.0) t.outcome = Outcome::terminated;
}

Trajectory LeRobotReader::read(std::size_t i) {
  const LeRobotEpisode& episode = this->episode(i);
  Trajectory t;
  t.name = name(i);
  t.steps = episode.length;
  check_numbers(episode);
  t.actions = matrix(episode, action_, info_.action_dim);
  if (!observation_.empty()) t.observations = matrix(episode, observation_, info_.observation_dim);
  if (!options_.learning_only && !options_.actions_only) read_rest(episode, t);
  const auto own = sidecar_.episodes.find(episode.number);
  if (own != sidecar_.episodes.end() && own->second.outcome) t.outcome = *own->second.outcome;
  t.attributes = attributes(i);
  check_trajectory(t, info_, (fs::path(meta_.root) / episode.file).string());
  return t;
}

std::map<std::string, std::string> LeRobotReader::attributes(std::size_t i) {
  const LeRobotEpisode& episode = this->episode(i);
  std::map<std::string, std::string> all;
  if (episode.tasks.size() == 1) all["task"] = episode.tasks.front();
  if (episode.tasks.size() > 1) all["tasks"] = json_list(episode.tasks);
  const auto own = sidecar_.episodes.find(episode.number);
  if (own != sidecar_.episodes.end()) all.insert(own->second.attributes.begin(), own->second.attributes.end());
  return all;
}

std::vector<double> LeRobotReader::read_actions(std::size_t i) {
  const LeRobotEpisode& episode = this->episode(i);
  Trajectory t;
  t.name = name(i);
  t.steps = episode.length;
  check_numbers(episode);
  t.actions = matrix(episode, action_, info_.action_dim);
  DatasetInfo actions;
  actions.action_dim = info_.action_dim;
  check_trajectory(t, actions, (fs::path(meta_.root) / episode.file).string());
  return std::move(t.actions);
}

}  // namespace

std::unique_ptr<TrajectoryReader> make_lerobot_reader(LeRobotInfo info, std::vector<LeRobotEpisode> episodes,
                                                      std::vector<std::string> tasks, const ReadOptions& options,
                                                      const std::string& format) {
  return std::make_unique<LeRobotReader>(std::move(info), std::move(episodes), std::move(tasks), options, format);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
