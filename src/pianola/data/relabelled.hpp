// Datasets of demonstrations and of what was relabelled from them (control/augmentation.hpp): the demonstrations come
// first, then the trajectories made of the first one, of the second one, and so on. The attribute `relabelled` holds
// how many were made of each demonstration: "3,0,2".
//
// Whoever splits trajectories, or learns what the expert's next state is, has to tell the two apart: a relabelled
// trajectory is no sample of its own, and its states do not follow each other as the expert's do.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

inline constexpr const char* kRelabelled = "relabelled";  ///< the attribute

/// Of each trajectory [trajectories] the demonstration that it was made of; a demonstration is its own. Datasets
/// without the attribute are all demonstrations.
/// @throws DataError naming the dataset if the attribute is no list of counts, or its trajectories are not so many.
std::vector<std::size_t> demonstrations_of(const DatasetInfo& info, std::size_t trajectories);

/// The attribute's text. counts: [demonstrations].
std::string relabelled_text(std::span<const std::size_t> counts);

}  // namespace pianola
