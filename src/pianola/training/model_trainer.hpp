// `train --with-model`: the transition model of a run, fitted to the same demonstrations as its policy and written
// beside it (policies/model_file.hpp).
//
// The split into training and held-out trajectories is the policy's, but relabelled ones are left out; each member of
// an ensemble sees as many training trajectories as there are, drawn with replacement.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "pianola/base/progress.hpp"
#include "pianola/policies/model_score.hpp"
#include "pianola/systems/system.hpp"
#include "pianola/training/train_config.hpp"

namespace pianola {

struct ModelReport {
  std::string spec;                       ///< canonical
  std::size_t transitions = 0;            ///< learned from
  std::size_t perturbed = 0, behind = 0;  ///< steps left out (policies/transition_data.hpp)
  std::size_t relabelled = 0;             ///< steps left out: of no demonstration (data/relabelled.hpp)
  bool held_out = false;                  ///< whether `score` is of held-out trajectories, not of the training's
  ModelScore score;                       ///< of the deployed model
  double train_log_likelihood = 0.0;      ///< nats a transition, training transitions
  double seconds = 0.0;
};

struct ModelPlan {
  const TrainConfig& config;  ///< config.with_model: the spec
  const Dataset& data;
  const Quantizer& quantizer;
  const System* system =
      nullptr;                ///< whose observations they are; null: the one that the dataset names, if it can be made
  std::filesystem::path run;  ///< policy.safetensors is there
  Progress& progress;
};

/// Everything that can be wrong with the plan before its policy is trained: plan.run need not be there.
/// @throws UsageError for a bad spec or option, columns that are none, an input that chunks have not, or a quantizer
/// with a moving scale; DataError if no transition is left to learn from.
void check_model_plan(const ModelPlan& plan);

/// Fits, scores and writes model.safetensors. @throws as check_model_plan; DataError if training diverges; Interrupted;
/// ResourceError.
ModelReport train_model(const ModelPlan& plan);

}  // namespace pianola
