// Witnesses as files: all that is needed to play a found trajectory again, and the numbers that it must give.
//
// The quantizer stands in the file as it was fitted, so that no data are needed; a trained policy and a plant's assets
// stand by their folders, in full, so that a witness replays from anywhere on the machine.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "pianola/audits/audit.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola {

inline constexpr int kWitnessFormatVersion = 1;

/// {format_version, audit, claim, system, expert, assets, run, quantizer, controller, seed, horizon, where, measured}.
nlohmann::ordered_json to_json(const Witness& witness, const AuditPlan& plan, const DeploymentRequest& request);

/// One part of a witness. @throws DataError that names the key if it is not there.
const nlohmann::ordered_json& witness_part(const nlohmann::ordered_json& json, const std::string& key);

/// The same as a T. @throws DataError that names the key if it is not there, or is no T.
template <class T>
T witness_value(const nlohmann::ordered_json& json, const std::string& key) {
  const nlohmann::ordered_json& part = witness_part(json, key);
  try {
    return part.template get<T>();
  } catch (const nlohmann::ordered_json::exception&) {
    throw DataError("'" + key + "' cannot be " + part.dump() +
                    "; a file that pianola audit -o FOLDER wrote is required");
  }
}

struct ReplayedWitness {
  std::string audit, claim;
  nlohmann::ordered_json recorded, measured;  ///< names and numbers
  [[nodiscard]] bool reproduced() const { return recorded == measured; }
};

/// @throws DataError if the file is no witness or of a newer format; UsageError as make_deployment.
ReplayedWitness replay_witness(const std::filesystem::path& path);

}  // namespace pianola
