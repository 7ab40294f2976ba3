// Policies that an advisor looks at: trained ones, or ones that it trains itself on the data and on half of them, at
// several resolutions and with noise-injected demonstrations (theory.md §8: the statistical term; §12: noise).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"
#include "pianola/audits/replay_ledger.hpp"
#include "pianola/base/progress.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

class AutoencoderTrainer;  // quantizers/autoencoder.hpp

/// A trained policy to look at.
struct LearnerRequest {
  std::string name;
  Deployment deployment;
  std::vector<std::string> controllers;  ///< specs
  std::size_t trajectories = 0;          ///< 0: not known
  bool noise_injected = false;
  std::size_t steps = 0;
  std::optional<double> validation_nll;
};

/// Plays the learners, and the q#π* of each one's quantizer by a controller of the same kind
/// (reference_controller.hpp), equally many rollouts each, for at most `budget` in all.
/// @throws UsageError if that is not two rollouts each.
std::vector<AdviceLearner> replay_learners(ReplayLedger& ledger, const std::vector<LearnerRequest>& learners,
                                           std::size_t budget);

/// What is trained, and for how long.
struct TrialPlan {
  Deployment plant;
  const Dataset* data = nullptr;
  std::vector<std::string> quantizers;  ///< specs; the first is the recommended one
  double minutes = 0.0;                 ///< all trainings together
  std::size_t rollouts = 0;             ///< that noise-injected demonstrations may take
  std::filesystem::path work;           ///< runs are written there, a folder each
  NoiseKey key;
  std::uint64_t seed = 0;
  const AutoencoderTrainer* trainer = nullptr;  ///< for quantizers with a learned encoder
  Progress* progress = nullptr;
};

/// Before anything is played for it. @throws UsageError if train_trials cannot train on these data for this plant:
/// without LibTorch, of fewer than four trajectories, or where the data have other observations than the plant.
void require_trials(const Deployment& plant, const Dataset& data);

struct Trials {
  std::vector<LearnerRequest> learners;
  std::size_t rollouts = 0;        ///< spent on demonstrations
  std::vector<std::string> notes;  ///< what was not trained, and why
};

/// MLPs of every quantizer on n/2 and on n trajectories, and of the first one on n of which half were executed with
/// noise of 15 % of the range (the mean of the dimensions') under clean labels, as long as the longest of the data,
/// where `rollouts` allow that. Equally many gradient steps each, as many as a first short training says that the
/// minutes allow: the one thing here that depends on the machine's speed. A quantizer that cannot be fitted or learned
/// is noted.
/// @throws as require_trials; ResourceError, Interrupted as train().
Trials train_trials(const TrialPlan& plan);

}  // namespace pianola
