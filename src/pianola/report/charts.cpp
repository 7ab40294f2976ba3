#include "pianola/report/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/terminal_text.hpp"
#include "pianola/report/chart_look.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

// A legend's line holds so many letters, each entry's symbol and gap included: more would be cut off at its right end.
constexpr std::size_t kLegendWidth = 90, kLegendSymbol = 4;

// Above and below the marks, pixels: a curve's name stands beyond its end, and not on the axis.
constexpr int kCurveRoom = 26;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json spec_of(const std::string& title, const std::string& subtitle) {
  Json spec = {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}};
  if (!subtitle.empty()) {
    spec["title"] = {{"text", title}, {"subtitle", subtitle}};
  } else if (!title.empty()) {
    spec["title"] = title;
  }
  spec["width"] = "container";
  spec["autosize"] = {{"type", "fit-x"}, {"contains", "padding"}};
  return spec;
}

/// The series in the order of the legend. @throws UsageError if one is missing in a given list.
std::vector<std::string> series_order(const std::vector<std::string>& used, const std::vector<std::string>& given) {
  std::vector<std::string> order = given;
  for (const std::string& name : used) {
    if (std::find(order.begin(), order.end(), name) != order.end()) continue;
    if (!given.empty()) throw_unknown_name("series of the chart", name, given);
    order.push_back(name);
  }
  return order;
}

/// Encoding by colour: the order fixes the colours, and the legend shows only what is there.
Json series_channel(const std::vector<std::string>& order, const std::vector<std::string>& used,
                    const std::string& title) {
  Json channel = {{"field", "series"}, {"type", "nominal"}, {"title", title}, {"scale", {{"domain", order}}}};
  const std::set<std::string> distinct(used.begin(), used.end());
  if (distinct.size() < 2) {
    channel["legend"] = nullptr;
    return channel;
  }
  Json shown = Json::array();
  std::size_t longest = 0;
  for (const std::string& name : order) {
    if (!distinct.count(name)) continue;
    shown.push_back(name);
    longest = std::max(longest, display_width(name));
  }
  channel["legend"] = {{"values", shown},
                       {"title", title.empty() ? Json(nullptr) : Json(title)},
                       {"columns", std::clamp<std::size_t>(kLegendWidth / (longest + kLegendSymbol), 1, 4)}};
  return channel;
}

/// Labels of a logarithmic axis: powers of its base, and for less than two decades 2 and 5 times powers of ten too.
std::vector<double> log_ticks(double low, double high, double base) {
  std::vector<double> ticks;
  if (!(low > 0.0) || !(high > low) || !(base > 1.0)) return ticks;
  const double powers = (std::log(high) - std::log(low)) / std::log(base);  // the quotient may overflow
  const int stride = std::max(1, static_cast<int>(powers / 9.0));
  const int first = static_cast<int>(std::floor(std::log(low) / std::log(base)));
  for (int k = first; k <= first + static_cast<int>(powers) + 1; k += stride) {
    const double power = std::pow(base, k);
    ticks.push_back(power);
    if (base == 10.0 && powers < 2.0) ticks.insert(ticks.end(), {2.0 * power, 5.0 * power});
  }
  std::erase_if(ticks, [&](double t) { return t < low * (1.0 - 1e-9) || t > high * (1.0 + 1e-9); });
  return ticks.size() < 2 ? std::vector<double>() : ticks;
}

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = 0.0;  // of the positive numbers
  void add(double v) {
    if (!(v > 0.0) || !std::isfinite(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
};

/// `padding`: pixels between the outermost marks and the edges.
Json axis_channel(const char* field, const ChartAxis& axis, const Extent& extent, int padding) {
  Json scale = {{"zero", axis.zero}, {"nice", axis.ticks.empty() && padding == 0}};
  if (axis.log) scale = {{"type", "log"}, {"base", axis.log_base}, {"nice", false}};
  if (padding > 0) scale["padding"] = padding;
  const auto ticks = axis.log && axis.ticks.empty() ? log_ticks(extent.low, extent.high, axis.log_base) : axis.ticks;
  Json look = Json::object();
  if (!ticks.empty()) look["values"] = ticks;
  if (!axis.format.empty() || axis.log) look["format"] = axis.format.empty() ? ",~g" : axis.format;
  return {{"field", field}, {"type", "quantitative"}, {"title", axis.title}, {"scale", scale}, {"axis", look}};
}

struct Rows {
  Json values = Json::array();
  std::size_t left_out = 0;  // not positive on a logarithmic axis
  std::size_t halved = 0;    // intervals whose lower ends are not
  bool intervals = false;
  std::size_t longest = 0;  // points of the longest series
  Extent x, y;
  bool drawn = false;  // at least one point can be shown
};

bool drawable(double value, const ChartAxis& axis) { return std::isfinite(value) && (!axis.log || value > 0.0); }

bool is_curve(const XyChart& chart, const std::string& series) {
  return std::find(chart.curves.begin(), chart.curves.end(), series) != chart.curves.end();
}

Rows rows_of(const XyChart& chart) {
  Rows rows;
  std::map<std::string, std::size_t> counts;
  for (const ChartPoint& p : chart.points) {
    Json row = {{"series", p.series}, {"x", number(p.x)}, {"y", number(p.y)}};
    if (std::isfinite(p.low) && std::isfinite(p.high)) {
      row["low"] = p.low;
      row["high"] = p.high;
      rows.intervals = true;
      rows.halved += chart.y.log && p.low <= 0.0 && p.y > 0.0;
    }
    rows.x.add(p.x);
    for (const double v : {p.y, p.low, p.high}) rows.y.add(v);
    rows.drawn = rows.drawn || (drawable(p.x, chart.x) && drawable(p.y, chart.y));
    rows.left_out += (chart.x.log && p.x <= 0.0) || (chart.y.log && p.y <= 0.0);
    if (!is_curve(chart, p.series)) rows.longest = std::max(rows.longest, ++counts[p.series]);
    rows.values.push_back(std::move(row));
  }
  return rows;
}

/// The interval as one text for tooltips, since not every point has one.
Json interval_text() {
  return {{"calculate", "isValid(datum.low) ? format(datum.low, '.4~g') + ' … ' + format(datum.high, '.4~g') : '–'"},
          {"as", "interval"}};
}

/// What a logarithmic axis cannot show is taken out here, in the picture; the data keep it for the reader's table.
/// Of an interval that reaches 0 the upper part is shown: down to the axis' end it would look like the widest of all.
Json transforms_of(const XyChart& chart, const Rows& rows) {
  Json list = Json::array();
  if (rows.intervals) list.push_back(interval_text());
  if (chart.x.log) list.push_back({{"filter", "datum.x > 0"}});
  if (chart.y.log) {
    list.push_back({{"calculate", "datum.y > 0 ? datum.y : null"}, {"as", "y"}});
    list.push_back(
        {{"calculate", "isValid(datum.low) ? (datum.low > 0 ? datum.low : datum.y) : null"}, {"as", "from"}});
  } else if (rows.intervals) {
    list.push_back({{"calculate", "datum.low"}, {"as", "from"}});
  }
  return list;
}

Json tooltip(const XyChart& chart, bool intervals, bool series) {
  Json list = Json::array();
  if (series) {
    list.push_back({{"field", "series"}, {"title", chart.series_title.empty() ? "series" : chart.series_title}});
  }
  list.push_back({{"field", "x"}, {"title", chart.x.title}, {"type", "quantitative"}, {"format", ".6~g"}});
  list.push_back({{"field", "y"}, {"title", chart.y.title}, {"type", "quantitative"}, {"format", ".4~g"}});
  if (intervals) list.push_back({{"field", "interval"}, {"title", "95 %"}, {"type", "nominal"}});
  return list;
}

/// The rule spans the chart; position and colour are set here, or they would be sought in the reference's own data.
Json reference_layer(const ChartReference& reference) {
  const Json data = {{"values", Json::array({Json{{"y", number(reference.y)}, {"label", reference.label}}})}};
  const Json y = {{"field", "y"}, {"type", "quantitative"}}, grey = {{"value", kQuietColour}};
  const Json rule = {{"mark", {{"type", "rule"}, {"strokeDash", {5, 4}}, {"strokeWidth", 1.5}}},
                     {"encoding", {{"y", y}, {"x", {{"value", 0}}}, {"x2", {{"value", "width"}}}, {"color", grey}}}};
  const Json label = {{"field", "label"}, {"type", "nominal"}};
  const Json text = {
      {"mark", {{"type", "text"}, {"align", "left"}, {"baseline", "bottom"}, {"dx", 4}, {"dy", -3}, {"fontSize", 12}}},
      {"encoding", {{"y", y}, {"x", {{"value", 0}}}, {"color", grey}, {"text", label}}}};
  return {{"data", data}, {"layer", Json::array({rule, text})}};
}

std::string left_out_note(const Rows& rows) {
  std::string note;
  if (rows.left_out > 0) {
    note = fmt::format("{} {} ≤ 0 not shown on a logarithmic axis", rows.left_out,
                       rows.left_out == 1 ? "value" : "values");
  }
  if (rows.halved > 0) {
    note += fmt::format("{}{} {} 0: only the upper part is shown", note.empty() ? "" : "; ", rows.halved,
                        rows.halved == 1 ? "interval reaches" : "intervals reach");
  }
  return note;
}

struct Marks {
  bool band, bars, line, points;
};

/// "indexof([\"bound\"], datum.series) < 0" and its opposite: which series a layer shows.
Json only(const std::vector<std::string>& curves, bool wanted) {
  const std::string found = "indexof(" + Json(curves).dump() + ", datum.series)";
  return Json::array({Json{{"filter", found + (wanted ? " >= 0" : " < 0")}}});
}

/// The name of a curve where it ends, on the side that the curve does not come from.
Json curve_label(const ChartPoint& first, const ChartPoint& last) {
  const bool falls = last.y < first.y;
  const Json mark = {{"type", "text"},
                     {"align", "right"},
                     {"baseline", falls ? "top" : "bottom"},
                     {"dy", falls ? 5 : -5},
                     {"fontSize", 12}};
  return {{"data", {{"values", Json::array({Json{{"x", last.x}, {"y", last.y}, {"label", last.series}}})}}},
          {"mark", mark},
          {"encoding",
           {{"x", {{"field", "x"}, {"type", "quantitative"}}},
            {"y", {{"field", "y"}, {"type", "quantitative"}}},
            {"color", {{"value", kQuietColour}}},
            {"text", {{"field", "label"}, {"type", "nominal"}}}}}};
}

/// Grey and dashed, with its name.
Json curve_layer(const XyChart& chart, const Json& tip) {
  const Json grey = {{"value", kQuietColour}};
  const Json line = {
      {"transform", only(chart.curves, true)},
      {"mark", {{"type", "line"}, {"strokeWidth", 1.5}, {"strokeDash", {5, 4}}, {"clip", true}}},
      {"encoding",
       {{"order", {{"value", nullptr}}}, {"detail", {{"field", "series"}}}, {"color", grey}, {"tooltip", tip}}}};
  std::map<std::string, std::pair<ChartPoint, ChartPoint>> ends;  // first and last
  for (const ChartPoint& p : chart.points) {
    if (is_curve(chart, p.series) && drawable(p.x, chart.x) && drawable(p.y, chart.y)) {
      ends.try_emplace(p.series, p, p).first->second.second = p;
    }
  }
  Json layers = Json::array({line});
  for (const auto& [series, both] : ends) layers.push_back(curve_label(both.first, both.second));
  return {{"layer", layers}};
}

Json interval_layer(const char* type, const Json& extra) {
  Json mark = {{"type", type}};
  mark.update(extra);
  return {{"transform", Json::array({Json{{"filter", "isValid(datum.from)"}}})},
          {"mark", mark},
          {"encoding", {{"y", {{"field", "from"}, {"type", "quantitative"}}}, {"y2", {{"field", "high"}}}}}};
}

Json layers_of(const XyChart& chart, const Rows& rows, const Marks& marks, const Json& color) {
  const Json tip = tooltip(chart, rows.intervals, !color["legend"].is_null());
  Json layers = Json::array();
  const auto add = [&](Json layer) {
    if (!chart.curves.empty() && !layer.contains("transform")) layer["transform"] = only(chart.curves, false);
    layers.push_back(std::move(layer));
  };
  for (const ChartReference& reference : chart.references) layers.push_back(reference_layer(reference));
  if (!chart.curves.empty()) layers.push_back(curve_layer(chart, tip));
  if (marks.band && rows.intervals) {
    layers.push_back(interval_layer("area", {{"opacity", 0.18}, {"clip", true}, {"tooltip", nullptr}}));
  }
  if (marks.bars && rows.intervals) {
    layers.push_back(interval_layer("rule", {{"strokeWidth", 1.5}, {"clip", true}}));
  }
  if (marks.line) {
    const double width = marks.points ? 1.25 : 2.0;
    Json mark = {{"type", "line"}, {"strokeWidth", width}, {"strokeJoin", "round"}, {"clip", true}};
    add({{"mark", mark}, {"encoding", {{"order", {{"value", nullptr}}}, {"tooltip", tip}}}});
  }
  if (marks.points) {
    Json shape = color;  // the same scale and legend: shapes tell series apart where colours do not
    add({{"mark", {{"type", "point"}, {"filled", true}, {"size", 55}, {"opacity", 1}, {"clip", true}}},
         {"encoding", {{"shape", shape}, {"tooltip", tip}}}});
  } else if (marks.line) {
    // Invisible targets: a thin line is hard to hit with a pointer.
    add({{"mark", {{"type", "point"}, {"filled", true}, {"size", 120}, {"opacity", 0}, {"clip", true}}},
         {"encoding", {{"tooltip", tip}}}});
  }
  return layers;
}

Json xy_chart(const XyChart& chart, Marks marks) {
  const Rows rows = rows_of(chart);
  std::vector<std::string> used;
  used.reserve(chart.points.size());
  for (const ChartPoint& p : chart.points) {
    if (!is_curve(chart, p.series)) used.push_back(p.series);
  }
  const auto order = series_order(used, chart.series);
  const bool several = std::set<std::string>(used.begin(), used.end()).size() > 1;
  marks.points = marks.points || rows.longest <= 12;  // few points: show which they are
  Json spec = spec_of(chart.title, left_out_note(rows));
  spec["height"] = chart.height;
  spec["data"] = {{"values", rows.values}};
  const Json color = series_channel(order, used, chart.series_title);
  if (const Json transforms = transforms_of(chart, rows); !transforms.empty()) spec["transform"] = transforms;
  const int padding = marks.points ? 14 : 0;
  const int named = chart.curves.empty() ? padding : std::max(padding, kCurveRoom);
  spec["encoding"] = {{"x", axis_channel("x", chart.x, rows.x, padding)},
                      {"y", axis_channel("y", chart.y, rows.y, named)},
                      {"color", color}};
  if (!rows.drawn) {  // axes need some range, or their numbers are none
    for (const char* axis : {"x", "y"}) spec["encoding"][axis]["scale"]["domain"] = {1, 10};
  }
  spec["layer"] = layers_of(chart, rows, marks, color);
  spec["config"] = chart_look();
  const std::string heading = chart.series_title.empty() ? "series" : chart.series_title;
  Json columns = {{"series", several ? heading : ""}, {"x", chart.x.title}, {"y", chart.y.title}};
  columns.update({{"low", "95 % from"}, {"high", "to"}});
  spec["usermeta"] = {{"columns", columns}};
  return spec;
}

Json bar_layers(const BarChart& chart, bool several, bool intervals) {
  Json value = {{"field", "value"}, {"type", "quantitative"}, {"title", chart.value_title}};
  if (!chart.format.empty()) value["axis"] = {{"format", chart.format}};
  Json tip = Json::array({Json{{"field", "category"}, {"title", chart.category_title}}});
  if (several) tip.push_back({{"field", "series"}, {"title", chart.series_title}});
  tip.push_back({{"field", "value"}, {"title", chart.value_title}, {"type", "quantitative"}, {"format", ".4~g"}});
  if (intervals) tip.push_back({{"field", "interval"}, {"title", "95 %"}, {"type", "nominal"}});
  const Json low = {{"field", "low"}, {"type", "quantitative"}, {"title", chart.value_title}};
  const Json interval = {{"transform", Json::array({Json{{"filter", "isValid(datum.low)"}}})},
                         {"mark", {{"type", "rule"}, {"strokeWidth", 1.5}, {"color", kQuietColour}}},
                         {"encoding", {{"x", low}, {"x2", {{"field", "high"}}}, {"color", {{"value", kQuietColour}}}}}};
  const Json bars = {{"mark", {{"type", "bar"}, {"cornerRadiusEnd", 2}}},
                     {"encoding", {{"x", value}, {"tooltip", tip}}}};
  return intervals ? Json::array({bars, interval}) : Json::array({bars});
}

}  // namespace

ChartPoint chart_point(std::string series, double x, const Estimate& estimate) {
  return {std::move(series), x, estimate.value, estimate.low, estimate.high};
}

Json line_chart(const XyChart& chart) { return xy_chart(chart, {true, false, true, false}); }
Json point_chart(const XyChart& chart) { return xy_chart(chart, {false, true, false, true}); }
Json trend_chart(const XyChart& chart) { return xy_chart(chart, {false, true, true, true}); }

Json bar_chart(const BarChart& chart) {
  std::vector<std::string> used;
  Json values = Json::array();
  bool intervals = false;
  for (const Bar& bar : chart.bars) {
    Json row = {{"category", bar.category}, {"series", bar.series}, {"value", number(bar.value)}};
    if (std::isfinite(bar.low) && std::isfinite(bar.high)) {
      row.update({{"low", bar.low}, {"high", bar.high}});
      intervals = true;
    }
    used.push_back(bar.series);
    values.push_back(std::move(row));
  }
  const Json color = series_channel(series_order(used, chart.series), used, chart.series_title);
  const bool several = !color["legend"].is_null();
  Json spec = spec_of(chart.title, "");
  spec["height"] = {{"step", several ? 16 : 28}};
  spec["data"] = {{"values", values}};
  Json category = {{"field", "category"},
                   {"type", "nominal"},
                   {"title", chart.category_title},
                   {"sort", nullptr},
                   {"axis", {{"labelLimit", 320}, {"grid", false}}}};
  spec["encoding"] = {{"y", category}, {"color", color}};
  if (several)
    spec["encoding"]["yOffset"] = {{"field", "series"}, {"type", "nominal"}, {"sort", color["scale"]["domain"]}};
  if (intervals) spec["transform"] = Json::array({interval_text()});
  spec["layer"] = bar_layers(chart, several, intervals);
  spec["config"] = chart_look();
  spec["config"]["axisX"] = {{"grid", true}, {"domain", false}, {"ticks", false}, {"tickCount", 6}};
  spec["config"]["axisY"] = {{"grid", false}, {"ticks", false}};
  const std::string heading = chart.series_title.empty() ? "series" : chart.series_title;
  spec["usermeta"] = {{"columns",
                       {{"category", chart.category_title},
                        {"series", several ? heading : ""},
                        {"value", chart.value_title},
                        {"low", "95 % from"},
                        {"high", "to"}}}};
  return spec;
}

}  // namespace pianola
