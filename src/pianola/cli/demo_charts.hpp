// The demo's pictures, as Vega-Lite specs. Each comes with what to read into it: one sentence, of measured numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "pianola/cli/demo_page.hpp"

namespace pianola::cli {

struct Picture {
  nlohmann::ordered_json chart;
  std::string finding;
};

/// Return against bits per action, one line for each choice of representatives, with intervals and the expert.
Picture return_picture(const DemoStory& story);

/// Mean quantization error against bits per action.
Picture error_picture(const DemoStory& story);

/// How far perturbed demonstrations run from the clean ones of the same starts, by step.
Picture coverage_picture(const DemoStory& story);

/// Log-loss of all learners by step.
Picture loss_picture(const DemoStory& story);

/// Deviation from the expert's trajectory by step: the quantized expert, and each learner sampled.
Picture deviation_picture(const DemoStory& story);

/// What learning from either kind of demonstrations costs in closed loop.
std::string learning_finding(const DemoStory& story);

}  // namespace pianola::cli
