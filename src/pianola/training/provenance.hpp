// What made a run: dataset, quantizer, code, machine, libraries, simulator.
#pragma once

#include "pianola/training/trainer.hpp"

namespace pianola {

/// Names and values for config.toml's table [provenance]: dataset (path, fingerprint, size, and its own provenance as
/// dataset_…), quantizer_fingerprint, policy, pianola, git_revision, cpu, threads, libtorch, simulator, and unless it
/// is "" the fingerprint of the run that it starts from (starting_run.hpp).
Notes provenance(const TrainPlan& plan, const std::string& policy_spec, const std::string& start_fingerprint = "");

/// "model name" of the first processor, or "unknown".
std::string cpu_model();

/// Version of LibTorch: "2.13.0".
std::string libtorch_version();

}  // namespace pianola
