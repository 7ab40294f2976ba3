// Which fields and which trajectories of a file are read: what every format does with ReadOptions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

/// A numeric field as a file has it.
struct StoredField {
  std::string name;
  std::vector<std::size_t> shape = {};  ///< of one step; empty: one number
  std::string type = "float64";         ///< NumPy's name
};

/// Product of the shape. @throws DataError naming `where` beyond 2²⁰ numbers, or 2²⁸ for shapes of several dimensions.
std::size_t numbers_a_step(const StoredField& field, const std::string& where);

/// The stored fields named by `wanted`, in that order; "deep" names all of "deep/x", "deep/y". Empty: all.
/// `kind` for messages: "file.hdf5: observation field".
/// @throws UsageError for an unknown name (with the nearest known one) or one that is named twice.
std::vector<std::string> choose_fields(const std::string& kind, std::span<const std::string> stored,
                                       std::span<const std::string> wanted);

/// Appends a field to the observation, or to info.left_out_fields where it is no vector a step, images are to be left
/// out and it was not asked for by name. @throws DataError for such a field otherwise; `known`: names, for the message.
void append_observation(DatasetInfo& info, const StoredField& field, const ReadOptions& options,
                        std::span<const std::string> known);

/// Columns [field.first, + field.dim) of a matrix [rows × columns], as [rows × field.dim].
std::vector<double> columns_of(std::span<const double> matrix, std::size_t columns, const ObservationField& field);

/// The numbers of the trajectories to read, of `size`: those of options.subset, else all. info.subsets are renumbered
/// to match. @throws UsageError for an unknown subset; DataError if it is empty or names a trajectory beyond `size`.
std::vector<std::size_t> choose_trajectories(DatasetInfo& info, std::size_t size, const ReadOptions& options);

}  // namespace pianola
