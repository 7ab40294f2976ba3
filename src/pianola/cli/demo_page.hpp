// The demo's story as a page: what levels cost the expert, what a learner makes of the tokens, and what to read into
// it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pianola/control/evaluate.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/report/page.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::cli {

struct DemoStage {
  std::string name;
  double seconds = 0.0;
};

/// One resolution and choice of representatives: measured offline, then played back in closed loop.
struct DemoReplay {
  int bins = 0;
  std::string representatives;
  std::shared_ptr<const Quantizer> quantizer;
  QuantizerReport offline;
  std::size_t controller = 0;  ///< row in `replayed`
};

struct DemoStory {
  std::string command_line;
  std::filesystem::path run;
  std::vector<DemoStage> stages;
  std::vector<DemoReplay> replays;
  Evaluation replayed;  ///< quantized experts
  Evaluation learned;   ///< the trained policy, and the quantized expert it imitates
  TrainResult training;
};

/// Vega-Lite: return against bits per action, one line for each choice of representatives, with intervals and the
/// expert.
nlohmann::ordered_json return_chart(const DemoStory& story);

/// Tables for the terminal.
std::string demo_text(const DemoStory& story);

/// The demo's report.
Page demo_page(const DemoStory& story);

}  // namespace pianola::cli
