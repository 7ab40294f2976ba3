// Fitting in tests: the context that tests of schemes share, and what a refused fit says.
#pragma once

#include <string>

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

/// The message of a fit that is refused; empty if it is not.
inline std::string failure(const std::string& spec, const FitContext& context) {
  try {
    make_quantizer(spec, context);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace pianola::testing
