// Sequences that a policy over tokens writes: pure token dynamics, where the action is the next token and is appended
// to what was seen. The language-model case of imitation (docs/theory.md §2; systems/sequence.hpp is the same with a
// source whose law is known).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct GenerationPlan {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Quantizer> quantizer;  ///< of one dimension, chunk 1: `discrete`
  DecodeOptions decode = {};
  std::vector<Token> prompt;  ///< not empty; may be shorter than the context
  std::size_t length = 200;   ///< tokens after the prompt
  std::size_t samples = 1;
  NoiseKey key;
};

struct GeneratedSequence {
  std::vector<Token> tokens;     ///< [length], the prompt not included
  double log_probability = 0.0;  ///< of them given the prompt, nats, under the law they were drawn from
};

/// [samples]; sample i draws from the streams of id i, so more samples leave the first ones as they were.
/// @throws UsageError for an empty prompt or no samples, a prompt token that the policy does not know, or a policy that
/// does not see and write one token a step; DataError where the policy has no law.
std::vector<GeneratedSequence> generate(const GenerationPlan& plan);

}  // namespace pianola
