#include "pianola/base/error.hpp"
#include "pianola/training/token_network_internal.hpp"

namespace pianola {

torch::Tensor TokenNetwork::loss(const torch::Tensor& outputs, const TrainingBatch& batch) const {
  if (batch.targets.defined()) return soft_log_loss(outputs, batch.targets, groups_);
  return log_loss(outputs, batch.tokens, batch.counted, leading_groups(groups_, batch.tokens.size(1)));
}

NetworkScores TokenNetwork::score(const torch::Tensor& outputs, const TrainingBatch& batch) const {
  PositionScores scores = score_positions(outputs, batch.tokens, leading_groups(groups_, batch.tokens.size(1)));
  if (batch.counted.defined()) scores.nll = scores.nll * batch.counted;
  return {scores.nll, scores.most_likely};
}

void TokenNetwork::require_fixed_length(const std::string& policy, const NetworkShape& shape) {
  if (shape.fixed_length) return;
  throw UsageError("policy '" + policy +
                   "': token sequences of varying length need a policy whose tokens depend on those before them, which "
                   "it is not; use --policy transformer, or a quantizer of fixed length such as uniform");
}

void TokenNetwork::require_observations(const std::string& policy, const NetworkShape& shape) {
  if (shape.context == 0) return;
  throw UsageError("policy '" + policy + "' sees observations, not a context of tokens; use --policy transformer");
}

}  // namespace pianola
