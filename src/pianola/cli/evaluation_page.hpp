// An evaluation as people read it: a table for the terminal, a page with pictures.
#pragma once

#include <string>
#include <vector>

#include "pianola/control/evaluate.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// Rows: the expert and all controllers. Columns: controller, quantizer (unless all play one and the same), return,
/// regret, regret per step, and where any rollout did: ended early, diverged.
Table evaluation_table(const Evaluation& evaluation);

/// The quantizer that all controllers play which play any; "" if they differ.
std::string shared_quantizer(const Evaluation& evaluation);

/// The table, and lines about system, rollouts, a shared quantizer and speed.
std::string evaluation_text(const Evaluation& evaluation);

/// Vega-Lite: deviation from the expert's trajectory by step, one line with its band per controller.
/// labels: one for each controller in the legend, "" leaves it out; none given: what tells the controllers apart.
nlohmann::ordered_json deviation_chart(const Evaluation& evaluation, std::vector<std::string> labels = {});

/// The page of `evaluate --report`.
Page evaluation_page(const Evaluation& evaluation, const std::string& command_line);

}  // namespace pianola::cli
