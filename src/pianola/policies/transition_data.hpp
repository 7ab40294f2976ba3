// Transitions of demonstrations as a transition model learns them and is judged by: the expert's state, its token, its
// next state.
//
// Chunks begin at steps 0, c, 2c, … of each trajectory, as they do in a deployment; a step's action is the one that its
// chunk decodes to. Steps behind the last whole chunk are left out, and so are steps whose executed action was not the
// label (perturbed collection): their next state is not the expert's. Next states are the following row's, and of the
// last row the recorded one, where there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Steps that are transitions, and those that are not: executed otherwise than labelled; behind the last whole chunk.
struct TransitionCounts {
  std::size_t kept = 0, perturbed = 0, behind = 0;
};

struct Transitions {
  std::size_t observation_dim = 0, action_dim = 0, max_tokens = 0;
  std::vector<double> states, next;     ///< [n × observation_dim]
  std::vector<double> actions;          ///< [n × action_dim], decoded
  std::vector<Token> tokens;            ///< [n × max_tokens], of the chunk
  std::vector<std::uint32_t> h;         ///< [n], step in its trajectory
  std::vector<std::size_t> trajectory;  ///< [n], ascending
  TransitionCounts counts;

  [[nodiscard]] std::size_t size() const { return h.size(); }
};

/// Whether the action that was executed at a step of the trajectory is the label.
bool executed_as_labelled(const Trajectory& trajectory, std::size_t step, std::size_t action_dim);

/// How many make_transitions would make; nothing is encoded. @throws as that.
TransitionCounts count_transitions(const Dataset& dataset, const QuantizerInfo& quantizer,
                                   std::span<const std::size_t> trajectories = {});

/// trajectories: which, ascending; empty: all. key: of schemes that draw noise when they encode.
/// @throws UsageError if the quantizer has another action dimension, or memory.
Transitions make_transitions(const Dataset& dataset, const Quantizer& quantizer, const NoiseKey& key,
                             std::span<const std::size_t> trajectories = {});

}  // namespace pianola
