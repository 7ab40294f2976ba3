// What is played of each chunk, and when: the options that all controllers which decide in chunks have.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/control/chunk_memory.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/rate_limit.hpp"

namespace pianola {

struct ChunkPlayConfig {
  std::optional<std::uint64_t> execute{};
  std::uint64_t delay = 0;
  bool late = false;
  std::string start = "zero";
  std::optional<double> ensemble{};
  std::vector<double> rate_limit{};
  template <class V>
  void visit(V&& v) {
    v("execute", execute,
      "actions of each chunk that are played before the next decision; auto: all that delay leaves");
    v("delay", delay,
      "steps from an observation to the first action decided from it; meanwhile the last chunk plays, "
      "and a chunk's first `delay` actions are those: forced as tokens where each token stands for one "
      "number, else (FAST, BEAST, codebooks of chunks) decoded freely and replaced");
    v("late", late, "with delay: chunks are played whole, `delay` steps after the time that they were decided for");
    v("start", start,
      "with delay, played before the first decision: zero, hold (the state, of relative actions), or "
      "numbers in quotes");
    v("ensemble", ensemble,
      "temporal ensembling: decides every step and plays the mean of all decisions for it, "
      "weights exp(-k i) from the oldest on; ACT has 0.01; auto: off");
    v("rate_limit", rate_limit,
      "largest change of the action a step, action units: one number or one a dimension, inf "
      "for none");
  }
};

struct ChunkPlay {
  ChunkSchedule schedule;
  std::string start = "zero";          ///< "zero", "hold" or empty: `start_action`
  std::vector<double> start_action{};  ///< [action_dim]
  std::optional<double> ensemble{};    ///< decay of its weights
  RateLimit rate_limit{};

  /// Actions at a chunk's beginning that are committed when it is decided.
  [[nodiscard]] std::size_t committed() const { return schedule.first; }
};

/// @throws UsageError naming `who`, the option, its value and what would do: execute not in 1 … chunk, execute + delay
/// beyond the chunk without late, hold without a state, ensemble with execute, delay or dimensions that have no mean.
ChunkPlay checked_play(const std::string& who, const ChunkPlayConfig& config, const Quantizer& quantizer);

/// What is played before the first decision, seen from the first observation. out: [lanes × action_dim].
void start_actions(const ChunkPlay& play, const Quantizer& quantizer, std::span<const double> observations,
                   std::span<double> out);

}  // namespace pianola
