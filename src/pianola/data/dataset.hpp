// Demonstrations in memory, and the streaming interface through which any format is read.
//
// A dataset is contiguous: rows of all trajectories one after the other, offsets[i] … offsets[i + 1] belong to
// trajectory i. Numbers are double in memory; `observation_bits` and `action_bits` remember how wide the file
// stored them, so that writing back loses nothing and costs nothing.
//
// Reading streams by trajectory: a file may be larger than memory, one of its trajectories may not. It takes 8 bytes a
// number, twice what a float32 file holds of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/data/outcome.hpp"

namespace pianola {

/// One named observation field, a run of columns of the observation matrix: obs/object → columns [first, first + dim).
struct ObservationField {
  std::string name;
  std::size_t first = 0, dim = 0;
  bool operator==(const ObservationField&) const = default;
};

/// A column that is neither observation nor action, as a format has them: infos, discounts, indices, task numbers.
struct ExtraField {
  std::string name;              ///< as the format calls it: "infos/qpos", "task_index"
  std::size_t dim = 1;           ///< numbers a step
  std::string type = "float64";  ///< in the file: NumPy's name, "float32", "int64", "bool", …
  bool operator==(const ExtraField&) const = default;
};

/// What is known of a dataset besides its numbers.
struct DatasetInfo {
  std::string format;  ///< the format's registered name, e.g. "robomimic"
  std::string path;    ///< where it was read from; "" if it was made here
  std::size_t observation_dim = 0, action_dim = 0;
  std::vector<ObservationField> observation_fields;  ///< cover the observation's columns in order
  std::vector<ObservationField> left_out_fields;     ///< of the file, not in the observation (images); `first` is 0
  std::vector<ExtraField> extra_fields;              ///< of every trajectory, in the file's order
  std::vector<std::string> unread;  ///< of the file and not in what is read, a short sentence each: "task: no numbers"
  std::vector<std::string> action_names;        ///< [action_dim] or empty
  std::vector<ActionKind> action_kinds;         ///< [action_dim]; empty: all linear
  ActionRange action_range;                     ///< as recorded (a system's range); empty: not recorded
  int observation_bits = 64, action_bits = 64;  ///< 32 or 64: width in the file
  /// Provenance: "system", "expert", "simulator", "seed", "perturb", "env_args", … as text.
  std::map<std::string, std::string> attributes;
  /// Named parts of the dataset, as ascending numbers of trajectories: robomimic's filter keys, splits of LeRobot.
  std::map<std::string, std::vector<std::size_t>> subsets;
};

/// One trajectory of T steps. Optional fields are empty. Row-major.
struct Trajectory {
  std::string name;                       ///< as the file calls it: "demo_3"
  std::size_t steps = 0;                  ///< T
  std::vector<double> observations;       ///< [T, observation_dim]
  std::vector<double> actions;            ///< [T, action_dim], action units; the label to learn
  std::vector<double> rewards;            ///< [T]
  std::vector<double> dones;              ///< [T], 0 or 1
  std::vector<double> next_observations;  ///< [T, observation_dim]
  std::vector<double> timestamps;         ///< [T], seconds
  std::vector<double> executed_actions;   ///< [T, action_dim] where they differ from the labels (perturbed collection)
  Outcome outcome = Outcome::truncated;   ///< how it ended
  std::vector<std::vector<double>> extras;        ///< [info.extra_fields][T, dim], or empty: not read
  std::map<std::string, std::string> attributes;  ///< of this trajectory: "task", "seed", …
};

/// The name of dimension d of an observation: "obs/object[2]" where fields are named, else "".
std::string observation_name(const DatasetInfo& info, std::size_t d);

/// @throws DataError naming `where` if there is no action dimension, the fields do not cover the observation in order,
/// or names, kinds or range do not have one entry for each action dimension (low < high).
void check_info(const DatasetInfo& info, std::string_view where);

/// @throws DataError naming `where` (a file), the trajectory, the row and the dimension of the first number that is
/// not finite, of a length that does not fit, or of an empty trajectory. Extra fields are held to their length only.
void check_trajectory(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where);

/// A dataset being read: any format, one trajectory at a time. Memory: what read() returns, not the file's size.
class TrajectoryReader {
 public:
  virtual ~TrajectoryReader() = default;
  [[nodiscard]] virtual const DatasetInfo& info() const = 0;
  /// Number of trajectories.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Name of trajectory i, for messages about one that cannot be read.
  [[nodiscard]] virtual std::string name(std::size_t i) const { return "demo_" + std::to_string(i); }
  /// Steps of trajectory i, without reading its numbers.
  [[nodiscard]] virtual std::size_t steps(std::size_t i) const = 0;
  /// Reads trajectory i and checks it (check_trajectory). @throws DataError naming file and place.
  [[nodiscard]] virtual Trajectory read(std::size_t i) = 0;
  /// Attributes of trajectory i, whatever else of it is read or left out.
  [[nodiscard]] virtual std::map<std::string, std::string> attributes(std::size_t i) { return read(i).attributes; }
  /// Reads actions only, [T, action_dim], checked; much less I/O where observations are wide.
  [[nodiscard]] virtual std::vector<double> read_actions(std::size_t i) { return read(i).actions; }
};

/// A dataset being written. Nothing appears at the final path until finish() returns.
class TrajectoryWriter {
 public:
  virtual ~TrajectoryWriter() = default;
  virtual void write(const Trajectory& trajectory) = 0;
  /// Completes the file: flush, fsync, rename. @throws ResourceError if the disk is full.
  virtual void finish() = 0;
  /// What was given to write() and the format cannot hold, one short sentence each: "rewards: LeRobot has none".
  [[nodiscard]] virtual std::vector<std::string> lost() const { return {}; }
};

/// Demonstrations in memory: all that learning needs; extra fields and attributes of trajectories are not kept.
class Dataset {
 public:
  Dataset() = default;
  explicit Dataset(DatasetInfo info);

  /// Appends a trajectory. @throws DataError as check_trajectory; also if an optional field is there in some
  /// trajectories only.
  void append(const Trajectory& trajectory);
  /// Makes room for so many trajectories and steps in all, so that append() does not copy what is there.
  void reserve(std::size_t trajectories, std::size_t steps);

  [[nodiscard]] const DatasetInfo& info() const { return info_; }
  DatasetInfo& info() { return info_; }
  [[nodiscard]] std::size_t size() const { return offsets_.size() - 1; }                ///< trajectories
  [[nodiscard]] std::size_t steps() const { return offsets_.back(); }                   ///< rows in all
  [[nodiscard]] std::span<const std::size_t> offsets() const { return offsets_; }       ///< [size + 1]
  [[nodiscard]] std::span<const double> observations() const { return observations_; }  ///< [steps, observation_dim]
  [[nodiscard]] std::span<const double> actions() const { return actions_; }            ///< [steps, action_dim]
  [[nodiscard]] std::span<const double> rewards() const { return rewards_; }            ///< [steps] or empty
  [[nodiscard]] Trajectory trajectory(std::size_t i) const;                             ///< a copy
  /// Hash of everything that learning sees: dimensions, offsets, observations, actions, range, kinds; 32 hex digits.
  [[nodiscard]] std::string fingerprint() const;

 private:
  DatasetInfo info_;
  std::vector<std::size_t> offsets_{0};
  std::vector<std::string> names_;
  std::vector<Outcome> outcomes_;
  std::vector<double> observations_, actions_, rewards_, dones_, next_observations_, timestamps_, executed_actions_;
};

/// Reads all trajectories. @throws DataError, ResourceError if memory does not suffice.
Dataset read_all(TrajectoryReader& reader);

/// Actions of a dataset, streamed in order: what quantizers are fitted to. May be run through more than once.
class ActionSource {
 public:
  virtual ~ActionSource() = default;
  [[nodiscard]] virtual std::size_t action_dim() const = 0;
  /// Calls `visit` with the actions of each trajectory, [T, action_dim] row-major, in file order.
  virtual void for_each(const std::function<void(std::span<const double>)>& visit) const = 0;
  /// The same with the observations beside them, [T, observation_dim]; empty where the source has none (the default).
  virtual void for_each_observed(
      const std::function<void(std::span<const double> actions, std::span<const double> observations)>& visit) const {
    for_each([&](std::span<const double> actions) { visit(actions, {}); });
  }
};

/// An ActionSource over a dataset in memory (keeps a reference).
std::unique_ptr<ActionSource> action_source(const Dataset& dataset);
/// An ActionSource over a reader (keeps a reference; memory: one trajectory).
std::unique_ptr<ActionSource> action_source(TrajectoryReader& reader);

}  // namespace pianola
