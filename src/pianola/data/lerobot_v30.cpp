#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v30.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#include "pianola/data/lerobot_reader.hpp"
#include "pianola/data/lerobot_v30_writer.hpp"
#include "pianola/data/lerobot_writer.hpp"
#include "pianola/data/parquet_lists.hpp"
#include "pianola/data/parquet_numbers.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

/// Whole numbers of at least 0, one a row.
std::vector<std::size_t> sizes(const ParquetFile& file, const char* column) {
  std::vector<double> numbers(file.rows());
  ParquetNumbers(file, column, {}).read(file.rows(), numbers, 1, 0);
  std::vector<std::size_t> out;
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    if (numbers[row] >= 0.0 && numbers[row] == std::floor(numbers[row])) {
      out.push_back(static_cast<std::size_t>(numbers[row]));  // of at most 2⁵³, which the reader has seen to
      continue;
    }
    throw DataError(fmt::format("{}: column '{}', row {}: {} must be a whole number of at least 0", file.path(), column,
                                row, numbers[row]));
  }
  return out;
}

/// Files meta/episodes/chunk-*/file-*.parquet, in the order of their names, as LeRobot reads them.
std::vector<std::string> episode_files(const std::string& root) {
  std::vector<std::string> files;
  std::error_code error;
  const fs::path folder = fs::path(root) / "meta" / "episodes";
  for (fs::directory_iterator chunk(folder, error), end; !error && chunk != end; chunk.increment(error)) {
    std::error_code none;
    for (fs::directory_iterator file(chunk->path(), none); !none && file != end; file.increment(none)) {
      if (file->path().extension() == ".parquet") files.push_back(file->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  if (!files.empty()) return files;
  throw DataError(folder.string() + ": there must be files chunk-000/file-000.parquet, but there are none");
}

/// One row a episode; where its frames begin in the whole dataset is held against the lengths.
void read_episode_file(const std::string& path, const LeRobotInfo& info, std::size_t& frames,
                       std::vector<LeRobotEpisode>& episodes) {
  const ParquetFile file(path);
  const auto number = sizes(file, "episode_index"), length = sizes(file, "length");
  const auto from = sizes(file, "dataset_from_index"), to = sizes(file, "dataset_to_index");
  const auto chunk = sizes(file, "data/chunk_index"), index = sizes(file, "data/file_index");
  const auto tasks = parquet_texts(file, "tasks");
  const std::string info_file = (fs::path(info.root) / "meta" / "info.json").string();
  for (std::size_t row = 0; row < number.size(); ++row) {
    if (from[row] != frames || to[row] < from[row] || to[row] - from[row] != length[row]) {
      throw DataError(
          fmt::format("{}: row {} (episode {}): dataset_from_index {} and dataset_to_index {} must be {} and {}: "
                      "the episodes before it have {} frames, and its length is {}",
                      path, row, number[row], from[row], to[row], frames, frames + length[row], frames, length[row]));
    }
    frames = to[row];
    LeRobotEpisode episode;
    episode.number = number[row];
    episode.length = length[row];
    episode.tasks = tasks[row];
    episode.file = lerobot_path(info.data_path, {{"chunk_index", chunk[row]}, {"file_index", index[row]}}, info_file);
    episodes.push_back(std::move(episode));
  }
}

/// Where each episode's rows begin in its file: after those of the episodes before it.
void place_rows(std::vector<LeRobotEpisode>& episodes) {
  std::map<std::string, std::size_t> rows;
  for (LeRobotEpisode& episode : episodes) {
    episode.first_row = rows[episode.file];
    rows[episode.file] += episode.length;
  }
  for (LeRobotEpisode& episode : episodes) episode.file_rows = rows[episode.file];
}

/// The one column of texts is the index of a pandas table, whatever its name.
std::vector<std::string> read_tasks(const std::string& root) {
  const ParquetFile file((fs::path(root) / "meta" / "tasks.parquet").string());
  const auto text = std::find_if(file.columns().begin(), file.columns().end(),
                                 [](const ParquetColumn& column) { return column.is_text; });
  if (text == file.columns().end()) throw DataError(file.path() + ": there must be a column of texts, the tasks");
  const auto number = sizes(file, "task_index");
  const auto texts = parquet_texts(file, text->name);
  std::vector<std::string> tasks(number.size());
  std::vector<bool> seen(number.size());
  for (std::size_t row = 0; row < number.size(); ++row) {
    if (number[row] >= tasks.size() || seen[number[row]] || texts[row].size() != 1) {
      throw DataError(fmt::format("{}: row {}: task_index {} must be one of 0 to {}, each once, with a text",
                                  file.path(), row, number[row], tasks.size() - 1));
    }
    seen[number[row]] = true;
    tasks[number[row]] = texts[row].front();
  }
  return tasks;
}

}  // namespace

std::string detect_lerobot_v30(const std::string& path) {
  static constexpr std::array<std::string_view, 1> kVersions{"v3.0"};
  return detect_lerobot(path, kVersions);
}

std::unique_ptr<TrajectoryReader> open_lerobot_v30(const std::string& path, const ReadOptions& options) {
  if (const std::string reason = detect_lerobot_v30(path); !reason.empty()) {
    throw DataError(fmt::format("{}: no LeRobot dataset v3.0: {}", path, reason));
  }
  LeRobotInfo info = read_lerobot_info(path);
  std::vector<LeRobotEpisode> episodes;
  std::size_t frames = 0;
  for (const std::string& file : episode_files(path)) read_episode_file(file, info, frames, episodes);
  check_lerobot_episodes(info, episodes, (fs::path(path) / "meta" / "episodes").string());
  place_rows(episodes);
  std::vector<std::string> tasks = read_tasks(path);
  return make_lerobot_reader(std::move(info), std::move(episodes), std::move(tasks), options, "lerobot_v30");
}

std::unique_ptr<TrajectoryWriter> create_lerobot_v30(const std::string& path, const DatasetInfo& info) {
  return make_lerobot_writer(path, info, make_lerobot_v30_layout());
}

FormatEntry entry_lerobot_v30() {
  return {.name = "lerobot_v30",
          .summary = "LeRobotDataset v3.0, a folder: meta/ and Parquet files of many episodes",
          .can_read = true,
          .can_write = true,
          .detect = detect_lerobot_v30,
          .open = open_lerobot_v30,
          .create = create_lerobot_v30};
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
