#include "pianola/cli/evaluation_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

/// "166.5 ± 4.4": half the width of the interval, which is symmetric for means.
std::string plus_minus(const Estimate& estimate) {
  const double half = 0.5 * (estimate.high - estimate.low);
  if (!std::isfinite(half)) return format_number(estimate.value);
  return format_number(estimate.value) + " ± " + format_number(half, 2);
}

/// How rows are called in a legend: the controller, and its quantizer where they differ.
std::vector<std::string> labels_of(const Evaluation& evaluation) {
  const auto& rows = evaluation.controllers;
  const bool same =
      std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.quantizer == rows[0].quantizer; });
  std::vector<std::string> labels;
  for (const ControllerResult& row : rows) {
    labels.push_back(same || row.quantizer.empty() ? row.name : row.name + " · " + row.quantizer);
  }
  return labels;
}

}  // namespace

Table evaluation_table(const Evaluation& evaluation) {
  Table table{{"controller", "quantizer", "return", "regret", "a step", "ended", "diverged"}, {}, {}};
  table.numeric = {false, false, true, true, true, true, true};
  const auto& rows = evaluation.controllers;
  const bool listed = std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.name == "expert"; });
  if (evaluation.has_expert && !listed) {
    table.rows.push_back({"expert", "", plus_minus(evaluation.expert_return), "", "", "", ""});
  }
  for (const ControllerResult& row : evaluation.controllers) {
    table.rows.push_back({row.name, row.quantizer, plus_minus(row.total_return), plus_minus(row.regret),
                          row.regret.n == 0 ? "–" : format_number(row.regret_per_step.value, 3),
                          format_percent(row.terminated_fraction), format_percent(row.diverged_fraction)});
  }
  return table;
}

std::string evaluation_text(const Evaluation& evaluation) {
  return fmt::format("{}, {} steps, {} rollouts; 95 % intervals\n\n{}\n{} steps/s\n", evaluation.system,
                     evaluation.horizon, evaluation.rollouts, format_table(evaluation_table(evaluation)),
                     format_number(evaluation.steps_per_second, 3));
}

nlohmann::ordered_json deviation_chart(const Evaluation& evaluation) {
  XyChart chart;
  chart.title = "Deviation from the expert's trajectory";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean distance of states", .log = true};
  chart.series_title = "controller";
  chart.series = labels_of(evaluation);
  for (std::size_t i = 0; i < evaluation.controllers.size(); ++i) {
    const ControllerResult& row = evaluation.controllers[i];
    for (std::size_t h = 1; h < row.deviation_bands.size(); ++h) {
      chart.points.push_back(chart_point(chart.series[i], static_cast<double>(h), row.deviation_bands[h]));
    }
  }
  return line_chart(chart);
}

Page evaluation_page(const Evaluation& evaluation, const std::string& command_line) {
  Page page("Closed-loop evaluation",
            fmt::format("{}, {} steps, {} rollouts", evaluation.system, evaluation.horizon, evaluation.rollouts));
  page.table(evaluation_table(evaluation),
             "Regret is the expert's return minus the controller's, paired under shared noise; ± is half of the 95 % "
             "interval.");
  if (evaluation.has_expert) {
    page.chart(deviation_chart(evaluation),
               "A line that levels off stays within a tube around the expert; a line that keeps rising means errors "
               "compound.");
  }
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
