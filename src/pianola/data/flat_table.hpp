// Flat datasets: columns of all steps, one episode after the other (D4RL, npz, CSV, zarr). What a column is follows
// from its name, and where episodes end from one of these, in this order:
//
//   episode_ends                        cumulative numbers of steps, strictly rising, the last is the number of rows
//   episode, episode_index, episode_id  a number a row that is another one in each episode
//   episode_starts                      a flag a row: 1 in an episode's first
//   terminals ∨ timeouts                flags a row: 1 in an episode's last (also: dones, terminations, truncations)
//   terminals and a step limit          ReadOptions::step_limit, or the dataset's attribute max_episode_steps
//
// terminals alone are refused: an episode that a limit cut would run into the next. A last piece that no flag ends is a
// trajectory whose outcome is `running`.
//
// Names (the first of a row that is there counts; others are extra fields): observations, observation, obs, state,
// states, or several below one of them ("obs/object", "observation.object") · next_… of these · actions, action, acts ·
// rewards, reward, rews · terminals, terminations, terminated, dones, done, terminal · timeouts, truncations, truncated
// · timestamps, timestamp · executed_actions. Where nothing is called an observation, all columns without a meaning
// are.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/field_table.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/data/info_json.hpp"

namespace pianola {

/// Columns of numbers, of one row a step or of another number of rows.
class FlatColumns {
 public:
  virtual ~FlatColumns() = default;
  [[nodiscard]] virtual const std::vector<StoredField>& fields() const = 0;
  [[nodiscard]] virtual std::size_t rows(std::size_t field) const = 0;
  /// Rows [first, first + out.size() / dim). @throws DataError naming file and field.
  virtual void read(std::size_t field, std::size_t first, std::span<double> out) = 0;
  /// Rows [first, first + rows) of `dim` numbers, and whether all are finite. @throws as read().
  [[nodiscard]] virtual CheckedMatrix read_checked(std::size_t field, std::size_t first, std::size_t rows,
                                                   std::size_t dim) {
    return read_in_blocks(rows, dim, true, [&](std::size_t begin, std::span<double> out) {
      if (!out.empty()) read(field, first + begin, out);
    });
  }
};

/// Name of a role in notes: "observation", "terminated", …
const char* role_name(FieldRole role);

/// What a column is by its name, and the field's own name ("obs/object" → observation, "object").
struct NamedRole {
  FieldRole role = FieldRole::extra;
  std::string field;
  std::size_t rank = 0;  ///< of the name among those of its role; the least counts
};
NamedRole role_of_name(const std::string& name);

/// Reads flat columns. `info`: as FieldTable::base_info. `note`: what our writer left (flat_writer.hpp), or nothing.
/// @throws DataError if nothing says where episodes end, or they do not add up; as read_table.
std::unique_ptr<TrajectoryReader> read_flat(std::unique_ptr<FlatColumns> columns, DatasetInfo info,
                                            const ReadOptions& options,
                                            const std::optional<std::string>& note = std::nullopt);

}  // namespace pianola
