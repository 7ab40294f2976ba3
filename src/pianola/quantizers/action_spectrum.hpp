// The spectrum of a dataset's actions: eigenvalues of the covariance of all windows of c steps, for the rate that a
// Gaussian source of the same covariance would need (bounds/gaussian_rate.hpp).
//
// Windows overlap (one begins at every step that leaves room) and are taken about their common mean. Where there are
// more than kMostWindows, every m-th one is taken, m the smallest whole number that suffices.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "pianola/data/action_representation.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// Windows that enter at most, and the widest window: their covariance costs about 10¹⁰ multiplications.
inline constexpr std::size_t kMostWindows = std::size_t{1} << 15;
inline constexpr std::size_t kWidestWindow = 1024;

/// [chunk × action_dim] eigenvalues ≥ 0, largest first, squared action units; empty where a window has more than
/// kWidestWindow values, there are fewer than two, or squares are beyond what double holds. Two passes over the data.
/// who: for errors.
/// @throws DataError for a number that is not finite or a dataset without rows.
std::vector<double> action_spectrum(const ActionSource& source, std::size_t chunk, std::string_view who);

/// The same of what schemes see behind an action representation, where errors in that are errors of actions; empty
/// where they are not (no isometry, or errors that add up along a chunk): there is no bound to compare with.
std::vector<double> represented_spectrum(const ActionSource& actions, const ActionRepresentation& representation,
                                         std::size_t chunk, std::string_view who);

}  // namespace pianola
