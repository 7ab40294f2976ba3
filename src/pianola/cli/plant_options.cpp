#include "pianola/cli/plant_options.hpp"

#include <CLI/CLI.hpp>

#include "pianola/base/spec.hpp"

namespace pianola::cli {

void add_plant_options(CLI::App& verb, PlantOptions& options, bool required) {
  verb.add_option("--system", options.system, "the plant, e.g. cart_pole; pianola systems lists them")
      ->type_name("SPEC")
      ->required(required);
  verb.add_option("--expert", options.expert, "its expert (default: the system's own)")->type_name("SPEC");
  verb.add_option("--assets", options.assets, "where MJCF of gymnasium tasks lies")->type_name("DIR");
}

void add_deployment_options(CLI::App& verb, DeploymentOptions& options) {
  add_plant_options(verb, options.plant, true);
  verb.add_option("--run", options.run, "a trained policy")->type_name("DIR");
  verb.add_option("--quantizer", options.quantizers, "the quantized expert is deployed (repeatable)")
      ->type_name("SPEC")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->allow_extra_args(false);
  verb.add_option("--controller", options.controllers,
                  "expert, quantized, feedback:decode=sample|argmax|mean (repeatable)")
      ->type_name("SPEC")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->allow_extra_args(false);
  verb.add_option("--chunk", options.chunk, "actions a chunk")->check(CLI::PositiveNumber);
  verb.add_option("--data", options.data, "dataset to fit quantizers to")->type_name("PATH");
  verb.add_option("--trajectories", options.trajectories, "expert demonstrations to fit to, without --data")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

DeploymentRequest request_of(const DeploymentOptions& options, const std::string& quantizer, Session& session) {
  DeploymentRequest request;
  request.system = options.plant.system;
  request.expert = options.plant.expert;
  request.assets = options.plant.assets;
  request.run = options.run;
  request.data = options.data;
  request.quantizer = quantizer;
  request.chunk = options.chunk;
  request.trajectories = options.trajectories;
  request.key = session.key();
  request.progress = &session.progress();
  return request;
}

Perturbation parse_perturbation(const std::string& text) {
  if (text.empty()) return {0.0, 1.0};
  const auto perturbation = read_options<Perturbation>(parse_spec("perturb:" + text), "--perturb");
  if (!(perturbation.sigma >= 0.0) || !(perturbation.clean >= 0.0 && perturbation.clean <= 1.0)) {
    throw UsageError("--perturb takes sigma ≥ 0 and clean in [0, 1], not '" + text + "'");
  }
  return perturbation;
}

}  // namespace pianola::cli
