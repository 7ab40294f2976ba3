// Log-loss of tokens (docs/theory.md §2), in nats, summed over positions: −Σ_p log softmax(logits_p)[token_p].
//
// Positions whose vocabularies are equal and neighbouring are one [n × positions × vocabulary] problem.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace pianola {

/// Neighbouring positions with vocabularies of one size.
struct VocabularyGroup {
  std::int64_t position = 0, count = 0;  ///< first position, and how many
  std::int64_t vocabulary = 0;
  std::int64_t column = 0;  ///< of the first logit
};

std::vector<VocabularyGroup> group_vocabularies(const std::vector<std::uint32_t>& vocabularies);

/// Those of the first `positions` alone.
std::vector<VocabularyGroup> leading_groups(std::vector<VocabularyGroup> groups, std::int64_t positions);

/// Mean over rows, differentiable once. logits: [n × Σ vocabularies]; tokens: [n × positions] int64; counted:
/// [n × positions] float weights of the positions, or undefined: all count once. What a position of weight 0 holds does
/// not matter.
torch::Tensor log_loss(const torch::Tensor& logits, const torch::Tensor& tokens, const torch::Tensor& counted,
                       const std::vector<VocabularyGroup>& groups);

/// The same against target distributions, [n × Σ vocabularies]: −Σ_p Σ_k target · log softmax(logits).
torch::Tensor soft_log_loss(const torch::Tensor& logits, const torch::Tensor& targets,
                            const std::vector<VocabularyGroup>& groups);

/// Of each row and position, [n × positions]: its log-loss, and the first most likely token. No gradients.
struct PositionScores {
  torch::Tensor nll, most_likely;
};
PositionScores score_positions(const torch::Tensor& logits, const torch::Tensor& tokens,
                               const std::vector<VocabularyGroup>& groups);

}  // namespace pianola
