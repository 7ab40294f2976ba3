// One self-contained HTML page: headings, text, tables and Vega-Lite charts, readable offline and by mail.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// A table of text. Numbers come formatted.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each of columns.size() cells
  std::vector<bool> numeric;                   ///< right-aligned columns; empty: none
};

/// The table as text for a terminal, at most `width` columns wide (long cells are cut with …).
std::string format_table(const Table& table, std::size_t width = 100);

/// One page. Everything is escaped; charts are Vega-Lite v5 specs with their data inline.
class Page {
 public:
  Page(std::string title, std::string subtitle);
  Page& heading(std::string_view text);
  Page& paragraph(std::string_view text);
  Page& table(const Table& table, std::string_view caption = "");
  /// `caption` says in one sentence what to read into the picture.
  Page& chart(const nlohmann::ordered_json& vega_lite, std::string_view caption);
  /// Key–value lines in a fold: how this was made (command, versions, machine).
  Page& provenance(const std::vector<std::pair<std::string, std::string>>& rows);

  /// The page as HTML, with the chart library and third-party notices inside: no request leaves the reader's machine.
  [[nodiscard]] std::string html() const;
  /// Atomic. @throws ResourceError.
  void write(const std::filesystem::path& path) const;
  /// The charts' specs in order, for tests and pictures.
  [[nodiscard]] const std::vector<std::string>& charts() const { return charts_; }

 private:
  std::string title_, subtitle_, body_;
  std::vector<std::string> charts_;
};

}  // namespace pianola
