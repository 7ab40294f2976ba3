// The statistics that a LeRobot dataset stores of itself, held against its numbers.
//
// v3.0 stores those of the whole dataset (meta/stats.json), v2.1 those of each episode (meta/episodes_stats.jsonl).
// Trainers normalise by them, so that a wrong one shows in the policy only. Found are extremes, means and deviations
// that differ by more than a thousandth of the range, and quantiles by more than a hundredth; of these it is said
// whether they are the extremes, or the mean, of the episodes' quantiles (lerobot_statistics.hpp), which LeRobot writes
// in their place.
//
// Only a build with PIANOLA_WITH_ARROW finds anything.
#pragma once

#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/data/inspect.hpp"

namespace pianola {

/// One problem for each feature and kind of difference, with its worst case; none for other formats than LeRobot's, and
/// for what is not stored. A file that cannot be read is a problem too. Cost: a pass over the dataset (three for
/// features of more than 2²² numbers).
std::vector<Problem> stored_statistics_problems(const DatasetInfo& info);

}  // namespace pianola
