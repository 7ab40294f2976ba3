#include "pianola/cli/quantize_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/spec.hpp"
#include "pianola/bounds/gaussian_rate.hpp"
#include "pianola/quantizers/quantizer_remarks.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

constexpr const char* kBound = "Gaussian bound";
constexpr int kCurvePoints = 60;

/// Options that give a scheme its resolution: specs that differ in nothing else share a line.
bool is_resolution(const std::string& option) {
  static const std::vector<std::string> names{"bins",   "k",     "layers",     "codes",
                                              "levels", "scale", "total_bits", "latent"};
  return std::find(names.begin(), names.end(), option) != names.end();
}

std::string family_of(const std::string& text) {
  Spec spec = parse_spec(text);
  std::erase_if(spec.options, [](const auto& option) { return is_resolution(option.first); });
  return spec.text();
}

constexpr double kWide = 20.0;  // rates that differ by more are told apart on a logarithmic axis only
constexpr double kUnder =
    1e4;  // the bound is drawn down to this part of the least error: further it would take the page

/// The bound from just under the least to just over the greatest rate of the reports. Rates that differ widely get a
/// logarithmic axis.
void add_bound(const Comparison& comparison, XyChart& chart) {
  if (comparison.spectrum.empty()) return;
  double low = std::numeric_limits<double>::infinity(), high = 0.0, least = low;
  for (const ChartPoint& point : chart.points) {
    low = std::min(low, point.x);
    high = std::max(high, point.x);
    if (point.y > 0.0) least = std::min(least, point.y);
  }
  if (!(high > 0.0)) return;
  const double from = 0.8 * low, to = 1.1 * high;
  for (int i = 0; i <= kCurvePoints; ++i) {
    const double share = static_cast<double>(i) / kCurvePoints;
    const double bits = chart.x.log ? from * std::pow(to / from, share) : from + share * (to - from);
    const double rmse = gaussian_rmse(comparison, bits);
    if (rmse < least / kUnder) break;
    chart.points.push_back({.series = kBound, .x = bits, .y = rmse});
  }
  chart.curves = {kBound};
}

std::string remarks(const Comparison& comparison) {
  std::string text;
  for (const QuantizerReport& row : comparison.reports) {
    for (const std::string& sentence : quantizer_remarks(row))
      text += wrapped(row.spec + ": " + sentence, {.indent = 2});
  }
  return text;
}

constexpr const char* kLegend =
    "bits and entropy per action; errors Euclidean per step, action units; ± half of the 95 % interval\n"
    "bias: Euclidean norm of the mean error; wrong token: median of the largest error that one wrong token causes in "
    "its "
    "chunk";

bool any_undecodable(const Comparison& comparison) {
  const auto& rows = comparison.reports;
  return std::any_of(rows.begin(), rows.end(),
                     [](const auto& row) { return row.token_error.undecodable_fraction > 0; });
}

}  // namespace

double gaussian_rmse(const Comparison& comparison, double bits_per_action) {
  if (comparison.spectrum.empty() || !std::isfinite(bits_per_action)) return std::numeric_limits<double>::quiet_NaN();
  const auto chunk = static_cast<double>(comparison.chunk);
  return std::sqrt(gaussian_distortion(comparison.spectrum, bits_per_action * chunk) / chunk);
}

Table comparison_table(const Comparison& comparison) {
  Table table{
      {"quantizer", "bits", "entropy", "ε_sup", "ε_in", "RMSE", "bias", "saturated", "repeat", "used", "wrong token"},
      {},
      {}};
  const bool undecodable = any_undecodable(comparison);  // by one wrong token
  if (undecodable) table.columns.emplace_back("undecodable");
  table.numeric.assign(table.columns.size(), true);
  table.numeric[0] = false;
  for (const QuantizerReport& row : comparison.reports) {
    table.rows.push_back({row.spec, format_number(row.bits_per_action, 3), format_number(row.entropy_per_action, 3),
                          format_number(row.epsilon_sup, 3), format_plus_minus(row.epsilon_in, 3),
                          format_number(row.rmse.value, 3), format_number(bias_norm(row), 2),
                          format_percent(row.saturated_fraction), format_percent(row.repeat_rate),
                          format_percent(row.used_fraction), format_number(row.token_error.median, 3)});
    if (undecodable) table.rows.back().push_back(format_percent(row.token_error.undecodable_fraction));
  }
  return table;
}

std::string comparison_text(const Comparison& comparison) {
  return format_table(comparison_table(comparison)) + wrapped(kLegend) + remarks(comparison);
}

nlohmann::ordered_json rate_chart(const Comparison& comparison) {
  XyChart chart;
  chart.title = "Error against bits";
  chart.x = {.title = "bits per action"};
  chart.y = {.title = "RMSE per action (action units)", .log = true};
  chart.series_title = "quantizer";
  for (const QuantizerReport& row : comparison.reports) {
    if (!std::isfinite(row.bits_per_action)) continue;
    chart.points.push_back(chart_point(family_of(row.spec), row.bits_per_action, row.rmse));
  }
  const auto [low, high] = std::ranges::minmax_element(chart.points, {}, &ChartPoint::x);
  chart.x.log = low != chart.points.end() && low->x > 0.0 && high->x > kWide * low->x;
  add_bound(comparison, chart);
  return trend_chart(chart);
}

Page comparison_page(const Comparison& comparison, const std::string& command_line) {
  Page page("Quantizers compared", fmt::format("{}, chunks of {}", comparison.data, comparison.chunk));
  page.table(comparison_table(comparison), kLegend);
  for (const QuantizerReport& row : comparison.reports) {
    for (const std::string& sentence : quantizer_remarks(row)) page.paragraph(row.spec + ": " + sentence + ".");
  }
  page.chart(
      rate_chart(comparison),
      comparison.spectrum.empty()
          ? "Lower and further left is better; these are errors on recorded actions, and the closed loop decides."
          : "Lower and further left is better; the dashed curve is what the best code of long blocks reaches on a "
            "Gaussian source of the same covariance. Real actions are not Gaussian: repeated values, saturation and "
            "motions that recur let a code lie below it. The closed loop decides: pianola evaluate.");
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
