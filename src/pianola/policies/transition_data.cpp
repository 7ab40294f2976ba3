#include "pianola/policies/transition_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/rows.hpp"

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
  std::vector<double> actions;  // [chunks × chunk × action_dim]
  std::vector<Token> tokens;    // [chunks × max_tokens]
};

Decoded decode(const Trajectory& t, std::size_t number, std::size_t dim, const Quantizer& quantizer,
               const NoiseKey& key) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t chunks = t.steps / info.chunk, values = chunks * info.chunk * info.action_dim;
  const std::vector<double> raw(t.actions.begin(), t.actions.begin() + static_cast<std::ptrdiff_t>(values));
  const std::vector<float> narrow(raw.begin(), raw.end());
  const std::vector<std::uint64_t> ids(chunks, number);
  std::vector<std::uint32_t> h(chunks), lengths(chunks);
  std::vector<double> starts;
  for (std::size_t i = 0; i < chunks; ++i) {
    h[i] = static_cast<std::uint32_t>(i * info.chunk);
    append_row(starts, t.observations, i * info.chunk, dim);
  }
  const CodecContext context{&key, ids, h, {}, starts};
  Decoded out{std::vector<double>(values), std::vector<Token>(chunks * info.max_tokens)};
  quantizer.quantize(raw, context, out.actions);
  quantizer.encode(narrow, context, TokenBatch{out.tokens, lengths});
  return out;
}

/// The steps of a trajectory that are transitions of the expert; adds those that are left out to `counts`.
std::vector<std::size_t> kept_steps(const Trajectory& t, const QuantizerInfo& quantizer, TransitionCounts& counts) {
  const std::size_t whole = t.steps / quantizer.chunk * quantizer.chunk;
  const std::size_t last = t.next_observations.empty() ? std::max<std::size_t>(t.steps, 1) - 1 : t.steps;
  counts.behind += last > whole ? last - whole : 0;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < std::min(whole, last); ++i) {
    if (executed_as_labelled(t, i, quantizer.action_dim)) kept.push_back(i);
  }
  counts.kept += kept.size();
  counts.perturbed += std::min(whole, last) - kept.size();
  return kept;
}

void append(const Trajectory& t, std::size_t number, const Quantizer& quantizer, const NoiseKey& key,
            Transitions& out) {
  const std::vector<std::size_t> kept = kept_steps(t, quantizer.info(), out.counts);
  if (kept.empty()) return;
  const Decoded decoded = decode(t, number, out.observation_dim, quantizer, key);
  for (const std::size_t i : kept) {
    append_row(out.states, t.observations, i, out.observation_dim);
    if (i + 1 < t.steps) {
      append_row(out.next, t.observations, i + 1, out.observation_dim);
    } else {
      append_row(out.next, t.next_observations, i, out.observation_dim);
    }
    append_row(out.actions, decoded.actions, i, out.action_dim);
    append_row(out.tokens, decoded.tokens, i / quantizer.info().chunk, out.max_tokens);
    out.h.push_back(static_cast<std::uint32_t>(i));
    out.trajectory.push_back(number);
  }
}

/// Calls visit(trajectory, number) for these, or all.
template <class Visit>
void visit_trajectories(const Dataset& dataset, std::span<const std::size_t> trajectories, const Visit& visit) {
  std::vector<std::size_t> all(trajectories.empty() ? dataset.size() : 0);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const std::size_t i : all.empty() ? trajectories : all) visit(dataset.trajectory(i), i);
}

}  // namespace

bool executed_as_labelled(const Trajectory& t, std::size_t step, std::size_t action_dim) {
  if (t.executed_actions.empty()) return true;
  return std::ranges::equal(row_of(t.actions, step, action_dim), row_of(t.executed_actions, step, action_dim));
}

TransitionCounts count_transitions(const Dataset& dataset, const QuantizerInfo& quantizer,
                                   std::span<const std::size_t> trajectories) {
  check(dataset, quantizer);
  TransitionCounts out;
  visit_trajectories(dataset, trajectories,
                     [&](const Trajectory& t, std::size_t) { static_cast<void>(kept_steps(t, quantizer, out)); });
  return out;
}

Transitions make_transitions(const Dataset& dataset, const Quantizer& quantizer, const NoiseKey& key,
                             std::span<const std::size_t> trajectories) {
  check(dataset, quantizer.info());
  Transitions out;
  out.observation_dim = dataset.info().observation_dim;
  out.action_dim = dataset.info().action_dim;
  out.max_tokens = quantizer.info().max_tokens;
  const NoiseKey dither = key.child("dither");
  visit_trajectories(dataset, trajectories,
                     [&](const Trajectory& t, std::size_t number) { append(t, number, quantizer, dither, out); });
  return out;
}

}  // namespace pianola
