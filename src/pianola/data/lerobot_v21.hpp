// LeRobotDataset v2.1: a Parquet file an episode. Source: lerobot 0.3.3, lerobot/datasets/lerobot_dataset.py.
//
//   meta/info.json             as lerobot_metadata.hpp has it, and total_tasks, total_videos, total_chunks
//   meta/episodes.jsonl        {"episode_index", "tasks": [texts], "length"} a line
//   meta/tasks.jsonl           {"task_index", "task"} a line
//   meta/episodes_stats.jsonl  {"episode_index", "stats": {feature: {min, max, mean, std, count}}} a line
//   data/chunk-000/episode_000000.parquet: a chunk is a folder of chunks_size episodes
//
// v2.0, which differs in its statistics only, is read too. Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/dataset.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: a folder whose meta/info.json has the codebase_version v2.1 or v2.0.
std::string detect_lerobot_v21(const std::string& path);

/// What is read is said in lerobot_reader.hpp. @throws DataError naming file, line and field; UsageError.
std::unique_ptr<TrajectoryReader> open_lerobot_v21(const std::string& path, const ReadOptions& options);

/// What is written is said in lerobot_frames.hpp. @throws DataError if `info` does not hold together; ResourceError if
/// the folder cannot be made.
std::unique_ptr<TrajectoryWriter> create_lerobot_v21(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
