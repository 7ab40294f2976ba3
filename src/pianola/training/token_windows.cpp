#include "pianola/training/token_windows.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/training/split.hpp"

namespace pianola {
namespace {

/// Places that follow each other in one trajectory, all for training or all held out.
struct Stretch {
  std::size_t begin, end;
  bool held_out;
};

void check(const Dataset& dataset, const QuantizerInfo& quantizer) {
  if (dataset.size() == 0) throw DataError("train: the dataset has no trajectory; collect some first");
  if (dataset.info().observation_dim != 1 || dataset.info().action_dim != 1) {
    throw UsageError(
        "train: --context is for sequences of tokens, whose observation is the token before: one number; "
        "dataset '" +
        dataset.info().path + "' has " + std::to_string(dataset.info().observation_dim) + " observation and " +
        std::to_string(dataset.info().action_dim) + " action dimensions; use --history");
  }
  if (parse_spec(quantizer.spec).name != "discrete" || quantizer.max_tokens != 1) {
    throw UsageError("train: with a text or --context the data are tokens already, one an action, but quantizer '" +
                     quantizer.spec + "' makes others of them, up to " + std::to_string(quantizer.max_tokens) +
                     " an action; use --quantizer discrete (or leave it out) and --chunk 1");
  }
}

std::int64_t token_at(const Dataset& dataset, std::size_t step, std::uint32_t vocabulary) {
  const double value = dataset.observations()[step];
  if (value >= 0.0 && value < vocabulary && value == std::floor(value)) return static_cast<std::int64_t>(value);
  throw DataError("train: dataset '" + dataset.info().path + "', step " + std::to_string(step) +
                  " of all: the observation is " + std::to_string(value) + ", no token of 0 … " +
                  std::to_string(vocabulary - 1) + "; give --quantizer discrete:vocabulary=K if it is one more");
}

std::vector<Stretch> stretches(const Dataset& dataset, const SampleOptions& options) {
  const auto offsets = dataset.offsets();
  if (dataset.size() == 1) {
    const auto held = static_cast<std::size_t>(std::llround(options.validation * static_cast<double>(offsets[1])));
    const std::size_t split = offsets[1] - std::min(held, offsets[1] - 1);
    if (split == offsets[1]) return {{0, split, false}};
    return {{0, split, false}, {split, offsets[1], true}};
  }
  const TrajectorySplit split = split_trajectories(dataset.size(), options.validation, options.key.child("split"));
  std::vector<Stretch> out;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const bool held = std::binary_search(split.validation.begin(), split.validation.end(), i);
    out.push_back({offsets[i], offsets[i + 1], held});
  }
  return out;
}

/// Where windows of a stretch begin: anywhere.
void add_training_rows(const Stretch& stretch, std::size_t context, Samples& samples) {
  const std::size_t last = std::max(stretch.begin + context, stretch.end) - context;
  for (std::size_t row = stretch.begin; row <= last; ++row) samples.train.push_back(static_cast<std::int64_t>(row));
}

/// Windows that count each place of a stretch once.
void add_scored_rows(const Stretch& stretch, std::size_t context, std::vector<std::int64_t>& rows, Samples& samples) {
  const std::size_t stride = std::max<std::size_t>(1, context / 2);
  for (std::size_t row = stretch.begin, counted = stretch.begin; counted < stretch.end; row += stride) {
    rows.push_back(static_cast<std::int64_t>(row));
    samples.firsts[row] = static_cast<std::uint32_t>(counted - row);
    samples.lengths[row] = static_cast<std::uint32_t>(std::min(context, stretch.end - row));
    counted = row + samples.lengths[row];
  }
}

void encode(const Dataset& dataset, const Quantizer& quantizer, const NoiseKey& key, Samples& samples) {
  const std::size_t steps = dataset.steps();
  std::vector<float> actions(dataset.actions().begin(), dataset.actions().end());
  std::vector<Token> tokens(steps);
  std::vector<std::uint32_t> lengths(steps), h(steps);
  std::vector<std::uint64_t> ids(steps);
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    for (std::size_t row = dataset.offsets()[i]; row < dataset.offsets()[i + 1]; ++row) {
      ids[row] = i;
      h[row] = static_cast<std::uint32_t>(row - dataset.offsets()[i]);
    }
  }
  quantizer.encode(actions, {.key = &key, .ids = ids, .h = h}, TokenBatch{tokens, lengths});
  samples.tokens.assign(tokens.begin(), tokens.end());
  samples.chunks = std::move(actions);
}

}  // namespace

Samples make_token_windows(const Dataset& dataset, const Quantizer& quantizer, const SampleOptions& options) {
  check(dataset, quantizer.info());
  Samples samples;
  samples.context = samples.history = samples.input_dim = samples.positions = options.context;
  samples.chunk_values = 1;
  const std::uint32_t vocabulary = quantizer.info().vocabularies.front();
  samples.vocabularies.assign(options.context, vocabulary);
  encode(dataset, quantizer, options.key.child("dither"), samples);
  for (std::size_t step = 0; step < dataset.steps(); ++step) {
    samples.contexts.push_back(token_at(dataset, step, vocabulary));
  }
  samples.lengths.assign(dataset.steps(), static_cast<std::uint32_t>(options.context));
  samples.firsts.assign(dataset.steps(), 0);
  for (const Stretch& stretch : stretches(dataset, options)) {
    add_scored_rows(stretch, options.context, stretch.held_out ? samples.validation : samples.train_scored, samples);
    if (!stretch.held_out) add_training_rows(stretch, options.context, samples);
  }
  samples.tokens.resize(dataset.steps() + options.context - 1);  // the last windows reach beyond the end
  samples.contexts.resize(samples.tokens.size());
  return samples;
}

}  // namespace pianola
