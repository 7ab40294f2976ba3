// What LeRobot's versions share on disk: meta/info.json, its features, path templates, tasks, splits.
//
// Source: huggingface/lerobot, src/lerobot/datasets (utils.py, dataset_metadata.py); v2.1 as of lerobot 0.3.3, v3.0 as
// of 0.4 to 0.6. A dataset is a folder:
//
//   meta/info.json    codebase_version, fps, robot_type, total_episodes, total_frames, chunks_size, splits
//                     {"train": "0:80"}, data_path (a template), features {name: {dtype, shape, names}}
//   data/…            Parquet: one column a feature, except videos; a row is a frame
//
// Ours in addition, in a file that LeRobot does not look at (meta/pianola.json): format_version, the actions' range and
// kinds, attributes, and of episodes: name, outcome, attributes.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pianola {

/// One entry of info.json's features.
struct LeRobotFeature {
  std::string name, dtype;
  std::vector<std::size_t> shape;
  std::vector<std::string> names;  ///< of its numbers, or empty

  [[nodiscard]] bool is_image() const { return dtype == "image" || dtype == "video"; }
  [[nodiscard]] bool is_number() const { return !is_image() && dtype != "string"; }
  [[nodiscard]] std::size_t dim() const;  ///< product of the shape
};

/// meta/info.json.
struct LeRobotInfo {
  std::string root;        ///< the dataset's folder
  std::string version;     ///< "v2.1"
  std::string robot_type;  ///< "" if not recorded
  std::string data_path;   ///< template: "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
  double fps = 0.0;        ///< frames a second
  std::size_t episodes = 0, frames = 0, chunks_size = 1000;
  std::vector<LeRobotFeature> features;                               ///< in the file's order
  std::map<std::string, std::pair<std::size_t, std::size_t>> splits;  ///< first episode, and one past the last
  std::string features_text;                                          ///< as JSON text

  /// Null if there is none of that name.
  [[nodiscard]] const LeRobotFeature* find(std::string_view name) const;
};

/// One episode: where its rows are, and what it is about.
struct LeRobotEpisode {
  std::size_t number = 0;                    ///< episode_index
  std::size_t length = 0;                    ///< frames
  std::string file;                          ///< below the root
  std::size_t first_row = 0, file_rows = 0;  ///< in that file; the rows that the file has to have
  std::vector<std::string> tasks;
};

/// As FormatEntry::detect, for a folder with a codebase_version that `versions` lists.
std::string detect_lerobot(const std::string& path, std::span<const std::string_view> versions);

/// @throws DataError naming file and field if it is missing, no JSON, or a field is missing, of another type, or out of
/// range (sizes beyond 2⁵³, fps not positive, a path that leaves the folder).
LeRobotInfo read_lerobot_info(const std::string& root);

/// The template with {name} and {name:03d} replaced. @throws DataError naming `where` for an unknown name or format.
std::string lerobot_path(std::string_view path_template, const std::map<std::string, std::size_t>& values,
                         const std::string& where);

/// JSON text of a file, nested at most 32 deep. @throws DataError naming `where` (file, line).
nlohmann::ordered_json parse_lerobot_json(std::string_view text, const std::string& where);

/// Calls `visit` with the object on each line of a file, and its place, "…/meta/episodes.jsonl:3". @throws DataError
/// naming file and line.
void for_each_lerobot_line(const std::string& file,
                           const std::function<void(const nlohmann::ordered_json&, const std::string&)>& visit);

/// The entries of info.json's `features`. @throws DataError naming `where` and the feature.
std::vector<LeRobotFeature> lerobot_features(const nlohmann::ordered_json& features, const std::string& where);

/// A whole number of at least 0 under `key`. @throws DataError naming `where` and the key.
std::size_t lerobot_size(const nlohmann::ordered_json& object, const char* key, const std::string& where);

/// A list of texts under `key`. @throws DataError naming `where` and the key.
std::vector<std::string> lerobot_texts(const nlohmann::ordered_json& object, const char* key, const std::string& where);

/// @throws DataError unless the episodes are in ascending order, not empty, as many as info.episodes, and add up to
/// info.frames.
void check_lerobot_episodes(const LeRobotInfo& info, std::span<const LeRobotEpisode> episodes,
                            const std::string& where);

}  // namespace pianola
