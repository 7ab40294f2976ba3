// What schemes on a bounded range of actions share: whether bounds are usable, how they are read back, and which values
// lie outside.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {

/// low ≤ high, both within ±kLargestRangeBound (fit_range.hpp); false for NaN.
bool usable_bounds(double low, double high);

/// who: the scheme, d: the dimension, for errors. @throws UsageError unless the bounds are usable.
void require_bounds(std::string_view who, std::size_t d, double low, double high);

/// The keys 'low' and 'high', dim numbers each. @throws DataError unless the bounds of every dimension are usable.
ActionRange saved_bounds(const SavedFields& fields, std::size_t dim);

/// flags[i]: actions[i] lies outside. range: [D]; actions: [n × D]; flags: [n × D].
void flag_outside(const ActionRange& range, std::span<const double> actions, std::span<bool> flags);

}  // namespace pianola
