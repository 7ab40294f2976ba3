// A text as demonstrations of the next character, read-only: one trajectory, whose observation at each step is the
// character before and whose action is the character.
//
//   characters c_0 … c_n of UTF-8 (code points), numbered in the order of their code points: observation h is c_h,
//   action h is c_{h+1}
//
// The vocabulary is info().attributes["characters"], all characters one after the other in UTF-8: number k is the k-th.
// The first character has none before it, so it is only ever seen. Lines are not treated specially; bytes that are no
// UTF-8 are an error, never replaced. Source of UTF-8: RFC 3629.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/data/formats.hpp"

namespace pianola {

/// Code points of UTF-8. @throws DataError naming `where` and the byte that is not well-formed.
std::vector<char32_t> decode_utf8(const std::string& text, const std::string& where);

/// A code point in UTF-8.
std::string encode_utf8(char32_t c);

/// As FormatEntry::detect: a file whose name ends in .txt.
std::string detect_text(const std::string& path);

/// Memory: the whole text. @throws DataError if there are fewer than two characters, or it is no UTF-8; UsageError for
/// options that texts do not have.
std::unique_ptr<TrajectoryReader> open_text(const std::string& path, const ReadOptions& options);

}  // namespace pianola
