#include "pianola/report/histogram_chart.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/report/chart_look.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

Json rows_of(std::span<const HistogramPanel> panels) {
  Json rows = Json::array();
  for (const HistogramPanel& panel : panels) {
    // What never changes gets a bar that can be seen.
    const double width = panel.width > 0.0 ? panel.width : std::max(1e-3 * std::abs(panel.low), 1e-9);
    for (std::size_t i = 0; i < panel.counts.size(); ++i) {
      const double low = panel.low + static_cast<double>(i) * width;
      rows.push_back({{"name", panel.name}, {"low", low}, {"high", low + width}, {"count", panel.counts[i]}});
    }
  }
  return rows;
}

}  // namespace

Json histogram_chart(const std::string& title, std::span<const HistogramPanel> panels, int columns) {
  const Json axis = {{"title", nullptr}, {"tickCount", 3}, {"grid", false}};
  Json names = Json::array();
  for (const HistogramPanel& panel : panels) names.push_back(panel.name);
  const Json x = {{"field", "low"},
                  {"type", "quantitative"},
                  {"bin", "binned"},
                  {"scale", {{"zero", false}, {"nice", false}}},
                  {"axis", axis}};
  const Json y = {{"field", "count"}, {"type", "quantitative"}, {"axis", nullptr}};
  const Json tip = Json::array({Json{{"field", "low"}, {"title", "from"}, {"type", "quantitative"}, {"format", ".4~g"}},
                                Json{{"field", "high"}, {"title", "to"}, {"type", "quantitative"}, {"format", ".4~g"}},
                                Json{{"field", "count"}, {"title", "steps"}, {"type", "quantitative"}}});
  Json spec = {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"title", title}};
  spec["data"] = {{"values", rows_of(panels)}};
  spec["facet"] = {{"field", "name"},
                   {"type", "nominal"},
                   {"title", nullptr},
                   {"sort", names},
                   {"header", {{"labelFontSize", 12}, {"labelPadding", 2}, {"labelLimit", 150}}}};
  spec["columns"] = columns;
  spec["spacing"] = 14;
  spec["spec"] = {{"width", 150},
                  {"height", 60},
                  {"mark", {{"type", "bar"}, {"orient", "vertical"}, {"binSpacing", 0.5}}},
                  {"encoding", {{"x", x}, {"x2", {{"field", "high"}}}, {"y", y}, {"tooltip", tip}}}};
  spec["resolve"] = {{"scale", {{"x", "independent"}, {"y", "independent"}}}};
  spec["config"] = chart_look();
  spec["usermeta"] = {{"columns", {{"name", "dimension"}, {"low", "from"}, {"high", "to"}, {"count", "steps"}}}};
  return spec;
}

}  // namespace pianola
