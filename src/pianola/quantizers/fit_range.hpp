// The range of a scheme that needs one. In this order:
//
//   low=, high=     as given; one value stands for all dimensions
//   quantile=p      from the p-quantile of the data to the (1 − p)-quantile
//   range=system    the system's action range, or the one that the dataset records (error if not finite)
//   range=data      minimum and maximum of the data
//   range=auto      the system's or recorded range if it is finite in every dimension, else the data's
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

/// Bounds of any range: differences and products stay normal float32 numbers.
inline constexpr double kLargestRangeBound = 1e36;

struct RangeOptions {
  std::string range = "auto";               ///< auto, system or data
  double quantile = 0.0;                    ///< [0, 0.5); 0: minimum and maximum
  std::vector<double> low = {}, high = {};  ///< empty, one value, or one a dimension; action units

  template <class V>
  void visit(V&& v) {
    v("range", range, "auto (the system's if finite, else the data's), system or data");
    v("quantile", quantile, "range from this quantile of the data to 1 − this; 0: minimum and maximum");
    v("low", low, "lower bounds, one for all dimensions or one each");
    v("high", high, "upper bounds");
  }
};

/// who: the scheme, for errors. Goes through the data only where the range comes from them.
/// Result: [action_dim], low ≤ high, |bounds| ≤ kLargestRangeBound.
/// @throws UsageError for options that contradict each other, a range that is asked for but not there, or low > high;
/// DataError if a recorded range or the data break these limits or have a number that is not finite.
ActionRange fit_range(const RangeOptions& options, const FitContext& context, std::string_view who);

}  // namespace pianola
