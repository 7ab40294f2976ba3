// Passes over the actions that a scheme is fitted to, checked number by number.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// Calls `visit` with the actions of each trajectory, [T, action_dim], all finite. Returns the number of rows.
/// who: the scheme, for errors. @throws DataError naming trajectory, row and dimension of a number that is not finite,
/// or if there are no rows.
std::size_t scan_actions(const ActionSource& source, std::string_view who,
                         const std::function<void(std::span<const double>)>& visit);

/// Least and largest action in each dimension. One pass. @throws DataError as scan_actions.
ActionRange data_range(const ActionSource& source, std::string_view who);

/// Quantiles p in [0, 1] of each dimension, by linear interpolation of the order statistics (NumPy's default), exact
/// for data of any size: a radix selection on the order-preserving bits of the doubles, five passes over the data.
/// Returns [action_dim × p.size()]. Memory: 128 KiB a dimension and quantile. @throws DataError as scan_actions.
std::vector<double> data_quantiles(const ActionSource& source, std::string_view who, std::span<const double> p);

}  // namespace pianola
