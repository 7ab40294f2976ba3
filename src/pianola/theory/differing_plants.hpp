// Plants of several states unlike those that expert and quantizers were made for (docs/theory/theorem_plants.md): a
// payload, weaker and stronger rotors; a shorter, longer, lighter or heavier pole, less and more friction. All schemes
// at 4 bits a dimension, as curves of the cost (theory/disturbance_curve).
#pragma once

#include "pianola/theory/experiment.hpp"

namespace pianola {

/// Appends rows, pictures, summaries and checks.
void add_differing_plants(ExperimentResult& result, const ExperimentOptions& options);

}  // namespace pianola
