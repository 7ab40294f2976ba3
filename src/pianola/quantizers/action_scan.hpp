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

/// The same with the observations beside them, [T, observation_dim], not looked at; empty where the source has none.
std::size_t scan_observed_actions(const ActionSource& source, std::string_view who,
                                  const std::function<void(std::span<const double>, std::span<const double>)>& visit);

/// Least and largest action in each dimension. One pass. @throws DataError as scan_actions.
ActionRange data_range(const ActionSource& source, std::string_view who);

/// Quantiles of each dimension, [action_dim][p.size()], exact for data of any size. p: ascending, in [0, 1].
/// One pass over the data, or two or three if they do not fit into memory (data/streamed_quantiles.hpp).
/// @throws DataError as scan_actions.
std::vector<std::vector<double>> data_quantiles(const ActionSource& source, std::string_view who,
                                                std::span<const double> p);

}  // namespace pianola
