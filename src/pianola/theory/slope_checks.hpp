// A claimed exponent as a check: least squares of log y on log x, judged by a whole interval.
//
// Where points are sampled it is the slope's 95 % interval from theirs (the slope is a weighted sum of the log y);
// where all are exact there is nothing to sample, and it is the range of the slopes between points a factor of 2 or
// more apart: between nearer ones whatever is not a power law, as a whole number of bins, is divided by almost nothing.
//
// A sampled interval that reaches over an end of what is required, and is too wide to tell (its half more than a third
// of the requirement's half), leaves the check open; one that lies wholly outside fails it however wide it is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pianola/theory/experiment.hpp"

namespace pianola {

struct SlopeClaim {
  std::string exponent;  ///< name under which the slope is reported, as "n"
  std::string what;      ///< "regret: slope in n"
  std::span<const double> x;
  std::span<const Estimate> y;
  double low = 0.0, high = 0.0;  ///< the interval has to lie within
  std::string outside = {};      ///< not empty: why the points do not lie where the exponent can be seen
};

/// Adds the exponent and two checks; undecided ones where the axis has no slope, the points lie outside, or the sampled
/// interval is too wide, which a note then names.
/// @throws UsageError unless all values are positive and finite.
void require_slope(ExperimentResult& result, const SlopeClaim& claim);

/// The slope with its interval as above. @throws UsageError for fewer than 3 points, all x equal, or values that are
/// not positive and finite.
Estimate fitted_slope(std::span<const double> x, std::span<const Estimate> y);

/// The check, left open because of `outside`, which a note names; as it is where `outside` is empty.
void add_check(ExperimentResult& result, Check check, const std::string& outside);

/// Numbers that are computed, not sampled.
std::vector<Estimate> exact(std::span<const double> values);

/// Whether an axis has enough points for a slope: three or more, over a factor of 8 or more.
bool has_slope(std::span<const double> x);

}  // namespace pianola
