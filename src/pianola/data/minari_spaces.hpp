// Minari's serialised Gymnasium spaces (minari/serialization.py): JSON objects with "type", nested in Dict and Tuple.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// A serialised space; Python's Infinity and NaN, which JSON has not, become null.
/// @throws DataError beginning with `where` if it is no JSON object.
nlohmann::json parse_space(const std::string& text, const std::string& where);

/// The space of a leaf: "observation", "_index_0/x"; "" is the space itself. Null where there is none.
nlohmann::json space_at(const nlohmann::json& space, const std::string& leaf);

/// As minari.dataset.minari_storage.is_image_space: a uint8 Box [≥ 32, ≥ 32(, …)] from 0 to 255, which is stored as
/// JPEG.
bool is_image_space(const nlohmann::json& space);

/// Range and kinds of `dims` actions of one leaf's space, appended: finite Box → range, Discrete → categorical, …
/// Without a finite range, info.action_range is cleared and stays so.
void append_action_space(const nlohmann::json& space, std::size_t dims, DatasetInfo& info);

/// A Box of `dim` numbers of a type. Empty bounds: unbounded.
nlohmann::json box_space(std::size_t dim, const std::string& type, const ActionRange& range = {});

}  // namespace pianola
