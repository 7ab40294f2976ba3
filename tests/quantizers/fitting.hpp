// Fitting in tests: the contexts that tests of schemes share, what a fit plays, and what a refused one says.
#pragma once

#include <string>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/registry.hpp"
#include "quantizers/action_samples.hpp"
#include "quantizers/made_up_trainer.hpp"

namespace pianola::testing {

/// Data without a range of their own; learned encoders get made-up weights.
inline FitContext context_of(const ActionSource& data, std::size_t chunk = 1) {
  static const MadeUpTrainer trainer;
  FitContext context;
  context.action_dim = data.action_dim();
  context.chunk = chunk;
  context.data = &data;
  context.key = NoiseKey(3);
  context.trainer = &trainer;
  return context;
}

/// The sample with its range.
inline FitContext context_of(const Sample& sample, std::size_t chunk) {
  FitContext context = context_of(sample.actions, chunk);
  context.range = sample.range;
  return context;
}

/// The range [−1, 1] in every dimension, and no data.
inline FitContext unit_context(std::size_t dim = 1, std::size_t chunk = 1) {
  FitContext context;
  context.action_dim = dim;
  context.chunk = chunk;
  context.range = {std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)};
  return context;
}

/// q(u) of a scheme of one dimension.
inline double q(const Quantizer& quantizer, double u) {
  double out = 0.0;
  quantizer.quantize({&u, 1}, {}, {&out, 1});
  return out;
}

/// Tokens of chunks [n × chunk × dim], of a scheme whose chunks all have max_tokens of them.
inline std::vector<Token> encode(const Quantizer& quantizer, const std::vector<float>& chunks) {
  const std::size_t n = chunks.size() / (quantizer.info().chunk * quantizer.info().action_dim);
  std::vector<Token> tokens(n * quantizer.info().max_tokens);
  std::vector<std::uint32_t> lengths(n);
  quantizer.encode(chunks, {}, {tokens, lengths});
  return tokens;
}

/// The message of a fit that is refused; empty if it is not.
inline std::string failure(const std::string& spec, const FitContext& context = unit_context()) {
  try {
    make_quantizer(spec, context);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace pianola::testing
