// Witnesses as files: all that is needed to play a found trajectory again, and the numbers that it must give.
//
// The quantizer stands in the file as it was fitted, so that no data are needed; a trained policy stands by its folder.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "pianola/audits/audit.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola {

inline constexpr int kWitnessFormatVersion = 1;

/// {format_version, audit, claim, system, expert, assets, run, quantizer, controller, seed, horizon, where, measured}.
nlohmann::ordered_json to_json(const Witness& witness, const AuditPlan& plan, const DeploymentRequest& request);

struct ReplayedWitness {
  std::string audit, claim;
  nlohmann::ordered_json recorded, measured;  ///< names and numbers
  [[nodiscard]] bool reproduced() const { return recorded == measured; }
};

/// @throws DataError if the file is no witness or of a newer format; UsageError as make_deployment.
ReplayedWitness replay_witness(const std::filesystem::path& path);

}  // namespace pianola
