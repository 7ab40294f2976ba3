#include "pianola/policies/exported_loss.hpp"

#include <memory>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/exported_folder.hpp"
#include "pianola/policies/policy_log_loss.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/transformer_policy.hpp"

namespace pianola {

ExportedLoss exported_loss(const std::filesystem::path& run, WeightFormat weights, const Dataset& dataset,
                           const NoiseKey& key, std::size_t most) {
  const LoadedRun loaded = load_run(run);
  const std::filesystem::path path = run / "policy.safetensors";
  const TensorFile file = read_safetensors(path);
  static_cast<void>(exported_image(loaded, file, weights));  // refuses what cannot be exported
  const PolicyLogLoss full = policy_log_loss(*loaded.policy, *loaded.quantizer, dataset, key, most);
  if (weights == WeightFormat::float32) return {full.nats_per_action, full.nats_per_action, full.chunks};
  const TransformerPolicy brief(transformer_weights_from_tensors(file, path.string()), weights);
  return {full.nats_per_action, policy_log_loss(brief, *loaded.quantizer, dataset, key, most).nats_per_action,
          full.chunks};
}

}  // namespace pianola
