// Which of the weights kept during a training is deployed: the one whose rollouts return most.
//
// Validation loss is known not to rank policies in closed loop, so it does not choose. Rollouts play the run's default
// deployment (decode=sample: what log-loss learns is a law) under one fixed key, so candidates meet the same initial
// states and noise. Without a system the last averaged weights are deployed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/policies/run_candidates.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

struct Candidate {
  std::uint64_t steps = 0;
  std::filesystem::path file;
  Estimate total_return;  ///< n = 0: not rolled out
};

/// The candidates that a training of this configuration keeps, by steps.
std::vector<Candidate> planned_candidates(const TrainConfig& config, const std::filesystem::path& run);

struct Choice {
  Candidate candidate;
  std::string label;  ///< "ema@10000", "ema@8000 (best of 5 by return)"
};

/// Rolls every candidate out on plan.system (if there is one) and writes what came of it to candidates/returns.json.
/// Of equal returns the later wins. @throws DataError if a file is missing or damaged, Interrupted.
Choice choose_candidate(const TrainPlan& plan);

}  // namespace pianola
