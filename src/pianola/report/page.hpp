// One self-contained HTML page: headings, text, tables and Vega-Lite charts, readable offline and by mail.
//
// The page's own content security policy forbids every request: what is not in the file cannot be loaded.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pianola/report/table.hpp"

namespace pianola {

/// One page. Everything is escaped; charts are Vega-Lite v5 specs with their data inline (charts.hpp makes them).
class Page {
 public:
  Page(std::string title, std::string subtitle);
  /// A section begins. Three or more make a list of contents.
  Page& heading(std::string_view text);
  /// Line breaks in `text` are kept.
  Page& paragraph(std::string_view text);
  /// A paragraph of these, each on a line of its own behind `before`, with a full stop; nothing for none.
  Page& sentences(std::span<const std::string> lines, std::string_view before = "");
  /// @throws UsageError if a row has not as many cells as there are columns.
  Page& table(const Table& table, std::string_view caption = "");
  /// `caption` says in one sentence what to read into the picture. The numbers follow in a fold.
  /// @throws UsageError if the spec loads data from elsewhere ("url"), for the page could not show it.
  Page& chart(const nlohmann::ordered_json& vega_lite, std::string_view caption);
  /// Key–value lines in a fold: how this was made (command, versions, machine).
  Page& provenance(const std::vector<std::pair<std::string, std::string>>& rows);

  /// The page as HTML, with the chart library and third-party notices inside: no request leaves the reader's machine.
  /// Without a chart library in the build, each chart is the table of its numbers.
  [[nodiscard]] std::string html() const;
  /// Atomic. @throws ResourceError.
  void write(const std::filesystem::path& path) const;
  /// The charts' specs in order, for tests and pictures: as they stand in the page, `<` written \u003c.
  [[nodiscard]] const std::vector<std::string>& charts() const { return charts_; }

 private:
  [[nodiscard]] std::string contents_html() const;
  [[nodiscard]] std::string footer_html() const;

  std::string title_, subtitle_, body_;
  std::vector<std::string> headings_, charts_;
};

}  // namespace pianola
