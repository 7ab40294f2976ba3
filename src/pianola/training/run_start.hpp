// A training's beginning: what must hold, and the folder it writes to.
#pragma once

#include <optional>
#include <string>

#include "pianola/training/checkpoint.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

/// @throws UsageError if an option is out of range, something is missing, dataset, quantizer, system and expert differ
/// in dimensions, or the transition model cannot be; DataError if it has nothing to learn from.
void check_plan(const TrainPlan& plan);

/// That of its transition model; plan.quantizer is there.
ModelPlan model_plan_of(const TrainPlan& plan);

/// What a resumed training must share with what it continues. start_fingerprint: of the run that it starts from
/// (starting_run.hpp); "": none.
Identity identity_of(const TrainPlan& plan, const std::string& policy_spec, const std::string& start_fingerprint = "");

/// Makes the run folder ready: config.toml, quantizer.json, no unfinished checkpoint. start_fingerprint: as above. With
/// plan.resume returns the checkpoint to continue from, or nothing if the run was stopped before its first.
/// @throws UsageError if the folder holds anything and resume is off, or if there is no run to resume; DataError if the
/// checkpoint is damaged or of another configuration, dataset or quantizer; ResourceError.
std::optional<Checkpoint> start_run(const TrainPlan& plan, const std::string& policy_spec,
                                    const std::string& start_fingerprint = "");

}  // namespace pianola
