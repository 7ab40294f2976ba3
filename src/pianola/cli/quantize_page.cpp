#include "pianola/cli/quantize_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "pianola/base/spec.hpp"
#include "pianola/bounds/gaussian_rate.hpp"
#include "pianola/quantizers/quantizer_remarks.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

constexpr const char* kBound = "Gaussian bound";
constexpr int kCurvePoints = 60;

using Options = std::map<std::string, std::string>;

bool is_number(const std::string& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// A spec with the defaults of what it leaves out.
struct SchemeOptions {
  std::string name;
  Options options;
  double bits = 0.0;  ///< an action
};

SchemeOptions options_of(const QuantizerReport& report) {
  const Spec spec = parse_spec(report.spec);
  SchemeOptions scheme{spec.name, {}, report.bits_per_action};
  for (const QuantizerEntry& entry : quantizers()) {
    if (entry.name != spec.name) continue;
    for (const OptionHelp& help : entry.options) scheme.options[help.name] = help.default_value;
  }
  for (const auto& [option, value] : spec.options) scheme.options[option] = value;
  return scheme;
}

bool differ_in_this_alone(const Options& a, const Options& b, const std::string& option) {
  const auto alike = [&](const auto& x, const auto& y) {
    return x.first == y.first && (x.second == y.second) != (x.first == option);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), alike);
}

/// Specs that differ in nothing but resolutions share a line. An option is a resolution of its scheme if its value is a
/// number in all specs of this scheme, they differ in it, and bits change with it where it alone changes.
bool is_resolution(std::span<const SchemeOptions> schemes, const std::string& option) {
  std::set<std::string> values;
  for (const SchemeOptions& scheme : schemes) {
    const auto found = scheme.options.find(option);
    if (found == scheme.options.end() || !is_number(found->second)) return false;
    values.insert(found->second);
  }
  if (values.size() < 2) return false;
  bool alone = false, changes = false;
  for (const SchemeOptions& a : schemes) {
    for (const SchemeOptions& b : schemes) {
      if (!differ_in_this_alone(a.options, b.options, option)) continue;
      alone = true;
      changes = changes || a.bits != b.bits;
    }
  }
  return changes || !alone;
}

/// The line that each report belongs to: its spec without resolutions.
std::vector<std::string> families_of(const std::vector<QuantizerReport>& reports) {
  std::map<std::string, std::vector<SchemeOptions>> schemes;
  for (const QuantizerReport& report : reports) {
    SchemeOptions scheme = options_of(report);
    schemes[scheme.name].push_back(std::move(scheme));
  }
  std::vector<std::string> families;
  for (const QuantizerReport& report : reports) {
    Spec spec = parse_spec(report.spec);
    std::erase_if(spec.options, [&](const auto& option) { return is_resolution(schemes[spec.name], option.first); });
    families.push_back(spec.text());
  }
  return families;
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

/// "SPEC: sentence", in the order of the specs. What is to be said of all of them, such as of their data, stands once.
std::vector<std::string> remarks(const Comparison& comparison) {
  std::vector<std::vector<std::string>> of_each;
  std::map<std::string, std::size_t> counts;
  for (const QuantizerReport& row : comparison.reports) {
    of_each.push_back(quantizer_remarks(row));
    for (const std::string& sentence : of_each.back()) ++counts[sentence];
  }
  const auto of_all = [&](const std::string& sentence) {
    return of_each.size() > 1 && counts[sentence] == of_each.size();
  };
  std::vector<std::string> out;
  for (std::size_t i = 0; i < of_each.size(); ++i) {
    for (const std::string& sentence : of_each[i]) {
      if (!of_all(sentence)) out.push_back(comparison.reports[i].spec + ": " + sentence);
    }
  }
  if (of_each.empty()) return out;
  for (const std::string& sentence : of_each.front()) {
    if (of_all(sentence)) out.push_back("all: " + sentence);
  }
  return out;
}

std::string remarks_text(const Comparison& comparison) {
  std::string text;
  for (const std::string& remark : remarks(comparison)) text += wrapped(remark, {.indent = 2});
  return text;
}

constexpr const char* kLegend =
    "bits and entropy per action; errors Euclidean per step, action units; ± half of the 95 % interval\n"
    "bias: Euclidean norm of the mean error; wrong token: median of the largest error that one wrong token causes in "
    "its chunk";
constexpr const char* kBoundLegend =
    "; Gaussian bound: the least RMSE at these bits, by any code of long blocks, of a Gaussian source of the data's "
    "covariance";

std::string legend_of(const Comparison& comparison) {
  return std::string(kLegend) + (comparison.spectrum.empty() ? "" : kBoundLegend);
}

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
  const bool bounded = !comparison.spectrum.empty(), undecodable = any_undecodable(comparison);  // by one wrong token
  if (bounded) table.columns.emplace_back(kBound);
  if (undecodable) table.columns.emplace_back("undecodable");
  table.numeric.assign(table.columns.size(), true);
  table.numeric[0] = false;
  for (const QuantizerReport& row : comparison.reports) {
    table.rows.push_back({row.spec, format_number(row.bits_per_action, 3), format_number(row.entropy_per_action, 3),
                          format_number(row.epsilon_sup, 3), format_plus_minus(row.epsilon_in, 3),
                          format_number(row.rmse.value, 3), format_number(bias_norm(row), 2),
                          format_percent(row.saturated_fraction), format_percent(row.repeat_rate),
                          format_percent(row.used_fraction), format_number(row.token_error.median, 3)});
    if (bounded) {
      table.rows.back().push_back(format_number(gaussian_rmse(comparison, row.bits_per_action), 3));
    }
    if (undecodable) table.rows.back().push_back(format_percent(row.token_error.undecodable_fraction));
  }
  return table;
}

std::string comparison_text(const Comparison& comparison) {
  return format_table(comparison_table(comparison)) + wrapped(legend_of(comparison)) + remarks_text(comparison);
}

nlohmann::ordered_json rate_chart(const Comparison& comparison) {
  XyChart chart;
  chart.title = "Error against bits";
  chart.x = {.title = "bits per action"};
  chart.y = {.title = "RMSE per action (action units)", .log = true};
  chart.series_title = "quantizer";
  const std::vector<std::string> families = families_of(comparison.reports);
  for (std::size_t i = 0; i < families.size(); ++i) {
    const QuantizerReport& row = comparison.reports[i];
    if (!std::isfinite(row.bits_per_action)) continue;
    chart.points.push_back(chart_point(families[i], row.bits_per_action, row.rmse));
  }
  const auto [low, high] = std::ranges::minmax_element(chart.points, {}, &ChartPoint::x);
  chart.x.log = low != chart.points.end() && low->x > 0.0 && high->x > kWide * low->x;
  add_bound(comparison, chart);
  return trend_chart(chart);
}

Page comparison_page(const Comparison& comparison, const std::string& command_line) {
  Page page("Quantizers compared", fmt::format("{}, chunks of {}", comparison.data, comparison.chunk));
  page.table(comparison_table(comparison), legend_of(comparison));
  for (const std::string& remark : remarks(comparison)) page.paragraph(remark + ".");
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
