#include "pianola/report/table.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

constexpr std::size_t kGap = 2;  // blanks between columns

std::vector<std::size_t> natural_widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& title : table.columns) widths.push_back(display_width(title));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

/// Takes columns from the widest one, again and again, until the line fits or every column is one wide.
void shrink(std::vector<std::size_t>& widths, std::size_t line) {
  const std::size_t gaps = kGap * (widths.size() - 1);
  std::size_t used = std::accumulate(widths.begin(), widths.end(), gaps);
  while (used > line) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= 1) return;
    --*widest;
    --used;
  }
}

std::string format_row(const Table& table, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cut_middle(cells[i], widths[i]);
    const std::string padding(widths[i] - display_width(cell), ' ');
    const bool right = !table.numeric.empty() && table.numeric[i];
    line += (i ? std::string(kGap, ' ') : "") + (right ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void check_table(const Table& table) {
  const std::size_t n = table.columns.size();
  if (!table.numeric.empty() && table.numeric.size() != n) {
    throw UsageError("table of " + std::to_string(n) + " columns: 'numeric' has " +
                     std::to_string(table.numeric.size()) + " entries");
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() != n) {
      throw UsageError("table of " + std::to_string(n) + " columns: row " + std::to_string(i) + " has " +
                       std::to_string(table.rows[i].size()) + " cells");
    }
  }
}

std::string format_table(const Table& table, std::size_t width) {
  check_table(table);
  if (table.columns.empty()) return "";
  std::vector<std::size_t> widths = natural_widths(table);
  shrink(widths, width);
  std::string rule;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    rule += i ? std::string(kGap, ' ') : "";
    for (std::size_t j = 0; j < widths[i]; ++j) rule += "─";
  }
  // More columns than the line has room for: the line itself is cut.
  const auto line = [&](std::string_view text) { return cut_to_width(text, width) + "\n"; };
  std::string out = line(format_row(table, table.columns, widths)) + line(rule);
  for (const auto& row : table.rows) out += line(format_row(table, row, widths));
  return out;
}

}  // namespace pianola
