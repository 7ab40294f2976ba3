#include "pianola/cli/evaluation_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

bool same_name(const std::vector<ControllerResult>& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.name == rows[0].name; });
}

/// How rows are called in a legend: by what differs, the controller, the quantizer, or both.
std::vector<std::string> labels_of(const Evaluation& evaluation) {
  const auto& rows = evaluation.controllers;
  const bool one_quantizer = !shared_quantizer(evaluation).empty(), one_controller = same_name(rows);
  std::vector<std::string> labels;
  for (const ControllerResult& row : rows) {
    if (one_quantizer || row.quantizer.empty()) {
      labels.push_back(row.name);
    } else {
      labels.push_back(one_controller ? row.quantizer : row.name + " · " + row.quantizer);
    }
  }
  return labels;
}

bool plays_any(const Evaluation& evaluation) {
  const auto& rows = evaluation.controllers;
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return !row.quantizer.empty(); });
}

bool any_nonzero(const Evaluation& evaluation, double ControllerResult::*fraction) {
  const auto& rows = evaluation.controllers;
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.*fraction != 0.0; });
}

bool any_ended(const Evaluation& evaluation) {
  return evaluation.expert_terminated_fraction != 0.0 ||
         any_nonzero(evaluation, &ControllerResult::terminated_fraction);
}

bool any_diverged(const Evaluation& evaluation) {
  return evaluation.expert_diverged_fraction != 0.0 || any_nonzero(evaluation, &ControllerResult::diverged_fraction);
}

/// "cart_pole, 200 steps, 1 rollout".
std::string subject(const Evaluation& evaluation) {
  const auto counted = [](std::size_t n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  return fmt::format("{}, {}, {}", evaluation.system, counted(evaluation.horizon, "step"),
                     counted(evaluation.rollouts, "rollout"));
}

void drop_column(Table& table, const std::string& title) {
  const auto at = std::find(table.columns.begin(), table.columns.end(), title) - table.columns.begin();
  table.columns.erase(table.columns.begin() + at);
  table.numeric.erase(table.numeric.begin() + at);
  for (auto& row : table.rows) row.erase(row.begin() + at);
}

/// What columns that are left out would say: "no rollout ended early, none diverged", or "".
std::string left_out(const Evaluation& evaluation) {
  const bool ended = any_ended(evaluation), diverged = any_diverged(evaluation);
  if (!ended && !diverged) return "no rollout ended early or diverged";
  if (ended && diverged) return "";
  return ended ? "no rollout diverged" : "no rollout ended early";
}

/// A line for each controller whose auxiliary state left what its model was trained on.
std::string range_remarks(const Evaluation& evaluation) {
  std::string text;
  for (const ControllerResult& row : evaluation.controllers) {
    if (!row.auxiliary || row.auxiliary->left == 0) continue;
    text +=
        fmt::format("{}: the auxiliary state left the model's training range in {} of {} rollouts, first at step {}\n",
                    row.name, row.auxiliary->left, evaluation.rollouts, row.auxiliary->first_left);
  }
  return text;
}

}  // namespace

std::string shared_quantizer(const Evaluation& evaluation) {
  std::string shared;
  for (const ControllerResult& row : evaluation.controllers) {
    if (row.quantizer.empty()) continue;
    if (!shared.empty() && shared != row.quantizer) return "";
    shared = row.quantizer;
  }
  return shared;
}

Table evaluation_table(const Evaluation& evaluation) {
  Table table{{"controller", "quantizer", "return", "regret", "regret a step", "ended", "diverged"}, {}, {}};
  table.numeric = {false, false, true, true, true, true, true};
  const auto& rows = evaluation.controllers;
  const bool listed = std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.name == "expert"; });
  if (evaluation.has_expert && !listed) {
    table.rows.push_back({"expert", "", format_plus_minus(evaluation.expert_return), "", "",
                          format_percent(evaluation.expert_terminated_fraction),
                          format_percent(evaluation.expert_diverged_fraction)});
  }
  for (const ControllerResult& row : rows) {
    table.rows.push_back({row.name, row.quantizer, format_plus_minus(row.total_return), format_plus_minus(row.regret),
                          row.regret.n == 0 ? "–" : format_number(row.regret_per_step.value, 3),
                          format_percent(row.terminated_fraction), format_percent(row.diverged_fraction)});
  }
  if (!shared_quantizer(evaluation).empty() || !plays_any(evaluation)) drop_column(table, "quantizer");
  if (!any_ended(evaluation)) drop_column(table, "ended");
  if (!any_diverged(evaluation)) drop_column(table, "diverged");
  return table;
}

std::string evaluation_text(const Evaluation& evaluation) {
  const std::string quantizer = shared_quantizer(evaluation), remark = left_out(evaluation);
  return fmt::format("{}; ± is half of the 95 % interval\n{}\n{}\n{}{}{} steps/s\n", subject(evaluation),
                     quantizer.empty() ? "" : "quantizer " + quantizer + "\n",
                     format_table(evaluation_table(evaluation)), range_remarks(evaluation),
                     remark.empty() ? "" : remark + "; ", format_number(evaluation.steps_per_second, 3));
}

nlohmann::ordered_json deviation_chart(const Evaluation& evaluation, std::vector<std::string> labels) {
  XyChart chart;
  chart.title = "Deviation from the expert's trajectory";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean distance of states", .log = true};
  const bool by_quantizer = labels.empty() && shared_quantizer(evaluation).empty() && same_name(evaluation.controllers);
  chart.series_title = by_quantizer ? "quantizer" : "controller";
  if (labels.empty()) labels = labels_of(evaluation);
  for (std::size_t i = 0; i < evaluation.controllers.size(); ++i) {
    const ControllerResult& row = evaluation.controllers[i];
    if (labels[i].empty() || row.name == "expert") continue;  // the expert does not leave its own path
    for (std::size_t h = 1; h < row.deviation_bands.size(); ++h) {
      chart.points.push_back(chart_point(labels[i], static_cast<double>(h), row.deviation_bands[h]));
    }
  }
  return line_chart(chart);
}

Page evaluation_page(const Evaluation& evaluation, const std::string& command_line) {
  Page page("Closed-loop evaluation", subject(evaluation));
  const std::string quantizer = shared_quantizer(evaluation), remark = left_out(evaluation);
  if (!quantizer.empty()) page.paragraph("Quantizer: " + quantizer);
  page.table(evaluation_table(evaluation),
             "Regret is the expert's return minus the controller's, paired under shared noise; ± is half of the 95 % "
             "interval" +
                 (remark.empty() ? "." : "; " + remark + "."));
  if (const std::string left = range_remarks(evaluation); !left.empty()) page.paragraph(left);
  if (evaluation.has_expert) {
    page.chart(deviation_chart(evaluation),
               "A line that levels off stays within a tube around the expert; a line that keeps rising means errors "
               "compound.");
  }
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
