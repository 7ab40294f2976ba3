#include "pianola/report/table.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/base/terminal_text.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola {
namespace {

constexpr std::size_t kGap = 2;         // blanks between columns
constexpr std::size_t kNarrowest = 16;  // a column of words is not wrapped to less
constexpr std::size_t kIndent = 2;      // of a cell's second line: rows remain easy to tell apart

using Widths = std::vector<std::size_t>;
using Columns = std::vector<std::size_t>;

bool is_numeric(const Table& table, std::size_t column) { return !table.numeric.empty() && table.numeric[column]; }

/// How wide the cells of a column are, its title aside.
std::size_t cell_width(const Table& table, std::size_t column) {
  std::size_t width = 0;
  for (const auto& row : table.rows) width = std::max(width, display_width(row[column]));
  return width;
}

/// The longest part of a cell that wrapping keeps whole: between blanks and commas, with the indentation of further
/// lines.
std::size_t longest_part(const std::string& cell) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < cell.size();) {
    const std::size_t end = std::min(cell.find_first_of(" ,", at), cell.size() - 1);
    const std::string part = cell.substr(at, end - at + (cell[end] == ' ' ? 0 : 1));
    if (!part.empty()) width = std::max(width, display_width(part) + (at > 0 ? kIndent : 0));
    at = end + 1;
  }
  return width;
}

std::size_t longest_word(const std::string& text) {
  std::istringstream words(text);
  std::size_t width = 0;
  for (std::string word; words >> word;) width = std::max(width, display_width(word));
  return width;
}

std::size_t natural_width(const Table& table, std::size_t column) {
  return std::max(cell_width(table, column), display_width(table.columns[column]));
}

/// Numbers are never wrapped, only their titles; words are, to a width at which they can still be read.
std::size_t narrow_width(const Table& table, std::size_t column) {
  if (!is_numeric(table, column)) return std::min(natural_width(table, column), kNarrowest);
  return std::max(cell_width(table, column), longest_word(table.columns[column]));
}

/// The same, but no word is broken inside.
std::size_t whole_width(const Table& table, std::size_t column) {
  if (is_numeric(table, column)) return narrow_width(table, column);
  std::size_t whole = std::max(kNarrowest, longest_part(table.columns[column]));
  for (const auto& row : table.rows) whole = std::max(whole, longest_part(row[column]));
  return std::min(natural_width(table, column), whole);
}

/// The first column keeps its words whole where all other columns of words and the widest of numbers fit beside it;
/// further columns of words do where their panel has room.
std::size_t least_width(const Table& table, std::size_t column, std::size_t line) {
  if (column > 0) return narrow_width(table, column);
  std::size_t words = 0, numbers = 0;
  for (std::size_t other = 1; other < table.columns.size(); ++other) {
    const std::size_t width = kGap + narrow_width(table, other);
    is_numeric(table, other) ? numbers = std::max(numbers, width) : words += width;
  }
  const std::size_t whole = whole_width(table, 0);
  return whole + words + numbers <= line ? whole : narrow_width(table, 0);
}

/// Columns that fit beside each other. Where not all do, each further panel repeats the first column.
std::vector<Columns> panels_of(const Table& table, std::size_t line) {
  std::vector<Columns> panels{{0}};
  const std::size_t first = least_width(table, 0, line);
  std::size_t used = first;
  for (std::size_t column = 1; column < table.columns.size(); ++column) {
    const std::size_t width = kGap + least_width(table, column, line);
    if (used + width > line && panels.back().size() > 1) {
      panels.push_back({0});
      used = first;
    }
    panels.back().push_back(column);
    used += width;
  }
  return panels;
}

/// Natural widths where they fit. Else titles of numbers are wrapped, and then the widest columns of words, column by
/// column, until the line fits or none can give any.
Widths fitting_widths(const Table& table, const Columns& columns, std::size_t line) {
  Widths widths, least, whole;
  for (const std::size_t column : columns) {
    widths.push_back(natural_width(table, column));
    least.push_back(least_width(table, column, line));
    whole.push_back(whole_width(table, column));
  }
  const std::size_t gaps = kGap * (columns.size() - 1);
  if (std::accumulate(whole.begin(), whole.end(), gaps) <= line) least = whole;
  const auto used = [&] { return std::accumulate(widths.begin(), widths.end(), gaps); };
  if (used() <= line) return widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_numeric(table, columns[i])) widths[i] = least[i];
  }
  for (std::size_t total = used(); total > line; --total) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

/// A row's cells, each in lines.
using Block = std::vector<std::vector<std::string>>;

Block block_of(const std::vector<std::string>& cells, const Columns& columns, const Widths& widths,
               std::size_t indent) {
  Block block;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    block.push_back(wrap_text(cells[columns[i]], {.width = std::max<std::size_t>(1, widths[i]), .indent = indent}));
  }
  return block;
}

std::size_t height_of(const Block& block) {
  std::size_t height = 0;
  for (const auto& lines : block) height = std::max(height, lines.size());
  return height;
}

/// The block's lines side by side; `down` lets short cells stand at the bottom, as titles do above their rule.
std::string side_by_side(const Block& block, const Widths& widths, const std::vector<bool>& right, bool down) {
  std::string text;
  const std::size_t height = height_of(block);
  for (std::size_t at = 0; at < height; ++at) {
    std::string line;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::size_t above = down ? height - block[i].size() : 0;
      const std::string cell = at < above || at - above >= block[i].size() ? "" : block[i][at - above];
      const std::string padding(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      line += (i ? std::string(kGap, ' ') : "") + (right[i] ? padding + cell : cell + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// Wrapped cells may leave room that no line uses.
Widths tight_widths(const std::vector<Block>& blocks) {
  Widths widths(blocks.front().size());
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      for (const std::string& line : block[i]) widths[i] = std::max(widths[i], display_width(line));
    }
  }
  return widths;
}

std::string rule_of(const Widths& widths) {
  std::string rule;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    rule += i ? std::string(kGap, ' ') : "";
    for (std::size_t j = 0; j < widths[i]; ++j) rule += "─";
  }
  return rule + "\n";
}

std::string format_panel(const Table& table, const Columns& columns, std::size_t line) {
  const Widths allowed = fitting_widths(table, columns, line);
  std::vector<bool> right;
  for (const std::size_t column : columns) right.push_back(is_numeric(table, column));
  std::vector<Block> blocks{block_of(table.columns, columns, allowed, 0)};
  for (const auto& row : table.rows) blocks.push_back(block_of(row, columns, allowed, kIndent));
  const Widths widths = tight_widths(blocks);
  std::string text = side_by_side(blocks.front(), widths, right, true) + rule_of(widths);
  for (std::size_t i = 1; i < blocks.size(); ++i) text += side_by_side(blocks[i], widths, right, false);
  return text;
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
  std::string text, out;
  for (const Columns& columns : panels_of(table, width)) {
    text += (text.empty() ? "" : "\n") + format_panel(table, columns, width);
  }
  // A number that is wider than the whole line is cut after all.
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += cut_to_width(line, width) + "\n";
  return out;
}

}  // namespace pianola
