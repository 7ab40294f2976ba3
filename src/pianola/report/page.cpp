#include "pianola/report/page.hpp"

#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/report/chart_library.hpp"
#include "pianola/report/chart_tables.hpp"
#include "pianola/report/html.hpp"
#include "pianola/report/page_assets.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

// Inline script and style, pictures made in the page, and nothing from anywhere. Vega compiles its expressions (eval).
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:";

constexpr const char* kNoLibrary =
    "Shown as numbers: this Pianola was built without its chart library (the Python package vl-convert-python).";

bool loads_data(const Json& node) {
  if (node.is_object() && node.contains("data") && node["data"].is_object() && node["data"].contains("url"))
    return true;
  for (const auto& [key, child] : node.items()) {
    // Inline data are plain values, whatever their fields are called.
    if (key != "values" && child.is_structured() && loads_data(child)) return true;
  }
  return false;
}

std::string tables_html(const Json& vega_lite) {
  std::string html;
  for (const Table& table : chart_tables(vega_lite)) html += table_html(table, "");
  return html;
}

std::string fold(std::string_view summary, const std::string& inside) {
  return "<details><summary>" + escape_html(summary) + "</summary>\n" + inside + "</details>\n";
}

}  // namespace

Page::Page(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

Page& Page::heading(std::string_view text) {
  headings_.emplace_back(text);
  body_ += "<h2 id=\"section-" + std::to_string(headings_.size()) + "\">" + escape_html(text) + "</h2>\n";
  return *this;
}

Page& Page::paragraph(std::string_view text) {
  body_ += "<p>" + escape_html(text) + "</p>\n";
  return *this;
}

Page& Page::sentences(std::span<const std::string> lines, std::string_view before) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + std::string(before) + line + ".";
  return text.empty() ? *this : paragraph(text);
}

Page& Page::table(const Table& table, std::string_view caption) {
  body_ += table_html(table, caption);
  return *this;
}

Page& Page::chart(const Json& vega_lite, std::string_view caption) {
  if (!vega_lite.is_object() || loads_data(vega_lite)) {
    throw UsageError("page '" + title_ + "': a chart must be a Vega-Lite object with its data inline, without 'url'");
  }
  charts_.push_back(script_json(vega_lite));
  const std::string id = "chart-" + std::to_string(charts_.size());
  const std::string words = "<figcaption>" + escape_html(caption) + "</figcaption>\n";
  const std::string spec = "<script type=\"application/json\" class=\"chart-spec\" data-into=\"" + id + "\">" +
                           charts_.back() + "</script>\n";
  body_ += "<figure>\n";
  if (chart_library().empty()) {
    body_ += tables_html(vega_lite) + words + "<p class=\"chart failed\">" + escape_html(kNoLibrary) + "</p>\n" + spec;
  } else {
    body_ += "<div class=\"chart\" id=\"" + id + "\" role=\"img\" aria-label=\"" + escape_html(caption) +
             "\"></div>\n" + words + fold("The numbers", tables_html(vega_lite)) + spec;
  }
  body_ += "</figure>\n";
  return *this;
}

Page& Page::provenance(const std::vector<std::pair<std::string, std::string>>& rows) {
  Table table{{"", ""}, {}, {}};
  for (const auto& [key, value] : rows) table.rows.push_back({key, value});
  body_ += "<div class=\"provenance\">" + fold("How this page was made", table_html(table, "")) + "</div>\n";
  return *this;
}

std::string Page::contents_html() const {
  if (headings_.size() < 3) return "";
  std::string html = "<nav aria-label=\"Contents\"><ol>\n";
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    html += "<li><a href=\"#section-" + std::to_string(i + 1) + "\">" + escape_html(headings_[i]) + "</a></li>\n";
  }
  return html + "</ol></nav>\n";
}

std::string Page::footer_html() const {
  std::string html = "<footer>\n<p>Made by Pianola " PIANOLA_VERSION ". This file is complete: it loads nothing.</p>\n";
  if (!charts_.empty() && !chart_library().empty()) {
    html += "<noscript><p>The charts need JavaScript; their numbers stand under each of them.</p></noscript>\n";
    html += fold("Third-party notices", "<pre>" + escape_html(chart_notices()) + "</pre>\n");
  }
  return html + "</footer>\n";
}

std::string Page::html() const {
  const std::string title = escape_html(title_);
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += std::string("<meta http-equiv=\"Content-Security-Policy\" content=\"") + kPolicy + "\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<title>" + title + "</title>\n<link rel=\"icon\" href=\"data:,\">\n";
  html.append("<style>").append(page_style()).append("</style>\n</head>\n<body>\n");
  html += "<header>\n<h1>" + title + "</h1>\n<p>" + escape_html(subtitle_) + "</p>\n</header>\n";
  html += contents_html() + "<main>\n" + body_ + "</main>\n" + footer_html();
  if (!charts_.empty() && !chart_library().empty()) {
    html.append("<script>").append(chart_library()).append("</script>\n");
    html.append("<script>").append(page_script()).append("</script>\n");
  }
  return html + "</body>\n</html>\n";
}

void Page::write(const std::filesystem::path& path) const { write_file(path, html()); }

}  // namespace pianola
