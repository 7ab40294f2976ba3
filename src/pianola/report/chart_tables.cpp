#include "pianola/report/chart_tables.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/progress.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

void collect_data(const Json& node, std::vector<const Json*>& out) {
  if (node.is_object() && node.contains("data") && node["data"].is_object() && node["data"].contains("values") &&
      node["data"]["values"].is_array()) {
    out.push_back(&node["data"]["values"]);
  }
  for (const auto& [key, child] : node.items()) {
    if (key != "data" && child.is_structured()) collect_data(child, out);
  }
}

struct Column {
  std::string field, title;
  bool numeric = true;  // until a cell says otherwise
};

std::string title_of(const std::string& field, const Json& titles) {
  const auto found = titles.find(field);
  return found != titles.end() && found->is_string() ? found->get<std::string>() : field;
}

std::vector<Column> columns_of(const Json& values, const Json& titles) {
  std::vector<Column> columns;
  for (const Json& row : values) {
    if (!row.is_object()) continue;
    for (const auto& [field, value] : row.items()) {
      auto known = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.field == field; });
      if (known == columns.end()) known = columns.insert(known, {field, title_of(field, titles)});
      known->numeric = known->numeric && (value.is_number() || value.is_null());
    }
  }
  std::erase_if(columns, [](const Column& c) { return c.title.empty(); });
  return columns;
}

std::string cell_text(const Json& row, const std::string& field) {
  const auto found = row.find(field);
  if (found == row.end()) return "";
  if (found->is_null()) return "–";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_float()) return format_number(found->get<double>(), 6);
  return found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

Table table_of(const Json& values, const Json& titles, std::size_t max_rows) {
  const std::vector<Column> columns = columns_of(values, titles);
  Table table;
  for (const Column& column : columns) {
    table.columns.push_back(column.title);
    table.numeric.push_back(column.numeric);
  }
  for (std::size_t i = 0; i < std::min(values.size(), max_rows); ++i) {
    std::vector<std::string>& cells = table.rows.emplace_back();
    for (const Column& column : columns)
      cells.push_back(values[i].is_object() ? cell_text(values[i], column.field) : "");
  }
  if (values.size() > max_rows && !columns.empty()) {
    std::vector<std::string>& last = table.rows.emplace_back(columns.size());
    last.front() = "… and " + format_count(values.size() - max_rows) + " rows more, in the source of this page";
  }
  return table;
}

}  // namespace

std::vector<Table> chart_tables(const Json& vega_lite, std::size_t max_rows) {
  std::vector<const Json*> data;
  collect_data(vega_lite, data);
  const Json titles = vega_lite.value("/usermeta/columns"_json_pointer, Json::object());
  std::vector<Table> tables;
  for (const Json* values : data) {
    Table table = table_of(*values, titles, max_rows);
    if (!table.columns.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace pianola
