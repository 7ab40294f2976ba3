#include "pianola/theory/experiment_pictures.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/report/chart_look.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPageWidth = 600;  // pixels for charts side by side, beside axes and titles

Json number_field(const std::string& field, const std::string& title = "") {
  Json channel{{"field", field}, {"type", "quantitative"}};
  if (!title.empty()) channel["title"] = title;
  return channel;
}

Json spec_of(const std::string& title) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"title", title}, {"config", chart_look()}};
}

bool drawable(std::span<const double> x, std::span<const Estimate> y) {
  return x.size() == y.size() && x.size() >= 3 && std::ranges::max(x) >= 4.0 * std::ranges::min(x) &&
         std::ranges::all_of(x, [](double v) { return v > 0.0; }) &&
         std::ranges::all_of(y, [](const Estimate& one) { return one.value > 0.0 && std::isfinite(one.value); });
}

/// The line and its band at the ends of the axis and between.
Json fitted_values(std::span<const double> x, std::span<const Estimate> y, const Estimate& slope) {
  RunningMean log_x, log_y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    log_x.add(std::log(x[i]));
    log_y.add(std::log(y[i].value));
  }
  const double first = std::log(std::ranges::min(x)), last = std::log(std::ranges::max(x));
  Json values = Json::array();
  for (int i = 0; i <= 16; ++i) {
    const double at = first + (last - first) * i / 16.0, off = at - log_x.mean();
    const auto height = [&](double s) { return std::exp(log_y.mean() + s * off); };
    const double one = height(slope.low), two = height(slope.high);
    values.push_back({{"x", std::exp(at)},
                      {"fitted", height(slope.value)},
                      {"fitted_low", std::min(one, two)},
                      {"fitted_high", std::max(one, two)}});
  }
  return values;
}

std::string slope_text(const Estimate& slope) {
  return "slope " + format_number(slope.value, 3) + " (" + format_number(slope.low, 3) + " … " +
         format_number(slope.high, 3) + ")";
}

/// Counts as numbers, half-widths as powers of two.
std::string label_of(double value) { return value >= 1.0 ? format_number(value) : epsilon_name(value); }

/// In the order of first appearance.
std::vector<std::string> distinct(std::span<const FacetPoint> points, std::string FacetPoint::*field) {
  std::vector<std::string> all;
  for (const FacetPoint& point : points) {
    if (std::ranges::find(all, point.*field) == all.end()) all.push_back(point.*field);
  }
  return all;
}

/// How far beyond what is required; 0 where that is no ratio.
double beyond(const Check& check) {
  const double product = check.judged * check.required;
  if (!(product > 0.0) || !std::isfinite(product)) return 0.0;
  const bool larger_is_more = (check.relation == Relation::at_least) == (check.required > 0.0);
  return larger_is_more ? check.judged / check.required : check.required / check.judged;
}

}  // namespace

Json with_fit(Json chart, std::span<const double> x, std::span<const Estimate> y) {
  if (!drawable(x, y) || !chart.contains("layer")) return chart;
  const Estimate slope = fitted_slope(x, y);
  const Json values = fitted_values(x, y, slope), quiet{{"value", kQuietColour}};
  const Json band{{"mark", {{"type", "area"}, {"opacity", 0.2}, {"tooltip", nullptr}}},
                  {"encoding",
                   {{"x", number_field("x")},
                    {"y", number_field("fitted_low")},
                    {"y2", {{"field", "fitted_high"}}},
                    {"color", quiet}}}};
  const Json line{{"mark", {{"type", "line"}, {"strokeWidth", 1.5}, {"tooltip", nullptr}}},
                  {"encoding", {{"x", number_field("x")}, {"y", number_field("fitted")}, {"color", quiet}}}};
  const Json place{{"values", Json::array({Json{{"x", values[8]["x"]}, {"fitted", values[8]["fitted"]}}})}};
  const Json text{
      {"data", place},
      {"mark",
       {{"type", "text"}, {"text", slope_text(slope)}, {"align", "left"}, {"dx", 8}, {"dy", -9}, {"fontSize", 12}}},
      {"encoding", {{"x", number_field("x")}, {"y", number_field("fitted")}, {"color", quiet}}}};
  chart["layer"].push_back({{"data", {{"values", values}}}, {"layer", Json::array({band, line})}});
  chart["layer"].push_back(text);
  return chart;
}

Json plane_chart(const std::string& title, const std::vector<std::string>& names, std::span<const PlaneCell> cells) {
  if (names.size() != 3)
    throw UsageError("plane chart: names of x, y and the value, not " + std::to_string(names.size()));
  Json values = Json::array();
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const PlaneCell& cell : cells) {
    values.push_back({{"x", label_of(cell.x)},
                      {"y", label_of(cell.y)},
                      {"value", cell.value},
                      {"text", format_number(cell.value, 2)}});
    least = std::min(least, cell.value);
    most = std::max(most, cell.value);
  }
  const auto category = [](const char* field, const std::string& name) {
    return Json{
        {"field", field}, {"type", "nominal"}, {"sort", nullptr}, {"title", name}, {"axis", {{"labelAngle", 0}}}};
  };
  Json spec = spec_of(title);
  spec["width"] = "container";
  spec["height"] = {{"step", 30}};
  spec["data"] = {{"values", values}};
  spec["encoding"] = {{"x", category("x", names[0])}, {"y", category("y", names[1])}};
  const Json colour{
      {"field", "value"}, {"type", "quantitative"}, {"title", names[2]}, {"scale", {{"scheme", "viridis"}}}};
  const Json light{{"condition", {{"test", "datum.value > " + Json(0.5 * (least + most)).dump()}, {"value", "black"}}},
                   {"value", "white"}};
  spec["layer"] =
      Json::array({Json{{"mark", "rect"}, {"encoding", {{"color", colour}}}},
                   Json{{"mark", {{"type", "text"}, {"fontSize", 11}}},
                        {"encoding", {{"text", {{"field", "text"}, {"type", "nominal"}}}, {"color", light}}}}});
  spec["usermeta"] = {{"columns", {{"x", names[0]}, {"y", names[1]}, {"value", names[2]}, {"text", ""}}}};
  return spec;
}

Json facet_chart(const std::string& title, const std::string& x, const std::string& y,
                 std::span<const FacetPoint> points, const std::vector<std::string>& all) {
  Json values = Json::array();
  for (const FacetPoint& point : points) {
    values.push_back(
        {{"column", point.column}, {"row", point.row}, {"series", point.series}, {"x", point.x}, {"y", point.y}});
  }
  const auto columns = distinct(points, &FacetPoint::column), rows = distinct(points, &FacetPoint::row),
             series = distinct(points, &FacetPoint::series);
  const auto header = [](const char* field, const std::vector<std::string>& order) {
    return Json{{"field", field}, {"type", "nominal"}, {"sort", order}, {"title", nullptr}};
  };
  const auto axis = [](const char* field, const std::string& name, int base) {
    return Json{{"field", field},
                {"type", "quantitative"},
                {"title", name},
                {"scale", {{"type", "log"}, {"base", base}}},
                {"axis", {{"tickCount", 4}, {"format", "~g"}}}};
  };
  for (const std::string& name : series) {
    if (!all.empty() && std::ranges::find(all, name) == all.end()) throw_unknown_name("series of the chart", name, all);
  }
  Json colour = header("series", series);
  colour["scale"] = {{"domain", all.empty() ? series : all}};  // the order fixes the colours
  colour["legend"] = {{"values", series}};
  Json dashes = colour;  // the later ones dashed, so that equal lines are both seen
  dashes["legend"] = nullptr;
  Json spec = spec_of(title);
  spec["data"] = {{"values", values}};
  spec["facet"] = {{"column", header("column", columns)}, {"row", header("row", rows)}};
  spec["spec"] = {
      {"width", kPageWidth / std::max<int>(1, static_cast<int>(columns.size())) - 20},
      {"height", 110},
      {"mark", {{"type", "line"}, {"point", true}, {"strokeWidth", 1.25}}},
      {"encoding", {{"x", axis("x", x, 2)}, {"y", axis("y", y, 10)}, {"color", colour}, {"strokeDash", dashes}}}};
  spec["usermeta"] = {{"columns", {{"column", "columns"}, {"row", "rows"}, {"series", "series"}, {"x", x}, {"y", y}}}};
  return spec;
}

Json control_chart(const ExperimentResult& result) {
  Json values = Json::array();
  double least = 1.0;
  for (const Check& check : result.checks) {
    const double ratio = check.control ? beyond(check) : 0.0;
    if (!(ratio > 0.0)) continue;
    values.push_back({{"control", check.name}, {"beyond", ratio}, {"just", 1.0}});
    least = std::min(least, ratio);
  }
  if (values.empty()) return nullptr;
  const Json scale{{"type", "log"}, {"domainMin", 0.9 * least}};
  const Json x{{"field", "beyond"},
               {"type", "quantitative"},
               {"title", "times what it has to reach"},
               {"scale", scale},
               {"axis", {{"format", "~g"}}}};
  const Json y{{"field", "control"},
               {"type", "nominal"},
               {"sort", nullptr},
               {"title", nullptr},
               {"axis", {{"labelLimit", 420}, {"grid", false}}}};
  Json spec = spec_of("Controls: how far each lies beyond what it has to reach");
  spec["width"] = "container";
  spec["height"] = {{"step", 22}};
  spec["data"] = {{"values", values}};
  spec["encoding"] = {{"y", y}};
  spec["layer"] =
      Json::array({Json{{"mark", {{"type", "rule"}, {"strokeWidth", 2}}},
                        {"encoding", {{"x", number_field("just")}, {"x2", {{"field", "beyond"}}}}}},
                   Json{{"mark", {{"type", "point"}, {"filled", true}, {"size", 60}}}, {"encoding", {{"x", x}}}}});
  spec["usermeta"] = {{"columns", {{"control", "control"}, {"beyond", "times"}, {"just", ""}}}};
  return spec;
}

}  // namespace pianola
