// Plants of several states when the world differs (docs/theory/theorem_robust.md): what `theorem robust` measures on
// the line, on the plants of `theorem plants`: noisy observations, late actions, wrong and lost tokens, all schemes at
// equal bits.
#pragma once

#include "pianola/theory/experiment.hpp"

namespace pianola {

/// Appends rows, pictures, summaries, checks and controls.
void add_disturbed_plants(ExperimentResult& result, const ExperimentOptions& options);

}  // namespace pianola
