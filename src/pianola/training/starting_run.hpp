// The run that a training starts from (`train --start-from RUN`): fine-tuning. Its weights are the first ones, and its
// quantizer and its normalisation are kept, since weights mean nothing without them; steps, rates and moments of the
// optimiser begin anew.
#pragma once

#include <optional>
#include <string>

#include "pianola/data/normalisation.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

struct StartingRun {
  std::string policy_spec;      ///< canonical
  std::string where;            ///< its policy.safetensors
  std::string fingerprint;      ///< of that file
  TensorFile weights;           ///< that file
  Normalisation normalisation;  ///< [history · observation_dim]; empty of a context of tokens
};

/// That of plan.config; nothing if it names none. plan.quantizer and plan.data are there.
/// @throws UsageError naming both where quantizer, dimensions, history or characters differ; DataError as load_run.
std::optional<StartingRun> starting_run(const TrainPlan& plan);

/// @throws UsageError naming both unless a policy of this spec can begin with these weights.
void check_starting_policy(const StartingRun& start, const std::string& policy_spec);

}  // namespace pianola
