#include "pianola/audits/witness.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

Json read_witness(const std::filesystem::path& path) {
  Json json = Json::parse(read_file(path), nullptr, false);
  const std::string who = "witness '" + path.string() + "'";
  if (!json.is_object() || !json.contains("format_version") || !json["format_version"].is_number_integer()) {
    throw DataError(who + ": this is no witness; pianola audit -o FOLDER writes them (*.witness.json)");
  }
  const int version = json["format_version"].get<int>();
  if (version < 1 || version > kWitnessFormatVersion) {
    throw DataError(fmt::format("{}: format_version {} is not known; this pianola reads 1 … {}", who, version,
                                kWitnessFormatVersion));
  }
  return json;
}

AuditPlan plan_of(const Json& json, const std::string& where) {
  DeploymentRequest request;
  request.system = witness_value<std::string>(json, "system");
  request.expert = witness_value<std::string>(json, "expert");
  request.assets = witness_value<std::string>(json, "assets");
  request.run = witness_value<std::string>(json, "run");
  AuditPlan plan;
  plan.deployment = request.run.empty() ? make_plant(request) : make_deployment(request);
  const Json& quantizer = witness_part(json, "quantizer");
  if (request.run.empty() && !quantizer.is_null()) plan.deployment.quantizer = load_quantizer(quantizer, where);
  plan.controller = witness_value<std::string>(json, "controller");
  plan.key = NoiseKey(witness_value<std::uint64_t>(json, "seed"));
  plan.horizon = witness_value<std::uint32_t>(json, "horizon");
  return checked_plan(plan);
}

/// Errors without the name of the file.
ReplayedWitness replayed(const Json& json, const std::string& where) {
  ReplayedWitness out;
  out.audit = witness_value<std::string>(json, "audit");
  out.claim = witness_value<std::string>(json, "claim");
  out.recorded = witness_part(json, "measured");
  const auto entry = std::ranges::find(audits(), out.audit, &AuditEntry::name);
  if (entry == audits().end() || entry->replay == nullptr) {
    std::vector<std::string> known;
    for (const AuditEntry& audit : audits()) {
      if (audit.replay != nullptr) known.push_back(audit.name);
    }
    throw DataError(unknown_name_message("audit", out.audit, known));
  }
  out.measured = entry->replay(plan_of(json, where), witness_part(json, "where"));
  return out;
}

/// As it is found from every folder; "" stays.
std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

const Json& witness_part(const Json& json, const std::string& key) {
  if (json.is_object() && json.contains(key)) return json.at(key);
  throw DataError(fmt::format("'{}' is missing; a file that pianola audit -o FOLDER wrote is required", key));
}

Json to_json(const Witness& witness, const AuditPlan& plan, const DeploymentRequest& request) {
  const bool fitted = request.run.empty() && plan.deployment.quantizer != nullptr;
  return {{"format_version", kWitnessFormatVersion},
          {"pianola", PIANOLA_VERSION},
          {"audit", witness.audit},
          {"claim", witness.claim},
          {"system", request.system},
          {"expert", request.expert},
          {"assets", absolute(request.assets)},
          {"run", absolute(request.run)},
          {"quantizer", fitted ? plan.deployment.quantizer->save() : Json(nullptr)},
          {"controller", plan.controller},
          {"seed", plan.key.value()},
          {"horizon", plan.horizon},
          {"where", witness.where},
          {"measured", witness.measured}};
}

ReplayedWitness replay_witness(const std::filesystem::path& path) {
  const Json json = read_witness(path);
  try {
    return replayed(json, path.string());
  } catch (const DataError& error) {
    throw DataError(fmt::format("witness '{}': {}", path.string(), error.what()));
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("witness '{}': {}; a file that pianola audit -o FOLDER wrote is required",
                                path.string(), error.what()));
  }
}

}  // namespace pianola
