#include "pianola/cli/training_page.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/progress.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/histogram_chart.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

std::vector<nlohmann::json> read_metrics(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "metrics.jsonl";
  std::istringstream lines(read_file(path));
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(lines, line);) {
    rows.push_back(nlohmann::json::parse(line, nullptr, false));
    if (rows.back().is_object() && rows.back().contains("step")) continue;
    throw DataError(
        fmt::format("{}, line {}: no JSON object with a step; train again or --resume", path.string(), rows.size()));
  }
  return rows;
}

void add_points(XyChart& chart, const std::vector<nlohmann::json>& rows, const char* field, const std::string& series) {
  for (const auto& row : rows) {
    const auto value = row.find(field);
    if (value == row.end() || !value->is_number()) continue;
    chart.points.push_back({.series = series, .x = row["step"].get<double>(), .y = value->get<double>()});
  }
}

nlohmann::ordered_json step_chart(const std::vector<nlohmann::json>& rows, const char* field, const char* title) {
  XyChart chart;
  chart.title = title;
  chart.x = {.title = "step"};
  chart.y = {.title = title};
  chart.height = 160;
  add_points(chart, rows, field, field);
  return line_chart(chart);
}

Table model_table(const ModelReport& report) {
  Table table{{"steps since x̃ was set", "drift of the model", "of a held state", "policy's loss on x̃",
               "on a held state", "on the real state"},
              {},
              {true, true, true, true, true, true}};
  for (const DriftStep& one : report.score.drift) {
    table.rows.push_back({std::to_string(one.step), format_plus_minus(one.model), format_plus_minus(one.held),
                          format_plus_minus(one.loss_model), format_plus_minus(one.loss_held),
                          format_plus_minus(one.loss_real)});
  }
  return table;
}

nlohmann::ordered_json calibration_chart(const ModelScore& score) {
  std::vector<HistogramPanel> panels;
  for (std::size_t d = 0; d < score.calibration.size(); ++d) {
    const auto& counts = score.calibration[d].counts;
    panels.push_back({"dimension " + std::to_string(d),
                      0.0,
                      1.0 / static_cast<double>(counts.size()),
                      {counts.begin(), counts.end()}});
  }
  return histogram_chart("Probability integral transforms", panels);
}

/// The transition model: likelihood, drift, calibration.
void add_model(Page& page, const ModelReport& report) {
  page.heading("Transition model");
  page.paragraph(fmt::format("{}, from {} transitions; log-likelihood {} nats a transition {}.", report.spec,
                             report.transitions, format_plus_minus(report.score.log_likelihood),
                             report.held_out ? "on held-out trajectories" : "on the training trajectories"));
  page.table(
      model_table(report),
      "Distance of the auxiliary state from the expert's, rolled along the expert's own tokens, observation "
      "units, and the policy's log-loss of the tokens there, nats; ± is half of the 95 % interval over trajectories.");
  if (report.score.calibration.empty()) return;
  page.chart(calibration_chart(report.score),
             "Flat where the law is right; a hill says that it is too wide, a valley that it is too narrow.");
}

}  // namespace

nlohmann::ordered_json loss_chart(const std::filesystem::path& run) {
  const auto rows = read_metrics(run);
  XyChart chart;
  chart.title = "Log-loss";
  chart.x = {.title = "step"};
  chart.y = {.title = "nats per action"};
  chart.series_title = "loss on";
  add_points(chart, rows, "loss", "training batches");
  add_points(chart, rows, "validation_nll", "held out, averaged weights");
  add_points(chart, rows, "validation_nll_raw", "held out, raw weights");
  return line_chart(chart);
}

nlohmann::ordered_json loss_comparison(const std::vector<LossCurve>& curves) {
  XyChart chart;
  chart.title = "Log-loss";
  chart.x = {.title = "step"};
  chart.y = {.title = "nats per action", .log = true};
  chart.series_title = "loss on";
  for (const LossCurve& curve : curves) {
    const auto rows = read_metrics(curve.run);
    add_points(chart, rows, "loss", curve.name + ": training batches");
    add_points(chart, rows, "validation_nll", curve.name + ": held out");
  }
  return line_chart(chart);
}

Table final_table(const TrainResult& result) {
  const auto number = [](const std::optional<double>& value) { return value ? format_number(*value) : "–"; };
  Table table{{"in the end", "deployed weights", "raw weights"}, {}, {false, true, true}};
  table.rows.push_back({"weights", result.chosen, fmt::format("raw@{}", result.steps)});
  table.rows.push_back(
      {"log-loss on the training set, nats per action", number(result.train_nll), number(result.train_nll_raw)});
  table.rows.push_back(
      {"log-loss held out, nats per action", number(result.validation_nll), number(result.validation_nll_raw)});
  table.rows.push_back({"bits per dimension, of normalised actions", number(result.bits_per_dimension), ""});
  if (result.outside) {
    table.rows.push_back({"share of values outside the quantizer's range", number(result.outside), ""});
  }
  if (result.atoms) {
    table.rows.push_back({"share of values on atoms, where densities do not compare", number(result.atoms), ""});
  }
  const std::vector<double>& errors = result.decoded_rmse_per_dimension;
  for (std::size_t d = 0; d < errors.size(); ++d) {
    table.rows.push_back(
        {fmt::format("error of the most likely action, dimension {}, action units", d), number(errors[d]), ""});
  }
  return table;
}

Page training_page(const TrainResult& result, const std::string& command_line) {
  const auto rows = read_metrics(result.run);
  Page page("Training", result.run.filename().string() + ", " + format_count(result.steps) + " steps");
  page.table(final_table(result), "Errors are root mean squares over held-out demonstrations, where there are any.");
  page.chart(loss_chart(result.run),
             "Log-loss in nats per action; a held-out curve that rises again is memorisation, yet it does not rank "
             "policies: closed-loop evaluation does.");
  page.chart(step_chart(rows, "grad_norm", "gradient norm"), "Spikes above the clipping threshold were cut to it.");
  page.chart(step_chart(rows, "lr", "learning rate"), "Linear warm-up, then a cosine.");
  if (result.model) add_model(page, *result.model);
  page.provenance({{"command", command_line},
                   {"pianola", PIANOLA_VERSION},
                   {"configuration", read_file(result.run / "config.toml")}});
  return page;
}

}  // namespace pianola::cli
