// HTML from text: everything is escaped here, and nowhere else.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "pianola/report/table.hpp"

namespace pianola {

/// Text for an element or a quoted attribute: & < > " ' escaped, ill-formed UTF-8 replaced by U+FFFD, control
/// characters but newline and tab by blanks.
std::string escape_html(std::string_view text);

/// JSON for the inside of a <script>: `<` as \u003c, so that neither "</script" nor "<!--" can end it.
std::string script_json(const nlohmann::ordered_json& value);

/// A table that scrolls by itself on a narrow screen; cells of words wrap at blanks and after commas first. `caption`
/// may be empty.
/// @throws UsageError as check_table.
std::string table_html(const Table& table, std::string_view caption);

}  // namespace pianola
