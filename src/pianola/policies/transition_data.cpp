#include "pianola/policies/transition_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void check(const Dataset& dataset, const QuantizerInfo& quantizer) {
  if (dataset.info().action_dim != quantizer.action_dim) {
    throw UsageError(fmt::format(
        "transition model: the dataset has {} action dimensions, quantizer '{}' has {}; fit the quantizer to this "
        "dataset",
        dataset.info().action_dim, quantizer.spec, quantizer.action_dim));
  }
  if (quantizer.memory_size == 0) return;
  throw UsageError(fmt::format(
      "transition model: quantizer '{}' has a moving scale, which a model does not see; use one such as uniform",
      quantizer.spec));
}

/// Tokens and decoded actions of the whole chunks of one trajectory.
struct Decoded {
  std::size_t chunks = 0;
  std::vector<double> actions;  // [chunks × chunk × action_dim]
  std::vector<Token> tokens;    // [chunks × max_tokens]
};

Decoded decode(const Trajectory& t, std::size_t number, std::size_t dim, const Quantizer& quantizer,
               const NoiseKey& key) {
  const QuantizerInfo& info = quantizer.info();
  Decoded out;
  out.chunks = t.steps / info.chunk;
  const std::size_t values = out.chunks * info.chunk * info.action_dim;
  const std::vector<double> raw(t.actions.begin(), t.actions.begin() + static_cast<std::ptrdiff_t>(values));
  const std::vector<float> narrow(raw.begin(), raw.end());
  const std::vector<std::uint64_t> ids(out.chunks, number);
  std::vector<std::uint32_t> h(out.chunks), lengths(out.chunks);
  std::vector<double> starts;
  for (std::size_t i = 0; i < out.chunks; ++i) {
    h[i] = static_cast<std::uint32_t>(i * info.chunk);
    const auto row = std::span(t.observations).subspan(i * info.chunk * dim, dim);
    starts.insert(starts.end(), row.begin(), row.end());
  }
  const CodecContext context{&key, ids, h, {}, starts};
  out.actions.resize(values);
  out.tokens.resize(out.chunks * info.max_tokens);
  quantizer.quantize(raw, context, out.actions);
  quantizer.encode(narrow, context, TokenBatch{out.tokens, lengths});
  return out;
}

void append_row(std::vector<double>& to, const std::vector<double>& from, std::size_t row, std::size_t dim) {
  const auto values = std::span(from).subspan(row * dim, dim);
  to.insert(to.end(), values.begin(), values.end());
}

/// Whether the action that was executed at step i is the label.
bool clean(const Trajectory& t, std::size_t i, std::size_t dim) {
  if (t.executed_actions.empty()) return true;
  const auto label = std::span(t.actions).subspan(i * dim, dim);
  return std::ranges::equal(label, std::span(t.executed_actions).subspan(i * dim, dim));
}

void append(const Trajectory& t, std::size_t number, const Quantizer& quantizer, const NoiseKey& key,
            Transitions& out) {
  const std::size_t chunk = quantizer.info().chunk, width = out.max_tokens;
  const Decoded decoded = decode(t, number, out.observation_dim, quantizer, key);
  const std::size_t whole = decoded.chunks * chunk;
  const std::size_t last = t.next_observations.empty() ? std::max<std::size_t>(t.steps, 1) - 1 : t.steps;
  out.behind += last > whole ? last - whole : 0;
  for (std::size_t i = 0; i < std::min(whole, last); ++i) {
    if (!clean(t, i, out.action_dim)) {
      ++out.perturbed;
      continue;
    }
    append_row(out.states, t.observations, i, out.observation_dim);
    if (i + 1 < t.steps) {
      append_row(out.next, t.observations, i + 1, out.observation_dim);
    } else {
      append_row(out.next, t.next_observations, i, out.observation_dim);
    }
    append_row(out.actions, decoded.actions, i, out.action_dim);
    const auto tokens = std::span(decoded.tokens).subspan(i / chunk * width, width);
    out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
    out.h.push_back(static_cast<std::uint32_t>(i));
    out.trajectory.push_back(number);
  }
}

}  // namespace

Transitions make_transitions(const Dataset& dataset, const Quantizer& quantizer, const NoiseKey& key,
                             std::span<const std::size_t> trajectories) {
  check(dataset, quantizer.info());
  Transitions out;
  out.observation_dim = dataset.info().observation_dim;
  out.action_dim = dataset.info().action_dim;
  out.max_tokens = quantizer.info().max_tokens;
  std::vector<std::size_t> all(dataset.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const std::size_t i : trajectories.empty() ? std::span<const std::size_t>(all) : trajectories) {
    append(dataset.trajectory(i), i, quantizer, key.child("dither"), out);
  }
  return out;
}

}  // namespace pianola
