// A table of text, for a terminal and for a page.
#pragma once

#include <string>
#include <vector>

namespace pianola {

/// A table of text. Numbers come formatted.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each of columns.size() cells
  std::vector<bool> numeric = {};              ///< right-aligned columns; empty: none
};

/// @throws UsageError naming the row if a row has more or fewer cells than there are columns, or `numeric` does.
void check_table(const Table& table);

/// The table as text for a terminal, at most `width` columns wide. What does not fit is wrapped, not cut: first cells
/// of words (at blanks, and after commas as in specs; inside a word only where it is longer than any line) and titles;
/// then the columns that are left over follow in a further table below, which repeats the first column. Numeric cells
/// stay on one line.
/// @throws UsageError as check_table.
std::string format_table(const Table& table, std::size_t width = 100);

}  // namespace pianola
