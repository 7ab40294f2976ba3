#include "pianola/cli/evaluation_page.hpp"

#include <fmt/format.h>

#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

std::string percent(double fraction) { return fmt::format("{:.0f} %", 100.0 * fraction); }

/// How a row is called in a legend: the controller, and its quantizer where there is one.
std::string label_of(const ControllerResult& row) {
  return row.quantizer.empty() ? row.name : row.name + " · " + row.quantizer;
}

}  // namespace

Table evaluation_table(const Evaluation& evaluation) {
  Table table{{"controller", "quantizer", "return", "regret", "per step", "ended", "diverged"}, {}, {}};
  table.numeric = {false, false, true, true, true, true, true};
  if (evaluation.has_expert) {
    table.rows.push_back({"expert", "", format_estimate(evaluation.expert_return), "", "", "", ""});
  }
  for (const ControllerResult& row : evaluation.controllers) {
    table.rows.push_back({row.name, row.quantizer, format_estimate(row.total_return), format_estimate(row.regret),
                          row.regret.n == 0 ? "–" : format_number(row.regret_per_step.value, 3),
                          percent(row.terminated_fraction), percent(row.diverged_fraction)});
  }
  return table;
}

std::string evaluation_text(const Evaluation& evaluation) {
  return fmt::format("{}, {} steps, {} rollouts; 95 % intervals\n\n{}\n{:.0f} steps/s\n", evaluation.system,
                     evaluation.horizon, evaluation.rollouts, format_table(evaluation_table(evaluation)),
                     evaluation.steps_per_second);
}

nlohmann::ordered_json deviation_chart(const Evaluation& evaluation) {
  XyChart chart;
  chart.title = "Deviation from the expert's trajectory";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean distance of states", .log = true};
  chart.series_title = "controller";
  for (const ControllerResult& row : evaluation.controllers) {
    for (std::size_t h = 1; h < row.deviation_bands.size(); ++h) {
      chart.points.push_back(chart_point(label_of(row), static_cast<double>(h), row.deviation_bands[h]));
    }
  }
  return line_chart(chart);
}

Page evaluation_page(const Evaluation& evaluation, const std::string& command_line) {
  Page page("Closed-loop evaluation",
            fmt::format("{}, {} steps, {} rollouts", evaluation.system, evaluation.horizon, evaluation.rollouts));
  page.table(evaluation_table(evaluation),
             "Regret is the expert's return minus the controller's, paired under shared noise; brackets are 95 % intervals.");
  if (evaluation.has_expert) {
    page.chart(deviation_chart(evaluation),
               "A line that levels off stays within a tube around the expert; a line that keeps rising means errors compound.");
  }
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
