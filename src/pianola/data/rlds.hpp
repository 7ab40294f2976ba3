// Demonstrations in RLDS as tensorflow_datasets writes them, read-only: a folder with features.json and uncompressed
// TFRecord files, one episode a record. Sources: google-research/rlds, README; tensorflow_datasets, core/features.
//
//   steps/{is_first, is_last, is_terminal, observation[/…], action[/…], reward, discount, …}   one entry a step each
//
// The action of the step that is_last is invalid, as are its reward and discount: a record of n steps is a trajectory
// of n − 1, whose next observations include the last. It is terminated if that step is_terminal, else truncated.
// Features of observation are its fields, features of action are concatenated, other numbers are extra fields; texts,
// images and what is encoded are listed in info().unread, as is what a record has beside its steps. Splits ("train")
// are subsets.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: a folder with features.json and *.tfrecord*.
std::string detect_rlds(const std::string& path);

/// Memory: one record, decoded. @throws DataError, UsageError as read_table.
std::unique_ptr<TrajectoryReader> open_rlds(const std::string& path, const ReadOptions& options);

}  // namespace pianola
