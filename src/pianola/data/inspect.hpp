// A look at a dataset of any format: sizes, ranges, exact quantiles of the actions, and, first of all, what is wrong.
//
// Streams one trajectory at a time. A trajectory that cannot be read, or holds what no learner could use, becomes a
// problem in the list, and the others are looked at all the same.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/action_state_lag.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/data/histogram.hpp"
#include "pianola/data/streamed_quantiles.hpp"

namespace pianola {

/// `error`: learning from the file fails. `warning`: it works, but the result may mislead. `note`: worth knowing.
enum class Severity { error, warning, note };

/// "error", "warning", "note".
const char* severity_name(Severity severity);

struct Problem {
  Severity severity = Severity::note;
  std::string where, what, remedy;
};

/// The probabilities of Inspection::action_quantiles.
inline constexpr std::array<double, 9> kInspectedQuantiles{0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0};

/// Bars of a histogram: as many characters as a table of 100 columns has room for.
inline constexpr std::size_t kHistogramBins = 12;

/// Steps of the readable trajectories.
struct StepCounts {
  std::size_t min = 0, max = 0;
  double median = 0.0;
};

/// Timestamps, seconds. The interval is the median of the first trajectory that has one.
struct Timing {
  double interval = 0.0, shortest = 0.0, longest = 0.0;
  std::size_t intervals = 0, irregular = 0;  ///< irregular: more than 10 % off, or not positive
};

/// What is seen of each dimension of actions or observations; all empty if nothing is readable.
struct InspectedColumns {
  std::vector<double> min, max, mean, std;     ///< [dim]
  std::vector<std::vector<double>> quantiles;  ///< [dim][kInspectedQuantiles]; exact
  std::vector<Histogram> histograms;           ///< [dim], of at most kHistogramBins bins each
};

struct Inspection {
  DatasetInfo info;                                ///< as the reader gives it
  std::vector<Problem> problems;                   ///< errors first, then warnings, then notes
  std::size_t trajectories = 0;                    ///< in the file
  std::size_t readable = 0;                        ///< of them; all numbers below are over these
  std::vector<std::size_t> readable_trajectories;  ///< their numbers, ascending
  std::size_t steps = 0;
  StepCounts steps_per_trajectory;
  InspectedColumns actions, observations;
  ActionRange range;                       ///< the range that saturation refers to; empty if none is known
  std::vector<double> saturated_fraction;  ///< [action_dim] of actions at or beyond `range`; empty without a range
  std::vector<double> outside_fraction;    ///< [action_dim] of actions beyond `range`; empty without a range
  std::vector<double> action_state_correlation;    ///< [action_dim], NaN if constant; empty if the dimensions differ
  std::optional<ActionStateLag> action_state_lag;  ///< nothing if the dimensions differ or trajectories are short
  /// Of the actions that have a predecessor, those that equal it in every dimension; NaN if there are none.
  double repeat_rate = std::numeric_limits<double>::quiet_NaN();
  std::optional<Estimate> returns;  ///< sum of rewards of a trajectory; nothing without rewards
  double return_min = 0.0, return_max = 0.0;
  std::optional<Timing> timing;
  std::map<Outcome, std::size_t> outcomes;
};

struct InspectOptions {
  std::optional<ActionRange> range;  ///< in place of the recorded one, e.g. a system's
  /// Bytes that quantiles may take. If actions and observations do not fit, the file is read once or twice more
  /// instead: the quantiles are exact either way.
  std::size_t memory = StreamedQuantiles::kMemory;
};

/// @throws UsageError if options.range has another dimension than the actions; Interrupted after Ctrl-C.
/// Cost: one pass over the file (two or three if its numbers exceed options.memory); memory: one trajectory (8 bytes a
/// number), options.memory, and some 250 bytes a trajectory (its name, its length, a hash by which copies are found).
Inspection inspect(TrajectoryReader& reader, Progress* progress = nullptr, const InspectOptions& options = {});

/// The fields that `inspect --json` prints: format, trajectories, steps, observation_dim, action_dim, action_min,
/// action_max, action_quantiles [action_dim][9], problems [{severity, where, what, remedy}], and what else is known.
nlohmann::ordered_json to_json(const Inspection& inspection);

}  // namespace pianola
