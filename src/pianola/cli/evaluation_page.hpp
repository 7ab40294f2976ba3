// An evaluation as people read it: a table for the terminal, a page with pictures.
#pragma once

#include <string>

#include "pianola/control/evaluate.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// Rows: controller, quantizer, return, regret, regret per step, terminated, diverged.
Table evaluation_table(const Evaluation& evaluation);

/// The table and a line about system, rollouts and speed.
std::string evaluation_text(const Evaluation& evaluation);

/// Vega-Lite: deviation from the expert's trajectory by step, one line with its band per controller.
nlohmann::ordered_json deviation_chart(const Evaluation& evaluation);

/// The page of `evaluate --report`.
Page evaluation_page(const Evaluation& evaluation, const std::string& command_line);

}  // namespace pianola::cli
