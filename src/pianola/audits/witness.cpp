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
  request.system = json.at("system").get<std::string>();
  request.expert = json.at("expert").get<std::string>();
  request.assets = json.at("assets").get<std::string>();
  request.run = json.at("run").get<std::string>();
  AuditPlan plan;
  plan.deployment = request.run.empty() ? make_plant(request) : make_deployment(request);
  if (request.run.empty() && !json.at("quantizer").is_null()) {
    plan.deployment.quantizer = load_quantizer(json.at("quantizer"), where);
  }
  plan.controller = json.at("controller").get<std::string>();
  plan.key = NoiseKey(json.at("seed").get<std::uint64_t>());
  plan.horizon = json.at("horizon").get<std::uint32_t>();
  return checked_plan(plan);
}

}  // namespace

Json to_json(const Witness& witness, const AuditPlan& plan, const DeploymentRequest& request) {
  const bool fitted = request.run.empty() && plan.deployment.quantizer != nullptr;
  return {{"format_version", kWitnessFormatVersion},
          {"pianola", PIANOLA_VERSION},
          {"audit", witness.audit},
          {"claim", witness.claim},
          {"system", request.system},
          {"expert", request.expert},
          {"assets", request.assets},
          {"run", request.run},
          {"quantizer", fitted ? plan.deployment.quantizer->save() : Json(nullptr)},
          {"controller", plan.controller},
          {"seed", plan.key.value()},
          {"horizon", plan.horizon},
          {"where", witness.where},
          {"measured", witness.measured}};
}

ReplayedWitness replay_witness(const std::filesystem::path& path) try {
  const Json json = read_witness(path);
  ReplayedWitness out;
  out.audit = json.at("audit").get<std::string>();
  out.claim = json.at("claim").get<std::string>();
  out.recorded = json.at("measured");
  const auto entry = std::ranges::find(audits(), out.audit, &AuditEntry::name);
  if (entry == audits().end() || entry->replay == nullptr) {
    std::vector<std::string> known;
    for (const AuditEntry& audit : audits()) {
      if (audit.replay != nullptr) known.push_back(audit.name);
    }
    throw DataError("witness '" + path.string() + "': " + unknown_name_message("audit", out.audit, known));
  }
  out.measured = entry->replay(plan_of(json, path.string()), json.at("where"));
  return out;
} catch (const Json::exception& error) {
  throw DataError(fmt::format("witness '{}': {}; a file that pianola audit -o FOLDER wrote is required", path.string(),
                              error.what()));
}

}  // namespace pianola
