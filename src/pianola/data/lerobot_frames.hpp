// Trajectories as LeRobot's frames: which features a dataset gets, and an episode's columns.
//
//   observation fields → observation.NAME (a name that begins so stays), "/" becomes "."; without fields,
//   observation.state · actions → action · rewards → next.reward · dones → next.done · executed_actions →
//   executed_action · extra fields under their names · timestamp, frame_index, episode_index, index, task_index as
//   LeRobot counts them
//
// Numbers keep their width: float32 stays float32, float64 stays float64. `timestamp` is float32, as LeRobot has it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {

/// One feature, and its numbers in the current episode.
struct LeRobotColumn {
  enum class Source { observation, action, executed, reward, done, extra, timestamp, frame, episode, index, task };
  LeRobotFeature feature;
  Source source = Source::action;
  std::size_t first = 0;       ///< column of the observation, or number of the extra field
  std::vector<double> values;  ///< [T, dim]
};

class LeRobotFrames {
 public:
  /// `path`: of the dataset, for messages. @throws DataError if info does not hold together, or two features get one
  /// name.
  LeRobotFrames(DatasetInfo info, std::string path);

  /// Takes the next episode. The first one decides which features there are. @throws DataError as check_trajectory, and
  /// if the trajectory has other optional fields than the first one; UsageError if the frame rate is not known.
  void add(const Trajectory& trajectory);

  [[nodiscard]] const DatasetInfo& info() const { return info_; }
  [[nodiscard]] double fps() const { return fps_; }
  [[nodiscard]] const std::vector<LeRobotColumn>& columns() const { return columns_; }
  [[nodiscard]] std::size_t episodes() const { return episodes_; }                ///< so far, the current one included
  [[nodiscard]] std::size_t frames() const { return frames_; }                    ///< so far, the current one included
  [[nodiscard]] std::size_t length() const { return length_; }                    ///< of the current episode
  [[nodiscard]] const std::vector<std::string>& tasks() const { return tasks_; }  ///< text of each task_index so far
  [[nodiscard]] std::vector<std::string> episode_tasks() const;                   ///< of the current episode
  /// Columns of the data files, and the current episode's values of them.
  [[nodiscard]] std::vector<ParquetField> fields() const;
  [[nodiscard]] std::vector<ParquetValues> values() const;
  /// info.json's `features`.
  [[nodiscard]] nlohmann::ordered_json features() const;
  /// The schema's entry "huggingface", from which the library `datasets` knows the columns' types.
  [[nodiscard]] std::string huggingface() const;
  [[nodiscard]] std::vector<std::string> lost() const;

 private:
  void add_column(LeRobotColumn::Source source, std::string name, std::string dtype, std::size_t dim,
                  std::size_t first = 0);
  void lay_out(const Trajectory& t);
  void find_fps(const Trajectory& t);
  void read_hints();
  [[nodiscard]] std::string hinted_dtype(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] std::size_t task_of(const std::string& text);
  void fill(LeRobotColumn& column, const Trajectory& t);
  void fill_tasks(LeRobotColumn& column, const Trajectory& t);
  void note_losses(const Trajectory& t);
  void round_numbers();

  DatasetInfo info_;
  std::string path_;
  double fps_ = 0.0;
  std::vector<LeRobotFeature> hints_;  // features of the dataset that was read, for their names and widths
  std::vector<LeRobotColumn> columns_;
  std::vector<std::string> tasks_;
  std::size_t episodes_ = 0, frames_ = 0, length_ = 0;
  bool optional_[5] = {};  // which optional fields there are
  bool lost_next_ = false, lost_index_ = false;
  std::set<std::string> rounded_;  // features whose numbers float32 does not hold exactly
};

}  // namespace pianola
