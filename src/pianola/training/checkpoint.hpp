// checkpoint/state.safetensors of a run: all that an unbroken training would still have in memory.
//
// It is written in checkpoint.tmp/, fsynced, and renamed into checkpoint/ in one step: a kill at any moment leaves the
// previous checkpoint or the new one. Random numbers need no state (base/random.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "pianola/training/learner.hpp"

namespace pianola {

/// What a checkpoint is of: options, fingerprints of dataset and quantizer, by name.
using Identity = std::map<std::string, std::string>;

struct Checkpoint {
  LearnerState learner;
  double loss_sum = 0.0;  ///< of the steps since the last line of metrics.jsonl
  std::uint64_t loss_count = 0;
  Identity identity;
};

/// The folder checkpoint/ of a run.
std::filesystem::path checkpoint_folder(const std::filesystem::path& run);

/// Replaces the run's checkpoint. @throws ResourceError (disk full); then the previous one is still there.
void write_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint);

/// The run's checkpoint, or nothing if it has none. @throws DataError naming the file if it is damaged or of another
/// format_version.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& run);

/// Removes what a kill in mid-checkpoint left.
void remove_unfinished_checkpoint(const std::filesystem::path& run);

/// @throws DataError naming each entry that differs, with both values.
void check_identity(const Identity& saved, const Identity& now, const std::filesystem::path& run);

}  // namespace pianola
