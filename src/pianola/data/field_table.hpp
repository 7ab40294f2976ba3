// A dataset as named fields of steps, and the one reader that turns such fields into trajectories.
//
// A format with a reader of its own kind (a flat table, one group an episode, one record an episode) says which fields
// there are, what each is to a learner, and how rows of them are read; choosing the observation, concatenating fields,
// checks and limits are here. `observation` fields may be several (concatenated in order), and so may `action` fields.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/data/field_choice.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/data/trajectory_check.hpp"

namespace pianola {

/// What a field is to a learner.
enum class FieldRole {
  observation,
  action,
  reward,
  terminated,        ///< 0 or 1 a step
  truncated,         ///< 0 or 1 a step: cut by a limit
  next_observation,  ///< of the observation field of the same name
  timestamp,
  executed_action,
  extra
};

struct TableField {
  StoredField stored;
  FieldRole role = FieldRole::extra;
};

/// A dataset of T_i rows in trajectory i, the same fields in all.
class FieldTable {
 public:
  virtual ~FieldTable() = default;
  /// Format, path, attributes, range, names, kinds, subsets, unread: all but what depends on the fields chosen.
  [[nodiscard]] virtual const DatasetInfo& base_info() const = 0;
  [[nodiscard]] virtual const std::vector<TableField>& fields() const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;               ///< trajectories
  [[nodiscard]] virtual std::size_t rows(std::size_t i) const = 0;  ///< T_i, backed by what the file holds
  [[nodiscard]] virtual std::string name(std::size_t i) const = 0;  ///< of trajectory i
  /// Rows [first, first + out.size() / dim) of a field of trajectory i. @throws DataError naming file and field.
  virtual void read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) = 0;
  /// All rows of a field of trajectory i, `dim` numbers each, and whether all are finite. @throws as read().
  [[nodiscard]] virtual CheckedMatrix read_checked(std::size_t i, std::size_t field, std::size_t dim);
  /// How trajectory i ended, where something other than its flags says so.
  [[nodiscard]] virtual std::optional<Outcome> outcome(std::size_t) const { return std::nullopt; }
  [[nodiscard]] virtual std::map<std::string, std::string> attributes(std::size_t) const { return {}; }
};

/// Trajectories of a table. Without a recorded outcome, a trajectory whose last `terminated` is 1 is terminated, one
/// whose last `truncated` is 1 truncated; with neither it is running where the table has `truncated`, else truncated.
/// Memory: one trajectory, and 512 KiB.
/// @throws DataError if there is no action, or no observation; UsageError for an unknown field or subset.
std::unique_ptr<TrajectoryReader> read_table(std::unique_ptr<FieldTable> table, const ReadOptions& options);

}  // namespace pianola
