// Text in columns: how wide a terminal draws it, and cutting it to a width. UTF-8; ill-formed bytes become U+FFFD.
//
// Widths follow UAX #11 in blocks (CJK and emoji two columns, combining marks none), not each character's own table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pianola {

/// Removes and returns the first code point; U+FFFD for an ill-formed, overlong or surrogate sequence. text not empty.
char32_t next_code_point(std::string_view& text) noexcept;

/// Appends the code point as UTF-8. c ≤ U+10FFFF, no surrogate.
void append_code_point(std::string& text, char32_t c);

/// Columns that a terminal uses; control characters count one, as clean_text shows them.
std::size_t display_width(std::string_view text) noexcept;

/// Well-formed UTF-8 on one line: ill-formed bytes become U+FFFD, control characters blanks.
std::string clean_text(std::string_view text);

/// clean_text cut to at most `width` columns, ending in … where something was cut off.
std::string cut_to_width(std::string_view text, std::size_t width);

/// clean_text cut to at most `width` columns, with … in its middle: the ends of long names tell them apart.
std::string cut_middle(std::string_view text, std::size_t width);

}  // namespace pianola
