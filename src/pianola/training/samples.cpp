#include "pianola/training/samples.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/quantizers/joint_codebook.hpp"
#include "pianola/training/memory_columns.hpp"
#include "pianola/training/split.hpp"
#include "pianola/training/token_windows.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 4096;  // chunks encoded at a time
constexpr std::size_t kProbes = 256;  // rows looked at to see whether targets are soft

void check(const Dataset& dataset, const QuantizerInfo& quantizer) {
  if (dataset.info().action_dim != quantizer.action_dim) {
    throw UsageError("train: the dataset has " + std::to_string(dataset.info().action_dim) +
                     " action dimensions, quantizer '" + quantizer.spec + "' has " +
                     std::to_string(quantizer.action_dim) + "; fit the quantizer to this dataset");
  }
}

/// Between two decisions on chunks nobody sees the memory, so that there is none for the older observations.
void check_history(const QuantizerInfo& quantizer, const SampleOptions& options) {
  if (quantizer.chunk == 1 || options.history == 1) return;
  throw UsageError("train: quantizer '" + quantizer.spec + "' moves its scale by chunks of " +
                   std::to_string(quantizer.chunk) + " steps, which a history of " + std::to_string(options.history) +
                   " observations cannot show; use --history 1 or --chunk 1");
}

float narrow(double value, const Dataset& dataset, std::size_t row, const char* what) {
  const auto narrowed = static_cast<float>(value);
  if (std::isfinite(narrowed)) return narrowed;
  throw DataError("train: dataset '" + dataset.info().path + "', step " + std::to_string(row) + " of all: " + what +
                  " holds " + std::to_string(value) + ", which no float can hold; rescale it");
}

/// Where a trajectory's rows of the dataset lie.
struct Rows {
  std::size_t begin, end, samples;
};

std::vector<Rows> trajectory_rows(const Dataset& dataset, std::size_t chunk) {
  std::vector<Rows> rows;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const std::size_t begin = dataset.offsets()[i], end = dataset.offsets()[i + 1];
    if (end - begin < chunk) {
      throw DataError("train: trajectory " + std::to_string(i) + " of dataset '" + dataset.info().path + "' has " +
                      std::to_string(end - begin) + " steps, fewer than a chunk of " + std::to_string(chunk) +
                      "; use a shorter --chunk or drop it");
    }
    rows.push_back({begin, end, end - begin - chunk + 1});
  }
  return rows;
}

/// Statistics of single observations, repeated for each of the history.
Normalisation tile(const Normalisation& single, std::size_t history) {
  Normalisation tiled;
  for (std::size_t k = 0; k < history; ++k) {
    tiled.mean.insert(tiled.mean.end(), single.mean.begin(), single.mean.end());
    tiled.inverse_std.insert(tiled.inverse_std.end(), single.inverse_std.begin(), single.inverse_std.end());
  }
  return tiled;
}

Normalisation normalisation_of(const Dataset& dataset, const std::vector<std::size_t>& train,
                               const SampleOptions& options) {
  const Normalisation& given = options.normalisation;
  if (given.mean.empty()) return tile(fit_normalisation(dataset, train), options.history);
  const std::size_t wanted = options.history * dataset.info().observation_dim;
  if (given.mean.size() == wanted && given.inverse_std.size() == wanted) return given;
  throw UsageError("train: the normalisation to start from is of " + std::to_string(given.mean.size()) +
                   " numbers, a history of dataset '" + dataset.info().path + "' has " + std::to_string(wanted) +
                   "; use what belongs together");
}

/// Appends the history that ends at row `now`, normalised in float as the deployed policy does.
void append_input(const Dataset& dataset, std::size_t begin, std::size_t now, Samples& samples) {
  const std::size_t width = dataset.info().observation_dim;
  const Normalisation& scale = samples.normalisation;
  for (std::size_t k = 0; k < samples.history; ++k) {
    const std::size_t back = samples.history - 1 - k;
    const std::size_t row = now >= begin + back ? now - back : begin;
    for (std::size_t d = 0; d < width; ++d) {
      const float x = narrow(dataset.observations()[row * width + d], dataset, row, "an observation");
      samples.inputs.push_back((x - scale.mean[d]) * scale.inverse_std[d]);
    }
  }
}

void append_chunk(const Dataset& dataset, std::size_t now, Samples& samples) {
  const std::size_t first = now * dataset.info().action_dim;
  for (std::size_t d = 0; d < samples.chunk_values; ++d) {
    samples.chunks.push_back(narrow(dataset.actions()[first + d], dataset, now, "an action"));
  }
}

/// What is seen at the chunk's start, for actions that are relative to it.
void append_start(const Dataset& dataset, std::size_t now, Samples& samples) {
  const std::size_t dim = dataset.info().observation_dim;
  const auto row = dataset.observations().subspan(now * dim, dim);
  samples.starts.insert(samples.starts.end(), row.begin(), row.end());
}

/// Remembers where sequences end; what stands behind is no token.
void keep_lengths(const TokenBatch& batch, Samples& samples) {
  for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
    const auto row = batch.tokens.subspan(i * samples.positions, samples.positions);
    std::ranges::fill(row.subspan(batch.lengths[i]), Token{0});
    samples.lengths.push_back(batch.lengths[i]);
  }
}

/// Tokens of all chunks. ids and steps name the noise of schemes that draw some: it is drawn once, here.
void encode(const Quantizer& quantizer, const NoiseKey& key, std::span<const std::uint64_t> ids,
            std::span<const std::uint32_t> steps, Samples& samples) {
  std::vector<Token> tokens(kBlock * samples.positions);
  std::vector<std::uint32_t> lengths(kBlock);
  for (std::size_t first = 0; first < ids.size(); first += kBlock) {
    const std::size_t n = std::min(kBlock, ids.size() - first);
    const TokenBatch batch{std::span(tokens).first(n * samples.positions), std::span(lengths).first(n)};
    const std::size_t dim = samples.starts.size() / ids.size(), size = samples.memory.size() / ids.size();
    const auto before = std::span(samples.memory).subspan(first * size, n * size);
    std::vector<double> memory(before.begin(), before.end());  // which encoding moves
    const CodecContext context{&key, ids.subspan(first, n), steps.subspan(first, n), memory,
                               std::span(samples.starts).subspan(first * dim, n * dim)};
    quantizer.encode(std::span(samples.chunks).subspan(first * samples.chunk_values, n * samples.chunk_values), context,
                     batch);
    if (!quantizer.info().fixed_length) keep_lengths(batch, samples);
    samples.tokens.insert(samples.tokens.end(), batch.tokens.begin(), batch.tokens.end());
  }
}

/// Whether targets() is anything but one-hot at the token, on evenly spaced rows.
bool has_soft_targets(const Quantizer& quantizer, const Samples& samples) {
  std::vector<float> p;
  const std::size_t stride = std::max<std::size_t>(1, samples.size() / kProbes);
  for (std::size_t row = 0; row < samples.size(); row += stride) {
    const auto chunk = std::span(samples.chunks).subspan(row * samples.chunk_values, samples.chunk_values);
    for (std::size_t position = 0; position < samples.length(row); ++position) {
      p.assign(samples.vocabularies[position], 0.0F);
      quantizer.targets_at({.observations = samples.starts_of(row, 1)}, chunk, position, p);
      if (std::count_if(p.begin(), p.end(), [](float x) { return x > 0.0F; }) > 1) return true;
    }
  }
  return false;
}

/// Mean and 1/std of each action dimension over the training trajectories, for each action of a chunk.
Normalisation fit_action_scale(const Dataset& dataset, const std::vector<std::size_t>& train, std::size_t chunk) {
  const std::size_t dim = dataset.info().action_dim;
  std::vector<RunningMean> columns(dim);
  for (const std::size_t i : train) {
    const auto values =
        dataset.actions().subspan(dataset.offsets()[i] * dim, (dataset.offsets()[i + 1] - dataset.offsets()[i]) * dim);
    for (std::size_t j = 0; j < values.size(); ++j) columns[j % dim].add(values[j]);
  }
  Normalisation single;
  for (const RunningMean& column : columns) {
    const double std = std::sqrt(column.variance());
    single.mean.push_back(static_cast<float>(column.mean()));
    single.inverse_std.push_back(std > 0.0 ? static_cast<float>(1.0 / std) : 1.0F);
  }
  return tile(single, chunk);
}

/// What a sample's chunk and its noise are of.
struct Places {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> steps;
};

/// Inputs, chunks and the split; relative: also what is seen at the chunks' starts.
Samples gather(const Dataset& dataset, std::size_t chunk, bool relative, const SampleOptions& options, Places& places) {
  if (dataset.size() == 0) throw DataError("train: the dataset has no trajectory; collect some first");
  const std::vector<Rows> rows = trajectory_rows(dataset, chunk);
  const TrajectorySplit split = split_dataset(dataset, options.validation, options.key.child("split"));
  Samples samples;
  samples.history = options.history;
  samples.input_dim = options.history * dataset.info().observation_dim;
  samples.chunk = chunk;
  samples.chunk_values = chunk * dataset.info().action_dim;
  samples.action_scale = fit_action_scale(dataset, split.train, chunk);
  samples.normalisation = normalisation_of(dataset, split.train, options);
  samples.inputs.reserve(dataset.steps() * samples.input_dim);
  samples.chunks.reserve(dataset.steps() * samples.chunk_values);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool held = std::ranges::binary_search(split.validation, i);
    const bool trained = !held && std::ranges::binary_search(split.train, i);
    for (std::size_t h = 0; h < rows[i].samples; ++h) {
      append_input(dataset, rows[i].begin, rows[i].begin + h, samples);
      append_chunk(dataset, rows[i].begin + h, samples);
      if (relative) append_start(dataset, rows[i].begin + h, samples);
      const auto row = static_cast<std::int64_t>(places.ids.size());
      if (held) samples.validation.push_back(row);
      if (trained) samples.train.push_back(row);
      places.ids.push_back(i);
      places.steps.push_back(static_cast<std::uint32_t>(h));
    }
  }
  return samples;
}

/// The codes of a codebook of whole chunks, as a network sees actions; empty for other schemes.
std::vector<float> normalised_codes(const Quantizer& quantizer, const Normalisation& scale) {
  const auto* const book = dynamic_cast<const JointCodebook*>(&quantizer);
  if (book == nullptr || quantizer.info().max_tokens != 1) return {};
  std::vector<float> codes = book->contents().codes;
  const std::size_t values = scale.mean.size();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = (codes[i] - scale.mean[i % values]) * scale.inverse_std[i % values];
  }
  return codes;
}

/// Of each sample, from that of each step.
std::vector<double> memory_at_starts(const std::vector<double>& memory, const Dataset& dataset, std::size_t chunk) {
  const std::size_t size = memory.size() / std::max<std::size_t>(dataset.steps(), 1);
  std::vector<double> out;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const auto begin = memory.begin() + static_cast<std::ptrdiff_t>(dataset.offsets()[i] * size);
    const std::size_t starts = dataset.offsets()[i + 1] - dataset.offsets()[i] - chunk + 1;
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(starts * size));
  }
  return out;
}

/// memory: [steps × memory_size], before each step.
Samples make_token_samples(const Dataset& dataset, const Quantizer& quantizer, const std::vector<double>& memory,
                           const SampleOptions& options) {
  const QuantizerInfo& info = quantizer.info();
  const ActionRepresentation* const map = quantizer.representation();
  Places places;
  Samples samples = gather(dataset, info.chunk, map != nullptr && map->needs_state(), options, places);
  samples.positions = info.max_tokens;
  samples.vocabularies = info.vocabularies;
  samples.memory = memory_at_starts(memory, dataset, info.chunk);
  encode(quantizer, options.key.child("dither"), places.ids, places.steps, samples);
  samples.codes = normalised_codes(quantizer, samples.action_scale);
  if (has_soft_targets(quantizer, samples)) samples.soft = &quantizer;
  return samples;
}

}  // namespace

std::vector<double> Samples::memory_of(std::span<const std::int64_t> rows) const {
  const std::size_t width = size() == 0 ? 0 : memory.size() / size();
  std::vector<double> out;
  out.reserve(rows.size() * width);
  for (const std::int64_t row : rows) {
    const auto one = std::span(memory).subspan(static_cast<std::size_t>(row) * width, width);
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

std::size_t Samples::actions_in(std::span<const std::int64_t> rows) const {
  if (context == 0) return rows.size() * chunk;
  std::size_t count = 0;
  for (const std::int64_t row : rows) {
    count += length(static_cast<std::size_t>(row)) - first(static_cast<std::size_t>(row));
  }
  return count;
}

Samples make_samples(const Dataset& dataset, const Quantizer& quantizer, const SampleOptions& options) {
  const QuantizerInfo& info = quantizer.info();
  check(dataset, info);
  if (options.context > 0) return make_token_windows(dataset, quantizer, options);
  if (info.memory_size == 0) return make_token_samples(dataset, quantizer, {}, options);
  check_history(info, options);
  const RememberedData seen = with_memory_columns(dataset, quantizer);
  return make_token_samples(seen.data, quantizer, seen.memory, options);
}

Samples make_action_samples(const Dataset& dataset, std::size_t chunk, const SampleOptions& options) {
  Places places;
  return gather(dataset, chunk, false, options, places);
}

}  // namespace pianola
