// The demo's story as a page: what levels cost the expert, what learners make of the tokens, and what to read into it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/cli/demo_learners.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/report/page.hpp"

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
  std::vector<DemoStage> stages;
  std::vector<DemoReplay> replays;
  Evaluation replayed;  ///< quantized experts
  int learned_bins = 0;
  std::vector<DemoLearner> learners;
  Evaluation learned;  ///< row 0: the quantized expert that the learners imitate; then each learner's policy
};

/// "50 clean", "50 perturbed": the demonstrations of a learner, as tables and legends call them.
std::string demonstrations_of(const DemoLearner& learner);

/// Tables and findings for the terminal.
std::string demo_text(const DemoStory& story);

/// One or two lines: mean returns of the expert, quantized, and learned from either kind of demonstrations.
std::string demo_summary(const DemoStory& story);

/// The demo's report.
Page demo_page(const DemoStory& story);

}  // namespace pianola::cli
