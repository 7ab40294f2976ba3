// A claimed exponent as a check: least squares of log y on log x, judged by the whole 95 % interval of the slope.
//
// The interval comes from those of the points where they are sampled (the slope is a weighted sum of the log y), and
// from the scatter about the line (Student's t) where all are exact.
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
};

/// Adds the exponent and two checks, or two undecided ones where there are fewer than 3 points or all x are one.
/// @throws UsageError unless all values are positive and finite.
void require_slope(ExperimentResult& result, const SlopeClaim& claim);

/// The slope with its interval as above. @throws UsageError for fewer than 3 points, all x equal, or values that are
/// not positive and finite.
Estimate fitted_slope(std::span<const double> x, std::span<const Estimate> y);

/// Numbers that are computed, not sampled.
std::vector<Estimate> exact(std::span<const double> values);

/// Whether an axis has enough points for a slope.
bool has_slope(std::span<const double> x);

}  // namespace pianola
