// What controllers with an auxiliary state (control/augmented.cpp) did over all their rollouts, for those who evaluate
// them: how often the auxiliary state was set to the real one, and whether it left the model's training range.
//
// Sums and least steps, so that they do not depend on the order in which blocks run.
#pragma once

#include <atomic>
#include <cstdint>

#include "pianola/policies/transition_model.hpp"

namespace pianola {

struct AuxiliaryReport {
  std::uint64_t steps = 0;            ///< of running lanes
  std::uint64_t resyncs = 0;          ///< of those, steps at which x̃ was set to x, the first of a rollout not counted
  bool has_range = false;             ///< the model has a training range
  std::uint64_t left = 0;             ///< rollouts in which x̃ left it
  std::uint32_t first_left = kNever;  ///< the earliest step at which it did
};

/// Shared by the controllers of one recipe, on all threads.
class AuxiliaryCounter {
 public:
  void count(std::uint64_t steps, std::uint64_t resyncs) {
    steps_.fetch_add(steps, std::memory_order_relaxed);
    resyncs_.fetch_add(resyncs, std::memory_order_relaxed);
  }
  void leave(std::uint32_t step) {
    left_.fetch_add(1, std::memory_order_relaxed);
    std::uint32_t first = first_.load(std::memory_order_relaxed);
    while (step < first && !first_.compare_exchange_weak(first, step, std::memory_order_relaxed)) {
    }
  }
  [[nodiscard]] AuxiliaryReport report(bool has_range) const {
    return {steps_.load(), resyncs_.load(), has_range, left_.load(), first_.load()};
  }

 private:
  std::atomic<std::uint64_t> steps_{0}, resyncs_{0}, left_{0};
  std::atomic<std::uint32_t> first_{kNever};
};

/// A recipe (control/controller.hpp) implements it beside ControllerRecipe where its controllers have an auxiliary
/// state.
class ReportsAuxiliary {
 public:
  virtual ~ReportsAuxiliary() = default;
  /// Of all that its controllers have done so far.
  [[nodiscard]] virtual AuxiliaryReport auxiliary_report() const = 0;
};

}  // namespace pianola
