// Pieces of the texts that declare actions (action_declaration.hpp): lists, ranges, names of dimensions and fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// A number after '*', and the last of a range, at most.
inline constexpr std::size_t kMostDeclaredDimensions = std::size_t{1} << 20;

/// Without the blanks at both ends.
std::string_view trimmed(std::string_view text);

/// Parts between commas that stand in no bracket, trimmed. option: for errors. @throws UsageError for an empty part.
std::vector<std::string> parts_of(std::string_view text, const char* option);

/// The number that all of `text` writes.
std::optional<std::size_t> whole_number(std::string_view text);

/// "name(inside)" → name and inside; nothing inside without brackets at the end.
struct Called {
  std::string name;
  std::optional<std::string> inside;
};
Called called(const std::string& text, char open, char close);

/// The action dimensions that `where` names, in order: "3", "3-5", a name, or a name's beginning and '*'.
/// @throws UsageError naming the nearest dimension, or how many there are.
std::vector<std::size_t> dimensions_of(const std::string& where, const DatasetInfo& info, const char* option);

/// The columns of the observation that `text` names: "25", "0-25", "joints", "joints[2]", "joints[0-2]".
/// @throws UsageError naming the nearest field, or how many columns there are.
std::vector<std::uint32_t> columns_of(const std::string& text, const DatasetInfo& info);

}  // namespace pianola
