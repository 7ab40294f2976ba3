// What networks over tokens share: their outputs are logits, learned by log-loss (log_loss_internal.hpp).
#pragma once

#include <vector>

#include "pianola/training/log_loss_internal.hpp"
#include "pianola/training/network_internal.hpp"

namespace pianola {

class TokenNetwork : public Network {
 public:
  /// vocabularies: of each position that a row holds.
  explicit TokenNetwork(const std::vector<std::uint32_t>& vocabularies) : groups_(group_vocabularies(vocabularies)) {}

  [[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs, const TrainingBatch& batch) const final;
  [[nodiscard]] NetworkScores score(const torch::Tensor& outputs, const TrainingBatch& batch) const final;

 protected:
  /// For networks that predict each position alone. @throws UsageError if sequences differ in length.
  static void require_fixed_length(const std::string& policy, const NetworkShape& shape);
  /// For networks that see observations. @throws UsageError if a context of tokens is the input.
  static void require_observations(const std::string& policy, const NetworkShape& shape);

 private:
  std::vector<VocabularyGroup> groups_;
};

}  // namespace pianola
