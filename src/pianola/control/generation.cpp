#include "pianola/control/generation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/history.hpp"

namespace pianola {
namespace {

void check(const GenerationPlan& plan) {
  const PolicyInfo& policy = plan.policy->info();
  const QuantizerInfo& quantizer = plan.quantizer->info();
  const bool tokens = parse_spec(quantizer.spec).name == "discrete";
  if (!tokens || policy.observation_dim != 1 || quantizer.max_tokens != 1 || quantizer.chunk != 1) {
    throw UsageError(fmt::format(
        "generate: the policy '{}' sees {} numbers and writes {} tokens of '{}' a decision; sequences need one that "
        "sees a token and writes the next, as `pianola train book.txt` makes",
        policy.spec, policy.observation_dim, quantizer.max_tokens, quantizer.spec));
  }
  if (plan.prompt.empty() || plan.samples == 0) {
    throw UsageError("generate: needs a prompt of at least one token, and at least one sample");
  }
  for (const Token token : plan.prompt) {
    if (token < policy.vocabularies[0]) continue;
    throw UsageError(fmt::format("generate: the prompt's token {} is none of the policy's 0 … {}", token,
                                 policy.vocabularies[0] - 1));
  }
}

/// What a law that is none decides is no token.
void require_law(std::span<const double> seen, std::size_t step, const std::string& policy) {
  if (std::ranges::all_of(seen, [](double token) { return std::isfinite(token); })) return;
  throw DataError(fmt::format(
      "generate: the policy '{}' has no law of token {} (its numbers overflow); train it again at a lower rate", policy,
      step));
}

}  // namespace

std::vector<GeneratedSequence> generate(const GenerationPlan& plan) {
  check(plan);
  const std::size_t lanes = plan.samples;
  ObservationHistory history(lanes, plan.policy->info());
  std::vector<double> seen(lanes);
  for (const Token token : plan.prompt) {
    std::ranges::fill(seen, static_cast<double>(token));
    history.observe(seen);
  }
  Decoder decoder(*plan.policy, *plan.quantizer, plan.decode, lanes);
  std::vector<std::uint64_t> ids(lanes);
  for (std::size_t i = 0; i < lanes; ++i) ids[i] = i;
  std::vector<std::uint32_t> steps(lanes);
  std::vector<Token> tokens(lanes);
  std::vector<float> log_probabilities(lanes);
  std::vector<GeneratedSequence> out(lanes);
  for (std::size_t h = 0; h < plan.length; ++h) {
    throw_if_interrupted();
    std::ranges::fill(steps, static_cast<std::uint32_t>(h));
    decoder.decide(plan.key, {ids, steps, seen, {}}, history.values(), seen, tokens, log_probabilities);
    require_law(seen, h, plan.policy->info().spec);
    history.observe(seen);
    for (std::size_t i = 0; i < lanes; ++i) {
      out[i].tokens.push_back(tokens[i]);
      out[i].log_probability += static_cast<double>(log_probabilities[i]);
    }
  }
  return out;
}

}  // namespace pianola
