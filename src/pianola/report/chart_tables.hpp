// The numbers behind a chart as tables: for readers without the picture, and for those who want the figures.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "pianola/report/table.hpp"

namespace pianola {

/// The inline data sets ("data": {"values": […]}) of a Vega-Lite spec, outermost first. Columns are the fields in order
/// of appearance, named as `usermeta.columns` says (an empty name leaves the field out). Rows beyond `max_rows` are
/// replaced by one that says how many there are.
std::vector<Table> chart_tables(const nlohmann::ordered_json& vega_lite, std::size_t max_rows = 500);

}  // namespace pianola
