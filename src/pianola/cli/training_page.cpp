#include "pianola/cli/training_page.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/report/charts.hpp"

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

void add_points(XyChart& chart, const std::vector<nlohmann::json>& rows, const char* field, const char* series) {
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

}  // namespace

nlohmann::ordered_json loss_chart(const std::filesystem::path& run) {
  const auto rows = read_metrics(run);
  XyChart chart;
  chart.title = "Log-loss";
  chart.x = {.title = "step"};
  chart.y = {.title = "nats per action"};
  chart.series_title = "on";
  add_points(chart, rows, "loss", "training batches");
  add_points(chart, rows, "validation_nll", "held out, averaged weights");
  add_points(chart, rows, "validation_nll_raw", "held out, raw weights");
  return line_chart(chart);
}

Page training_page(const std::filesystem::path& run, const std::string& command_line) {
  const auto rows = read_metrics(run);
  Page page("Training", run.filename().string());
  page.chart(loss_chart(run),
             "Log-loss in nats per action; a held-out curve that rises again is memorisation, yet it does not rank "
             "policies: closed-loop evaluation does.");
  page.chart(step_chart(rows, "grad_norm", "gradient norm"), "Spikes above the clipping threshold were cut to it.");
  page.chart(step_chart(rows, "lr", "learning rate"), "Linear warm-up, then a cosine.");
  page.provenance(
      {{"command", command_line}, {"pianola", PIANOLA_VERSION}, {"configuration", read_file(run / "config.toml")}});
  return page;
}

}  // namespace pianola::cli
