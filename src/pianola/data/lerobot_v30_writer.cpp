#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_v30_writer.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "pianola/base/file.hpp"
#include "pianola/data/lerobot_statistics.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFilesPerChunk = 1000;  // info.json's chunks_size
constexpr std::size_t kRowsPerGroup = 1000;   // of the episodes' table

/// Episodes as columns of meta/episodes: sizes under these names, and lists. Memory: a row group of them.
class EpisodeTable {
 public:
  void add(const std::string& root, const LeRobotFrames& frames, std::size_t file);
  void finish();

 private:
  void write();
  [[nodiscard]] std::vector<ParquetField> fields() const;

  static constexpr std::array<const char*, 8> kSizes{
      "episode_index",      "length",           "data/chunk_index",          "data/file_index",
      "dataset_from_index", "dataset_to_index", "meta/episodes/chunk_index", "meta/episodes/file_index"};

  std::array<std::vector<double>, kSizes.size()> sizes_;
  std::vector<std::vector<std::string>> tasks_;
  std::vector<std::string> names_;                            // "stats/action/min"
  std::vector<std::vector<std::vector<double>>> statistics_;  // [names][episodes of the group][dim]
  std::unique_ptr<ParquetWriter> writer_;
};

void EpisodeTable::add(const std::string& root, const LeRobotFrames& frames, std::size_t file) {
  const std::size_t begin = frames.frames() - frames.length();
  const std::array<std::size_t, kSizes.size()> sizes{frames.episodes() - 1,
                                                     frames.length(),
                                                     file / kFilesPerChunk,
                                                     file % kFilesPerChunk,
                                                     begin,
                                                     frames.frames(),
                                                     0,
                                                     0};
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes_[i].push_back(static_cast<double>(sizes[i]));
  tasks_.push_back(frames.episode_tasks());
  std::size_t at = 0;
  const auto put = [&](const std::string& name, std::vector<double> values) {
    if (at == names_.size()) {
      names_.push_back(name);
      statistics_.emplace_back();
    }
    statistics_[at++].push_back(std::move(values));
  };
  for (const LeRobotColumn& column : frames.columns()) {
    LeRobotStatistics of = lerobot_statistics(column.values, column.feature.dim());
    for (std::size_t i = 0; i < kLeRobotStatistics.size(); ++i) {
      put(fmt::format("stats/{}/{}", column.feature.name, kLeRobotStatistics[i]), std::move(of.values[i]));
    }
    put(fmt::format("stats/{}/count", column.feature.name), {static_cast<double>(of.count)});
  }
  if (writer_ == nullptr) {
    writer_ =
        std::make_unique<ParquetWriter>(make_lerobot_path(root, "meta/episodes/chunk-000/file-000.parquet"), fields());
  }
  if (tasks_.size() == kRowsPerGroup) write();
}

std::vector<ParquetField> EpisodeTable::fields() const {
  std::vector<ParquetField> fields;
  fields.reserve(kSizes.size() + 1 + names_.size());
  for (const char* name : kSizes) fields.push_back({name, "int64"});
  fields.push_back({"tasks", "string", 0, true});
  for (const std::string& name : names_) {
    fields.push_back({name, name.ends_with("/count") ? "int64" : "float64", 0, true});
  }
  return fields;
}

/// The group that is full, or the last one.
void EpisodeTable::write() {
  std::vector<ParquetValues> values;
  values.reserve(sizes_.size() + 1 + statistics_.size());
  for (const auto& column : sizes_) values.emplace_back(std::span<const double>(column));
  values.emplace_back(std::span<const std::vector<std::string>>(tasks_));
  for (const auto& column : statistics_) values.emplace_back(std::span<const std::vector<double>>(column));
  if (!tasks_.empty()) writer_->write(tasks_.size(), values);
  for (auto& column : sizes_) column.clear();
  for (auto& column : statistics_) column.clear();
  tasks_.clear();
}

void EpisodeTable::finish() {
  write();
  writer_->finish();
}

/// As pandas writes a table whose index is the task: its reader finds the index by this entry.
std::string pandas_entry() {
  const auto column = [](const char* name, const char* pandas, const char* numpy) {
    return Json{
        {"name", name}, {"field_name", name}, {"pandas_type", pandas}, {"numpy_type", numpy}, {"metadata", nullptr}};
  };
  return Json{{"index_columns", {"task"}},
              {"column_indexes", Json::array()},
              {"columns", {column("task_index", "int64", "int64"), column("task", "unicode", "object")}},
              {"creator", {{"library", "pianola"}, {"version", PIANOLA_VERSION}}},
              {"pandas_version", "2.2.0"}}
      .dump();
}

void write_tasks(const std::string& path, const std::vector<std::string>& tasks) {
  ParquetWriter writer(path, {{"task_index", "int64"}, {"task", "string"}}, {{"pandas", pandas_entry()}});
  std::vector<double> numbers(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) numbers[i] = static_cast<double>(i);
  writer.write(tasks.size(), std::vector<ParquetValues>{std::span<const double>(numbers), std::span(tasks)});
  writer.finish();
}

class LeRobotV30Layout final : public LeRobotLayout {
 public:
  explicit LeRobotV30Layout(std::size_t file_bytes) : file_bytes_(file_bytes) {}

  void write_episode(const std::string& root, const LeRobotFrames& frames) override {
    if (writer_ != nullptr && is_full(frames.length())) {
      writer_->finish();
      writer_.reset();
    }
    if (writer_ == nullptr) {
      const std::size_t file = files_.size();
      files_.push_back(make_lerobot_path(
          root, fmt::format("data/chunk-{:03d}/file-{:03d}.parquet", file / kFilesPerChunk, file % kFilesPerChunk)));
      writer_ = std::make_unique<ParquetWriter>(
          files_.back(), frames.fields(), std::map<std::string, std::string>{{"huggingface", frames.huggingface()}});
      file_frames_ = 0;
    }
    writer_->write(frames.length(), frames.values());
    file_frames_ += frames.length();
    episodes_.add(root, frames, files_.size() - 1);
    for (std::size_t i = 0; i < frames.columns().size(); ++i) {
      const LeRobotColumn& column = frames.columns()[i];
      if (i == statistics_.size()) statistics_.emplace_back(column.feature.dim());
      statistics_[i].add(column.values);
    }
  }

  void finish(const std::string& root, const LeRobotFrames& frames, Json& info) override {
    writer_->finish();
    writer_.reset();
    episodes_.finish();
    write_tasks(make_lerobot_path(root, "meta/tasks.parquet"), frames.tasks());
    Json statistics;
    for (std::size_t i = 0; i < statistics_.size(); ++i) {
      const LeRobotFeature& feature = frames.columns()[i].feature;
      statistics[feature.name] = to_json(statistics_[i].finish(files_, feature), true);
    }
    write_file(make_lerobot_path(root, "meta/stats.json"), statistics.dump(4) + "\n");
    Json all{{"codebase_version", "v3.0"}};
    all.update(info);
    all["data_files_size_in_mb"] = file_bytes_ >> 20;
    all["video_files_size_in_mb"] = 200;
    all["data_path"] = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
    all["video_path"] = nullptr;
    info = std::move(all);
  }

 private:
  /// As LeRobot judges it: by the bytes that a frame of this file has taken so far.
  [[nodiscard]] bool is_full(std::size_t frames) const {
    const auto bytes = static_cast<double>(writer_->bytes());
    return bytes + bytes / static_cast<double>(file_frames_) * static_cast<double>(frames) >=
           static_cast<double>(file_bytes_);
  }

  std::size_t file_bytes_, file_frames_ = 0;
  std::vector<std::string> files_;
  std::unique_ptr<ParquetWriter> writer_;
  EpisodeTable episodes_;
  std::vector<LeRobotFeatureStatistics> statistics_;  // of each column
};

}  // namespace

std::unique_ptr<LeRobotLayout> make_lerobot_v30_layout(std::size_t file_bytes) {
  return std::make_unique<LeRobotV30Layout>(file_bytes);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
