// Where a dataset's actions lie in their range: how many of them saturate, by dimension, and their histogram.
//
// A value saturates if it lies on a bound of the range (within 1e-6 of its length) or beyond it. Middles of equal bins
// cannot reach a bound, so that each such value is off by half a bin at least, always to the same side: an error of one
// sign, which a loop adds up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct ActionProfile {
  std::size_t dim = 0, trajectories = 0, steps = 0;
  ActionRange range;     ///< that of the plant, or as recorded, if finite; else the data's own
  bool bounded = false;  ///< the range is a limit of the plant or of the recording: values on it saturate
  std::vector<double> saturated, beyond;  ///< [dim] share of values on a bound or beyond it; beyond it; 0 if unbounded
  std::vector<std::vector<std::uint64_t>> histogram;  ///< [dim][kProfileBins] over the range; outside: the end bars

  /// Share of all values that saturate.
  [[nodiscard]] double saturated_fraction() const;
  /// So many that it is worth tokens of their own, and a sentence: 1 % of all values.
  [[nodiscard]] bool saturates() const { return saturated_fraction() >= 0.01; }
};

inline constexpr std::size_t kProfileBins = 41;

/// Two passes over the data. recorded, plant: empty or infinite where not known.
/// @throws DataError for no actions at all, or one that is not finite.
ActionProfile action_profile(const ActionSource& source, const ActionRange& plant, const ActionRange& recorded);

}  // namespace pianola
