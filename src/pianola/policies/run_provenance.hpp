// What made a run, as its config.toml notes it: dataset, system, simulator, code, machine.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace pianola {

/// The texts of the table [provenance] of config.toml in the run's folder, by name: `dataset`, `simulator`, and what
/// the dataset says of itself as `dataset_system`, `dataset_simulator`, …. A run without config.toml or table has none.
/// @throws DataError naming file and line if the file is no TOML; ResourceError if it cannot be read.
std::map<std::string, std::string> run_provenance(const std::filesystem::path& folder);

/// The options of config.toml that are texts and not empty, by name: `data`, `system`, `expert`, `assets`, …. @throws
/// as above.
std::map<std::string, std::string> run_options(const std::filesystem::path& folder);

}  // namespace pianola
