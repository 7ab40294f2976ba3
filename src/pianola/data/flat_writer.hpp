// Writing flat datasets: trajectories become rows of named columns; a format says what columns are called and where
// their rows go.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "pianola/data/dataset.hpp"
#include "pianola/data/field_table.hpp"

namespace pianola {

/// A column as it is written.
struct FlatColumn {
  std::string name;
  std::size_t dim = 1;
  bool scalar = false;  ///< one number a row, without a dimension of its own
  std::string type = "float64";
  FieldRole role = FieldRole::extra;
  std::string field = {};  ///< of that role: "object"
};

/// Where rows go. Errors are DataError and ResourceError, as of TrajectoryWriter.
class FlatSink {
 public:
  virtual ~FlatSink() = default;
  /// Called once, before the first rows.
  virtual void open(std::span<const FlatColumn> columns) = 0;
  /// values: of each column, [steps × dim].
  virtual void append(std::span<const std::span<const double>> values, std::size_t steps) = 0;
  /// `ends`: rows behind each episode; `note`: what brings the dataset back as it was (flat_table.hpp reads it).
  virtual void finish(std::span<const std::size_t> ends, const std::string& note) = 0;
};

/// The name that D4RL and NumPy archives give a role's column: "observations", "terminals"; "" for an extra field.
std::string plural_name(FieldRole role);

/// How a format lays out.
struct FlatStyle {
  /// Name of a column. `single`: its observation is one field without a name of its own.
  std::string (*name)(FieldRole role, const std::string& field, bool single);
  bool one_observation = false;  ///< fields of the observation are one column
  bool flags = false;            ///< columns terminated and truncated are always there
  bool note = true;              ///< notes are kept; without, lost() tells what only they hold
  bool types = true;             ///< columns keep their types; without, lost() tells which are float64 afterwards
};

/// @throws DataError if `info` does not hold together, or two columns are called the same.
std::unique_ptr<TrajectoryWriter> write_flat(std::unique_ptr<FlatSink> sink, const std::string& path,
                                             const DatasetInfo& info, const FlatStyle& style);

}  // namespace pianola
