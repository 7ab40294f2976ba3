#include "pianola/training/provenance.hpp"

#include <torch/version.h>

#include <fstream>
#include <string>

#include "generated/revision.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with("model name") && colon != std::string::npos && colon + 2 <= line.size()) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

std::string libtorch_version() { return TORCH_VERSION; }

Notes provenance(const TrainPlan& plan, const std::string& policy_spec, const std::string& start_fingerprint) {
  const Dataset& data = *plan.data;
  const auto& attributes = data.info().attributes;
  const auto recorded = attributes.find("simulator");
  Notes notes{{"dataset", data.info().path},
              {"dataset_format", data.info().format},
              {"dataset_fingerprint", data.fingerprint()},
              {"dataset_trajectories", std::to_string(data.size())},
              {"dataset_steps", std::to_string(data.steps())},
              {"quantizer", plan.quantizer != nullptr ? plan.quantizer->info().spec : ""},
              {"quantizer_fingerprint", plan.quantizer != nullptr ? plan.quantizer->fingerprint() : ""},
              {"policy", policy_spec},
              {"pianola", PIANOLA_VERSION},
              {"git_revision", kGitRevision},
              {"cpu", cpu_model()},
              {"threads", std::to_string(training_threads())},
              {"libtorch", libtorch_version()}};
  if (plan.system != nullptr) {
    notes.emplace_back("simulator", plan.system->info().simulator);
  } else {
    notes.emplace_back("simulator", recorded == attributes.end() ? "" : recorded->second);
  }
  if (!start_fingerprint.empty()) notes.emplace_back("start_from_fingerprint", start_fingerprint);
  for (const auto& [name, value] : attributes) {
    if (name == "system" || name == "expert" || name == "simulator" || name == "seed" || name == "perturb" ||
        name == "relabelled_by") {
      notes.emplace_back("dataset_" + name, value);
    }
  }
  return notes;
}

}  // namespace pianola
