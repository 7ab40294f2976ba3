// LeRobotDataset v3.0: many episodes a Parquet file. Source: lerobot 0.4.4,
// lerobot/datasets/{utils,lerobot_dataset}.py.
//
//   meta/info.json      as lerobot_metadata.hpp has it, and total_tasks, data_files_size_in_mb
//   meta/tasks.parquet  task_index, and the text as pandas' index
//   meta/episodes/chunk-000/file-000.parquet, a row an episode: episode_index, tasks, length,
//     data/{chunk_index,file_index}, dataset_{from,to}_index (its frames in the whole dataset, end not included),
//     stats/FEATURE/STATISTIC
//   meta/stats.json     {feature: {min, max, mean, std, count, q01, q10, q50, q90, q99}} of the whole dataset
//   data/chunk-000/file-000.parquet: frames of whole episodes, in order; a new file after data_files_size_in_mb
//
// Differs: the quantiles that are written are exact, an episode's and the dataset's (lerobot_statistics.hpp).
// Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/dataset.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: a folder whose meta/info.json has the codebase_version v3.0.
std::string detect_lerobot_v30(const std::string& path);

/// What is read is said in lerobot_reader.hpp. Trajectories in the file's order read it once from front to back; others
/// read a row group from its beginning. @throws DataError naming file, column and row; UsageError.
std::unique_ptr<TrajectoryReader> open_lerobot_v30(const std::string& path, const ReadOptions& options);

/// What is written is said in lerobot_frames.hpp. A row group an episode. @throws DataError if `info` does not hold
/// together; ResourceError if the folder cannot be made.
std::unique_ptr<TrajectoryWriter> create_lerobot_v30(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
