#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v21.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#include "pianola/data/lerobot_reader.hpp"
#include "pianola/data/lerobot_statistics.hpp"
#include "pianola/data/lerobot_writer.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::vector<LeRobotEpisode> read_episodes(const LeRobotInfo& info) {
  const std::string file = (fs::path(info.root) / "meta" / "episodes.jsonl").string();
  std::vector<LeRobotEpisode> episodes;
  for_each_lerobot_line(file, [&](const Json& json, const std::string& where) {
    LeRobotEpisode episode;
    episode.number = lerobot_size(json, "episode_index", where);
    episode.length = episode.file_rows = lerobot_size(json, "length", where);
    episode.tasks = lerobot_texts(json, "tasks", where);
    episode.file = lerobot_path(
        info.data_path, {{"episode_chunk", episode.number / info.chunks_size}, {"episode_index", episode.number}},
        (fs::path(info.root) / "meta" / "info.json").string());
    episodes.push_back(std::move(episode));
  });
  check_lerobot_episodes(info, episodes, file);
  return episodes;
}

std::vector<std::string> read_tasks(const std::string& root) {
  std::vector<std::string> tasks;
  for_each_lerobot_line((fs::path(root) / "meta" / "tasks.jsonl").string(), [&](const Json& json,
                                                                                const std::string& where) {
    if (lerobot_size(json, "task_index", where) != tasks.size()) {
      throw DataError(fmt::format("{}: field 'task_index' must be {}: tasks are numbered from 0", where, tasks.size()));
    }
    if (!json.contains("task") || !json["task"].is_string()) throw DataError(where + ": field 'task' must be a text");
    tasks.push_back(json["task"].get<std::string>());
  });
  return tasks;
}

/// A file of a dataset, JSON a line at a time.
class LineFile {
 public:
  explicit LineFile(const char* name) : name_(name) {}
  void add(const std::string& root, const Json& json) {
    if (!stream_.is_open()) {
      path_ = make_lerobot_path(root, name_);
      stream_.open(path_, std::ios::binary);
    }
    stream_ << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
    if (!stream_) throw_refused();
  }
  void finish() {
    stream_.close();
    if (!stream_) throw_refused();
  }

 private:
  [[noreturn]] void throw_refused() const {
    const int error = errno;
    throw ResourceError(
        fmt::format("{}: it cannot be written ({}){}", path_, std::strerror(error), write_remedy(error)));
  }

  const char* name_;
  std::string path_;
  std::ofstream stream_;
};

/// A Parquet file an episode, a line of JSON an episode.
class LeRobotV21Layout final : public LeRobotLayout {
 public:
  void write_episode(const std::string& root, const LeRobotFrames& frames) override {
    const std::size_t number = frames.episodes() - 1;
    const std::string file =
        lerobot_path(kDataPath, {{"episode_chunk", number / kChunkSize}, {"episode_index", number}}, "");
    ParquetWriter writer(make_lerobot_path(root, file), frames.fields(), {{"huggingface", frames.huggingface()}});
    writer.write(frames.length(), frames.values());
    writer.finish();
    Json statistics;
    for (const LeRobotColumn& column : frames.columns()) {
      statistics[column.feature.name] = to_json(lerobot_statistics(column.values, column.feature.dim()), false);
    }
    episodes_.add(root, {{"episode_index", number}, {"tasks", frames.episode_tasks()}, {"length", frames.length()}});
    statistics_.add(root, {{"episode_index", number}, {"stats", statistics}});
  }

  void finish(const std::string& root, const LeRobotFrames& frames, Json& info) override {
    episodes_.finish();
    statistics_.finish();
    LineFile tasks("meta/tasks.jsonl");
    for (std::size_t i = 0; i < frames.tasks().size(); ++i) {
      tasks.add(root, {{"task_index", i}, {"task", frames.tasks()[i]}});
    }
    tasks.finish();
    Json all{{"codebase_version", "v2.1"}};
    all.update(info);
    all["total_videos"] = 0;
    all["total_chunks"] = (frames.episodes() + kChunkSize - 1) / kChunkSize;
    all["data_path"] = kDataPath;
    all["video_path"] = nullptr;
    info = std::move(all);
  }

 private:
  static constexpr std::size_t kChunkSize = 1000;  // info.json's chunks_size
  static constexpr const char* kDataPath = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet";

  LineFile episodes_{"meta/episodes.jsonl"}, statistics_{"meta/episodes_stats.jsonl"};
};

}  // namespace

std::string detect_lerobot_v21(const std::string& path) {
  static constexpr std::array<std::string_view, 2> kVersions{"v2.1", "v2.0"};
  return detect_lerobot(path, kVersions);
}

std::unique_ptr<TrajectoryReader> open_lerobot_v21(const std::string& path, const ReadOptions& options) {
  if (const std::string reason = detect_lerobot_v21(path); !reason.empty()) {
    throw DataError(fmt::format("{}: no LeRobot dataset v2.1: {}", path, reason));
  }
  LeRobotInfo info = read_lerobot_info(path);
  std::vector<LeRobotEpisode> episodes = read_episodes(info);
  std::vector<std::string> tasks = read_tasks(path);
  return make_lerobot_reader(std::move(info), std::move(episodes), std::move(tasks), options, "lerobot_v21");
}

std::unique_ptr<TrajectoryWriter> create_lerobot_v21(const std::string& path, const DatasetInfo& info) {
  return make_lerobot_writer(path, info, std::make_unique<LeRobotV21Layout>());
}

FormatEntry entry_lerobot_v21() {
  return {.name = "lerobot_v21",
          .summary = "LeRobotDataset v2.1, a folder: meta/*.json and a Parquet file an episode",
          .can_read = true,
          .can_write = true,
          .detect = detect_lerobot_v21,
          .open = open_lerobot_v21,
          .create = create_lerobot_v21};
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
