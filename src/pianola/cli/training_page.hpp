// A training as people read it: final numbers, curves of loss, rate and gradient, and what made the run.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/report/page.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::cli {

/// Vega-Lite: loss by step from a run's metrics.jsonl: training, held out raw, held out EMA.
/// @throws DataError if the file is missing or a line is no JSON.
nlohmann::ordered_json loss_chart(const std::filesystem::path& run);

/// A run as it is called in a chart of several.
struct LossCurve {
  std::string name;
  std::filesystem::path run;
};

/// Vega-Lite: losses of several runs by step, on a logarithmic axis: training, and held out with averaged weights.
/// @throws DataError as loss_chart.
nlohmann::ordered_json loss_comparison(const std::vector<LossCurve>& curves);

/// What a training is worth in the end, deployed weights beside raw ones.
Table final_table(const TrainResult& result);

/// The page report.html of a run folder.
Page training_page(const TrainResult& result, const std::string& command_line);

}  // namespace pianola::cli
