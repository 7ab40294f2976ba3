// An advice as people and scripts read it: text for the terminal, JSON, a page with pictures.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "pianola/audits/advice.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// What it is about, beside the advice itself.
struct AdvisedCase {
  Advice advice;
  std::string dataset, system, expert;
};

/// The fields of `advise --json`.
nlohmann::ordered_json advice_json(const AdvisedCase& advised);

/// What to use, what it costs, why and what was not tried; then reasons and candidates.
std::string advice_text(const AdvisedCase& advised);

/// The page of `advise --report`.
Page advice_page(const AdvisedCase& advised, const std::string& command_line);

}  // namespace pianola::cli
