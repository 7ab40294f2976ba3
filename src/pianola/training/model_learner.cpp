#include "pianola/training/model_learner.hpp"

#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/policies/mixture_deviation.hpp"
#include "pianola/training/batches.hpp"
#include "pianola/training/learner.hpp"
#include "pianola/training/schedule.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {
namespace {

/// Mean and 1/std of each column; 0 where it does not vary.
Normalisation scale_of(const std::vector<double>& values, std::size_t width) {
  std::vector<RunningMean> columns(width);
  for (std::size_t i = 0; i < values.size(); ++i) columns[i % width].add(values[i]);
  Normalisation out;
  for (const RunningMean& column : columns) {
    const double std = column.count() > 1 ? std::sqrt(column.variance()) : 0.0;
    const bool varies = std > 1e-12 * std::max(1.0, std::abs(column.mean()));
    out.mean.push_back(static_cast<float>(column.mean()));
    out.inverse_std.push_back(varies ? static_cast<float>(1.0 / std) : 0.0F);
  }
  return out;
}

/// Of increments; one that does not vary is known to a millionth of it, or a millionth (as policies/linear_law.hpp).
Normalisation increment_scale(const std::vector<double>& increments, std::size_t dim) {
  Normalisation out = scale_of(increments, dim);
  for (std::size_t d = 0; d < dim; ++d) {
    if (out.inverse_std[d] > 0.0F) continue;
    const float size = std::abs(out.mean[d]);
    out.inverse_std[d] = kSmallestDeviation / (1e-6F * (size > 0.0F ? size : 1.0F));
  }
  return out;
}

[[noreturn]] void diverged(const std::string& network, std::uint64_t step, double loss) {
  throw DataError("transition model: the network '" + network + "' diverged at step " + std::to_string(step + 1) +
                  ": its loss is " + std::to_string(loss) + "; lower learning_rate or set gradient_clip");
}

}  // namespace

Samples network_samples(const IncrementSamples& from) {
  Samples out;
  out.input_dim = from.inputs;
  out.chunk_values = from.dim;
  out.normalisation = scale_of(from.seen, from.inputs);
  out.action_scale = increment_scale(from.increments, from.dim);
  out.inputs.reserve(from.seen.size());
  for (std::size_t i = 0; i < from.seen.size(); ++i) {
    const std::size_t d = i % from.inputs;
    out.inputs.push_back((static_cast<float>(from.seen[i]) - out.normalisation.mean[d]) *
                         out.normalisation.inverse_std[d]);
  }
  out.chunks.assign(from.increments.begin(), from.increments.end());
  out.train.resize(from.size());
  std::iota(out.train.begin(), out.train.end(), std::int64_t{0});
  return out;
}

void check_network(const Samples& samples, const std::string& network, int steps) {
  check_policy(samples, network);
  if (steps >= 0) return;
  throw UsageError("transition model: steps must be 1 or more, or 0 for as many as the policy's, but is " +
                   std::to_string(steps));
}

TensorFile fit_network(const Samples& samples, const std::string& network, int steps, const MemberOptions& options) {
  check_network(samples, network, steps);
  TrainConfig recipe = options.recipe;
  if (steps > 0) recipe.steps = steps;
  Learner learner(samples, {network, recipe.weight_decay, recipe.gradient_clip, recipe.ema > 0.0, options.key});
  set_training_threads(recipe, learner.parameters());
  Batches batches(samples.train, static_cast<std::size_t>(batch_size(recipe)), options.key.child("batches"));
  const auto count = static_cast<std::uint64_t>(recipe.steps);
  options.progress.begin("transition model", count, "steps");
  for (std::uint64_t step = 0; step < count; ++step) {
    if (interrupt_requested()) throw Interrupted("training of the transition model stopped; the policy is complete");
    const StepReport report =
        learner.step(batches.rows(step), learning_rate_at(recipe, step), ema_decay_at(recipe, step));
    if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm)) diverged(network, step, report.loss);
    options.progress.advance(1, "loss " + std::to_string(report.loss));
  }
  options.progress.end();
  return learner.weights(Weights::average);
}

}  // namespace pianola
