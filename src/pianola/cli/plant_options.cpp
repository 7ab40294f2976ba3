#include "pianola/cli/plant_options.hpp"

#include <CLI/CLI.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/cli/action_options.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/control/regulation.hpp"

namespace pianola::cli {

void add_plant_options(CLI::App& verb, PlantOptions& options, bool required) {
  add_text(verb, "--system", options.system, "the plant, e.g. cart_pole; pianola systems lists them", kSpec)
      ->required(required);
  add_text(verb, "--expert", options.expert, "its expert (default: the system's own)", kSpec);
  add_text(verb, "--assets", options.assets, "where MJCF of gymnasium tasks lies", kFolder);
}

void add_allow_unstable(CLI::App& verb, bool& allowed) {
  verb.add_flag("--allow-unstable", allowed, "go on with a linear expert that does not stabilise its linear plant");
}

void require_stabilising(const std::string& verb, const Deployment& plant, bool allowed) {
  if (allowed || plant.expert == nullptr) return;
  const std::string lost = unstable_regulation(*plant.system, *plant.expert);
  if (!lost.empty()) throw UsageError(verb + ": " + lost + "; to go on all the same, --allow-unstable");
}

void add_deployment_options(CLI::App& verb, DeploymentOptions& options) {
  add_plant_options(verb, options.plant, true);
  add_controller_options(verb, options);
  add_text(verb, "--data", options.data, "dataset to fit quantizers to", kPath);
}

void add_controller_options(CLI::App& verb, DeploymentOptions& options) {
  add_text(verb, "--run", options.run, "a trained policy (--system is its own unless given)", kFolder)
      ->each([&verb](const std::string&) { verb.get_option("--system")->required(false); });
  add_texts(verb, "--quantizer", options.quantizers, "the quantized expert is deployed (repeatable)", kSpec);
  add_texts(verb, "--controller", options.controllers,
            "expert, quantized, feedback, chunked, augmented, with options as pianola systems lists (repeatable)",
            kSpec);
  add_number(verb, "--chunk", options.chunk, "actions a chunk (default: 1)", {.least = 1});
  add_action_options(verb, options.actions);
  add_reading(verb, options.read);
  add_number(verb, "--trajectories", options.trajectories,
             "expert demonstrations to fit to, without --data (default: 50)", {.least = 1});
}

DeploymentRequest request_of(const DeploymentOptions& options, const std::string& quantizer, Session& session) {
  DeploymentRequest request;
  request.system = options.plant.system;
  request.expert = options.plant.expert;
  request.assets = options.plant.assets;
  request.run = options.run;
  request.data = options.data;
  request.read = options.read;
  request.quantizer = quantizer;
  request.chunk = options.chunk;
  request.actions = options.actions;
  request.trajectories = options.trajectories;
  request.key = session.key();
  request.trainer = autoencoder_trainer();
  request.progress = &session.progress();
  request.note = [&session](const std::string& note) { session.say("note: " + note); };
  return request;
}

void note_origin(Session& session, const std::string& data, const DatasetInfo& info, const System& system) {
  const auto notes = differences("dataset '" + data + "'", origin_of(info.attributes), system.info());
  for (const std::string& note : notes) session.say("note: " + note);
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
