#include <algorithm>
#include <optional>

#include "pianola/training/log_loss_internal.hpp"

namespace pianola {
namespace {

/// A group's part of [n × Σ vocabularies] as [n × count × vocabulary].
torch::Tensor part(const torch::Tensor& rows, const VocabularyGroup& group) {
  const torch::Tensor columns = rows.narrow(1, group.column, group.count * group.vocabulary);
  return columns.view({rows.size(0), group.count, group.vocabulary});
}

/// A group's part of [n × positions], [n × count × 1].
torch::Tensor part_positions(const torch::Tensor& values, const VocabularyGroup& group) {
  return values.narrow(1, group.position, group.count).unsqueeze(-1);
}

/// Σ −w log softmax(logits)[token], w undefined: 1. The gradient, w (softmax − one-hot), is made in the memory of the
/// log-probabilities: a third of a step's time is spent on arrays of this size, so their number counts.
struct TokenLoss : torch::autograd::Function<TokenLoss> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& logits,
                               const torch::Tensor& tokens, const std::optional<torch::Tensor>& weights) {
    torch::Tensor log_p = at::log_softmax(logits, -1);
    const torch::Tensor taken = log_p.gather(-1, tokens);
    torch::Tensor loss = (weights ? taken * *weights : taken).sum().neg();
    context->saved_data["log_p"] = std::move(log_p);
    context->saved_data["tokens"] = tokens;
    if (weights) context->saved_data["weights"] = *weights;
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outer) {
    torch::Tensor gradient = context->saved_data["log_p"].toTensor();
    const torch::Tensor tokens = context->saved_data["tokens"].toTensor();
    gradient.exp_();
    gradient.scatter_add_(-1, tokens, torch::full({1, 1, 1}, -1.0F).expand_as(tokens));
    const auto weights = context->saved_data.find("weights");
    gradient.mul_(weights == context->saved_data.end() ? outer[0] : outer[0] * weights->second.toTensor());
    return {gradient, torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

std::vector<VocabularyGroup> group_vocabularies(const std::vector<std::uint32_t>& vocabularies) {
  std::vector<VocabularyGroup> groups;
  std::int64_t position = 0, column = 0;
  for (const std::uint32_t vocabulary : vocabularies) {
    if (groups.empty() || groups.back().vocabulary != vocabulary) groups.push_back({position, 0, vocabulary, column});
    ++groups.back().count;
    ++position;
    column += vocabulary;
  }
  return groups;
}

std::vector<VocabularyGroup> leading_groups(std::vector<VocabularyGroup> groups, std::int64_t positions) {
  std::erase_if(groups, [&](const VocabularyGroup& group) { return group.position >= positions; });
  if (!groups.empty()) groups.back().count = std::min(groups.back().count, positions - groups.back().position);
  return groups;
}

torch::Tensor log_loss(const torch::Tensor& logits, const torch::Tensor& tokens, const torch::Tensor& counted,
                       const std::vector<VocabularyGroup>& groups) {
  torch::Tensor total;
  for (const VocabularyGroup& group : groups) {
    std::optional<torch::Tensor> weights;
    if (counted.defined()) weights = part_positions(counted, group);
    const torch::Tensor loss = TokenLoss::apply(part(logits, group), part_positions(tokens, group), weights);
    total = total.defined() ? total + loss : loss;
  }
  return total / logits.size(0);
}

torch::Tensor soft_log_loss(const torch::Tensor& logits, const torch::Tensor& targets,
                            const std::vector<VocabularyGroup>& groups) {
  torch::Tensor total;
  for (const VocabularyGroup& group : groups) {
    const torch::Tensor loss = -(part(targets, group) * torch::log_softmax(part(logits, group), -1)).sum();
    total = total.defined() ? total + loss : loss;
  }
  return total / logits.size(0);
}

PositionScores score_positions(const torch::Tensor& logits, const torch::Tensor& tokens,
                               const std::vector<VocabularyGroup>& groups) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> nll, most_likely;
  for (const VocabularyGroup& group : groups) {
    const torch::Tensor log_p = torch::log_softmax(part(logits, group), -1);
    nll.push_back(log_p.gather(-1, part_positions(tokens, group)).squeeze(-1).neg());
    most_likely.push_back(log_p.argmax(-1));
  }
  return {torch::cat(nll, 1).contiguous(), torch::cat(most_likely, 1).contiguous()};
}

}  // namespace pianola
