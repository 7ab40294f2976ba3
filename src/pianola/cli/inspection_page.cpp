#include "pianola/cli/inspection_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/cli/inspection_text.hpp"
#include "pianola/cli/quantize_page.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/histogram_chart.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

constexpr std::size_t kMostPanels = 60;  // of one chart: more are a wall

Table problem_table(const std::vector<Problem>& problems) {
  Table table{{"", "where", "what", "what to do"}, {}, {}};
  for (const Problem& problem : problems) {
    table.rows.push_back({severity_name(problem.severity), problem.where, problem.what, problem.remedy});
  }
  return table;
}

/// The rows of a table of dimensions, their last column, a drawing for terminals, left out.
Table without_drawing(Table table) {
  table.columns.pop_back();
  table.numeric.pop_back();
  for (auto& row : table.rows) row.pop_back();
  return table;
}

void add_distributions(Page& page, const char* title, const Table& table, const std::vector<Histogram>& histograms) {
  if (histograms.empty()) return;
  page.heading(title);
  std::vector<HistogramPanel> panels;
  for (std::size_t d = 0; d < std::min(histograms.size(), kMostPanels); ++d) {
    panels.push_back({table.rows[d].front(), histograms[d].low, histograms[d].width, histograms[d].counts});
  }
  page.chart(
      histogram_chart("", panels),
      histograms.size() > kMostPanels
          ? fmt::format("The first {} of {} dimensions. A bar at an end is saturation; two hills are two ways to act.",
                        kMostPanels, histograms.size())
          : "A bar at an end is saturation; two hills are two ways to act or two kinds of moment.");
  page.table(without_drawing(table));
}

nlohmann::ordered_json step_chart(const QuantizationErrors& errors) {
  XyChart chart;
  chart.title = "Error by step";
  chart.x = {.title = "step"};
  chart.y = {.title = "‖q(u) − u‖, action units", .zero = true};
  constexpr std::size_t kFewest = 5;  // of fewer trajectories an interval is wider than the picture
  for (std::size_t h = 0; h < errors.by_step.size(); ++h) {
    const Estimate& error = errors.by_step[h];
    const auto x = static_cast<double>(h);
    chart.points.push_back(error.n < kFewest ? ChartPoint{.series = "error", .x = x, .y = error.value}
                                             : chart_point("error", x, error));
  }
  return line_chart(chart);
}

nlohmann::ordered_json dimension_chart(const QuantizerReport& report, const std::vector<std::string>& names) {
  BarChart chart;
  chart.title = "Error by dimension";
  chart.category_title = "action";
  chart.value_title = "action units";
  chart.series_title = "mean";
  for (std::size_t d = 0; d < report.epsilon_in_per_dimension.size(); ++d) {
    const std::string name = d < names.size() ? names[d] : std::to_string(d);
    chart.bars.push_back({.category = name, .series = "|q(u) − u|", .value = report.epsilon_in_per_dimension[d]});
    chart.bars.push_back({.category = name, .series = "q(u) − u (bias)", .value = report.bias_per_dimension[d].value});
  }
  return bar_chart(chart);
}

nlohmann::ordered_json smoothness_chart(const DatasetAudit& audit) {
  XyChart chart;
  chart.title = "How far actions differ in states that are close";
  chart.x = {.title = "distance of the states, std a dimension"};
  chart.y = {.title = "distance of the actions", .zero = true};
  for (const NeighbourBin& bin : audit.smoothness->bins) {
    chart.points.push_back(chart_point("mean", bin.state_distance, bin.action_distance));
    chart.points.push_back({.series = "9 of 10 pairs below", .x = bin.state_distance, .y = bin.action_p90});
  }
  chart.references = {{.y = audit.quantizer.epsilon_in.value, .label = "the quantizer's error"},
                      {.y = audit.smoothness->typical, .label = "any two steps"}};
  return trend_chart(chart);
}

Table worst_table(const DatasetAudit& audit) {
  Table table{{"trajectory", "error a step", "largest error", "at step"}, {}, {true, true, true, true}};
  for (const TrajectoryError& worst : audit.errors.worst) {
    table.rows.push_back({std::to_string(worst.trajectory), format_number(worst.mean), format_number(worst.largest),
                          std::to_string(worst.step)});
  }
  return table;
}

void add_audit(Page& page, const DatasetAudit& audit, const DatasetInfo& info) {
  page.heading("What quantizing costs");
  Comparison comparison;
  comparison.reports = {audit.quantizer};
  page.table(comparison_table(comparison));
  page.paragraph(summary(audit));
  page.chart(step_chart(audit.errors), "A rise along the trajectory is where the loop will be played worst.");
  page.chart(dimension_chart(audit.quantizer, info.action_names),
             "A bias is an error that does not average out: the loop integrates it.");
  page.table(worst_table(audit), "Trajectories that lose most, numbered from 0");
  if (!audit.smoothness) return;
  page.heading("Smoothness of the expert, from neighbours");
  page.chart(smoothness_chart(audit),
             "Where the curve begins is the floor: noise, hidden state, several ways to act, or a steep policy. Levels "
             "finer than the floor resolve what recordings cannot explain.");
}

}  // namespace

Page inspection_page(const Inspection& inspection, const DatasetAudit* audit, const std::string& command_line) {
  Page page("What is in the data", fmt::format("{}: {}, {} trajectories, {} steps", inspection.info.path,
                                               inspection.info.format, inspection.trajectories, inspection.steps));
  page.heading("Problems");
  if (inspection.problems.empty()) page.paragraph("None found.");
  if (!inspection.problems.empty()) page.table(problem_table(inspection.problems));
  page.heading("Fields");
  page.paragraph(sizes_text(inspection));
  page.table(field_table(inspection));
  add_distributions(page, "Actions", action_table(inspection), inspection.actions.histograms);
  if (audit != nullptr) add_audit(page, *audit, inspection.info);
  add_distributions(page, "Observations", observation_table(inspection), inspection.observations.histograms);
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
