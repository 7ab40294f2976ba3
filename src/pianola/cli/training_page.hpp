// A training as people read it: curves of loss, rate and gradient, and what made the run.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pianola/report/page.hpp"

namespace pianola::cli {

/// Vega-Lite: loss by step from a run's metrics.jsonl: training, held out raw, held out EMA.
/// @throws DataError if the file is missing or a line is no JSON.
nlohmann::ordered_json loss_chart(const std::filesystem::path& run);

/// The page report.html of a run folder.
Page training_page(const std::filesystem::path& run, const std::string& command_line);

}  // namespace pianola::cli
