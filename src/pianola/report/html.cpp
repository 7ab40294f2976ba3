#include "pianola/report/html.hpp"

#include <nlohmann/json.hpp>

#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

/// Words of a cell, escaped; long specs may break after their commas.
std::string cell_html(const std::string& cell) {
  const std::string text = escape_html(cell);
  std::string html;
  for (std::size_t i = 0; i < text.size(); ++i) {
    html += text[i];
    if (text[i] == ',' && i + 1 < text.size() && text[i + 1] != ' ') html += "<wbr>";
  }
  return html;
}

std::string row_html(const Table& table, const std::vector<std::string>& cells, const char* tag) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool right = !table.numeric.empty() && table.numeric[i];
    html += std::string("<") + tag +
            (right ? " class=\"number\">" + escape_html(cells[i]) : ">" + cell_html(cells[i])) + "</" + tag + ">";
  }
  return html + "</tr>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const char32_t c = next_code_point(text);
    switch (c) {
      case U'&':
        out += "&amp;";
        break;
      case U'<':
        out += "&lt;";
        break;
      case U'>':
        out += "&gt;";
        break;
      case U'"':
        out += "&quot;";
        break;
      case U'\'':
        out += "&#39;";
        break;
      case U'\n':
      case U'\t':
        out += static_cast<char>(c);
        break;
      default:
        append_code_point(out, c < 0x20 || (c >= 0x7F && c < 0xA0) ? U' ' : c);
    }
  }
  return out;
}

std::string script_json(const nlohmann::ordered_json& value) {
  const std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string table_html(const Table& table, std::string_view caption) {
  check_table(table);
  // Outside of what scrolls: a caption inside would be as wide as the table.
  std::string html = caption.empty() ? "" : "<p class=\"caption\">" + escape_html(caption) + "</p>\n";
  html += "<div class=\"scroll\" tabindex=\"0\"><table>\n";
  html += "<thead>" + row_html(table, table.columns, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += row_html(table, row, "td");
  return html + "</tbody></table></div>\n";
}

}  // namespace pianola
