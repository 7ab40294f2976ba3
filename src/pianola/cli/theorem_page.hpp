// What `pianola theorem` shows: text, JSON and the page of experiments.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "pianola/report/page.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola::cli {

/// An experiment that has run.
struct RanExperiment {
  const ExperimentEntry* entry = nullptr;
  ExperimentResult result;
};

/// Fields `theorem`, `passed`, `checks`, `rows`, `exponents`, `notes` of design.md; n and horizon are whole numbers.
/// `summaries`: [{`caption`, `rows`}]. `kept_in` where it was kept and not run.
nlohmann::ordered_json to_json(const RanExperiment& ran);

/// The same of a group: `theorem` its name, and what its experiments have, one after the other; checks, rows and
/// summaries say whose they are in `theorem`.
nlohmann::ordered_json to_json(const std::string& group, std::span<const RanExperiment> experiments);

/// "theorem 6: passed, 26 checks of which 6 controls", the checks that did not pass, and with `all_checks` the others.
std::string to_text(const RanExperiment& ran, bool all_checks);

/// A row an experiment, then each with its statement, pictures, checks and notes.
Page theorem_page(std::span<const RanExperiment> experiments, const std::string& command_line);

}  // namespace pianola::cli
