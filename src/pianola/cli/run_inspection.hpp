// `inspect` of what a training or an export wrote: the same facts as JSON and as text for a terminal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pianola::cli {

/// Of describe_run: a line for each fact, then the history of the training as a table. At most 100 columns wide.
std::string run_text(const nlohmann::ordered_json& run, const std::string& folder);

/// Of read_exported, likewise.
std::string exported_text(const nlohmann::ordered_json& exported, const std::string& folder);

}  // namespace pianola::cli
