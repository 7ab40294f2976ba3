// The options that name a plant and what is deployed on it: the same words for every verb that has them.
#pragma once

#include <string>
#include <vector>

#include "pianola/cli/session.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola::cli {

struct PlantOptions {
  std::string system, expert, assets;
};

/// --system (required or not), --expert, --assets.
void add_plant_options(CLI::App& verb, PlantOptions& options, bool required);

/// --allow-unstable, of verbs that refuse an expert which loses its plant unless asked for it.
void add_allow_unstable(CLI::App& verb, bool& allowed);

/// Before the notes of make_plant are said: the refusal says what one of them would. verb: who refuses. @throws
/// UsageError with the loop's eigenvalues where the expert does not stabilise its linear plant
/// (control/regulation.hpp), unless that is allowed.
void require_stabilising(const std::string& verb, const Deployment& plant, bool allowed);

struct DeploymentOptions {
  PlantOptions plant;
  std::string run, data;
  std::vector<std::string> quantizers, controllers;
  ReadOptions read;
  std::size_t chunk = 0, trajectories = 0;  ///< 0: not given
  ActionDeclaration actions;
};

/// The plant's, required, those of add_controller_options, and --data.
void add_deployment_options(CLI::App& verb, DeploymentOptions& options);

/// --run, --quantizer, --chunk, --controller, --kinds, --frame, --state, how a dataset is read, --trajectories.
void add_controller_options(CLI::App& verb, DeploymentOptions& options);

/// The request of these options for one quantizer ("" for none). Its notes go to stderr.
DeploymentRequest request_of(const DeploymentOptions& options, const std::string& quantizer, Session& session);

/// Notes on stderr where a dataset comes from another system, or from another version of its simulator.
void note_origin(Session& session, const std::string& data, const DatasetInfo& info, const System& system);

/// "sigma=0.3,clean=0.5" as a spec's options. @throws UsageError naming the nearest known option.
struct Perturbation {
  double sigma = 0.0, clean = 0.0;
  template <class V>
  void visit(V&& v) {
    v("sigma", sigma, "standard deviation added to each executed action dimension, action units");
    v("clean", clean, "fraction of trajectories executed without noise");
  }
};
Perturbation parse_perturbation(const std::string& text);

}  // namespace pianola::cli
