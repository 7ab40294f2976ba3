// From specs to things that act: system, expert, quantizer and trained policy, checked against each other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/action_declaration.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

class AutoencoderTrainer;  // quantizers/autoencoder.hpp

/// What to deploy, as a user names it. "" means not given.
struct DeploymentRequest {
  std::string system;  ///< of a run: by default the one that it was trained on
  std::string expert, assets;
  std::string run;                              ///< folder of a trained policy; its quantizer comes with it
  std::string quantizer;                        ///< spec, without a run: the quantized expert is deployed
  std::string data;                             ///< dataset that schemes which learn are fitted to
  ReadOptions read;                             ///< how it is read; fitting itself looks at actions only
  ActionDeclaration actions;                    ///< what they are; without a run, which brings its own
  std::size_t chunk = 0;                        ///< actions of a chunk; 0: 1, or the run's own
  std::size_t trajectories = 0;                 ///< expert demonstrations to fit to, without data; 0: 50
  NoiseKey key;                                 ///< of the whole evaluation; fitting uses its child "fit"
  const AutoencoderTrainer* trainer = nullptr;  ///< for quantizers with a learned encoder; null: they cannot be fitted
  Progress* progress = nullptr;
  /// Told what is no error but may surprise: run or data come from another system or another simulator, the expert does
  /// not stabilise the plant. Null: nobody.
  std::function<void(const std::string&)> note = {};
};

/// System and expert; the expert is null if none is named and the system has none of its own.
/// @throws UsageError if no system is named; UsageError, DataError as make_system and make_expert.
Deployment make_plant(const DeploymentRequest& request);

/// The quantizer of `spec` for the plant: fitted to the data, else to expert demonstrations collected on first need.
/// @throws UsageError if data and system differ in dimensions (of observations where the data has readable ones), or
/// the scheme needs data and there is neither data nor expert.
std::shared_ptr<const Quantizer> fit_quantizer(const DeploymentRequest& request, const Deployment& plant);

/// A quantizer fitted to a dataset's actions. Range: the system's if one is given and finite, else as recorded.
/// declaration: what actions are. trainer: for quantizers with a learned encoder; null: they cannot be fitted.
/// @throws UsageError if dataset and system differ in action dimensions; else as represent and make_quantizer.
std::shared_ptr<const Quantizer> fit_to_dataset(const std::string& spec, std::size_t chunk, const ActionSource& actions,
                                                const DatasetInfo& info, const System* system, const NoiseKey& key,
                                                const AutoencoderTrainer* trainer = nullptr,
                                                const ActionDeclaration& declaration = {});

/// make_plant, then the run's quantizer and policy, or the fitted quantizer.
/// @throws UsageError if both a run and a quantizer, or anything that is for fitting one, are named, neither request
/// nor run names a system, or their dimensions differ from the system's.
Deployment make_deployment(const DeploymentRequest& request);

/// What a run brings; with its plant where request or run name one, else without. @throws as make_deployment.
Deployment make_deployment_of_run(const DeploymentRequest& request);

/// One deployment for each quantizer, in their order; without any, one of the run or of the bare plant. The plant and
/// the expert demonstrations that schemes are fitted to are shared: collected once. Memory: their actions.
/// request.quantizer is not looked at. @throws as make_deployment.
std::vector<Deployment> make_deployments(DeploymentRequest request, const std::vector<std::string>& quantizers);

/// "expert" without quantizer and run; "quantized" without run; else "feedback".
std::string default_controller(const Deployment& deployment);

}  // namespace pianola
