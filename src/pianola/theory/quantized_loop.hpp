// A scalar plant in closed loop with the quantized expert, from many initial states at once:
//
//   u_h = q(−k·x_h),   x_{h+1} = a·x_h + u_h + σ·ω_h,   ω_h standard normal
//
// and, where a Disturbance asks for it,
//
//   the expert sees x_h + σ_o·ν_h;   the plant plays u_{h−d}, zeros before the first;   a token is replaced by a
//   uniform one, or lost, which leaves the last action, each with its probability a step
//
// Any quantizer of one action dimension and chunk 1 plays, through Quantizer::quantize: its noise is named by the
// initial state's number, and its memory (the scale of `zoom`) is the lane's own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

/// How the world may differ from what the expert and the quantizer were made for.
struct Disturbance {
  double observation_noise = 0.0;              ///< σ_o
  double wrong_token = 0.0, lost_token = 0.0;  ///< probabilities a step
  std::uint32_t delay = 0;                     ///< d, steps
};

struct QuantizedLoop {
  double a = 1.0;
  double gain = 1.0;   ///< k; a is dead-beat
  double noise = 0.0;  ///< σ
  std::uint32_t steps = 100;
  double ball = 10.0;  ///< a state beyond ±ball has left, and stays out
  Disturbance disturbance = {};
};

/// k of linear-quadratic control of x' = a·x + u with costs 1 and 1.
double lqr_gain(double a);

struct LoopOutcome {
  double left = 0.0;  ///< share of the initial states that leave the ball
  double cost = 0.0;  ///< mean of min(x², ball²) over all steps after the first; what has left costs ball²
  double rest = 0.0;  ///< largest |x| over the last quarter of the steps; ∞ if a state left
};

/// What states of a loop add up to.
struct LoopSums {
  std::size_t left = 0;
  double cost = 0.0, rest = 0.0;
  void merge(const LoopSums& other);
  /// Over so many states and steps.
  [[nodiscard]] LoopOutcome outcome(std::size_t states, std::uint32_t steps) const;
};

/// The plant's states, step by step; whoever acts is outside.
class LoopStates {
 public:
  /// The initial states are numbered from `first` on, which names their noise. drawn: that noise, as loop_noise draws
  /// it; empty: each is drawn when it is needed. Keeps a reference to the loop and to what is drawn.
  LoopStates(const QuantizedLoop& loop, std::span<const double> starts, std::uint64_t first, const NoiseKey& key,
             std::span<const double> drawn = {});
  [[nodiscard]] std::span<const double> states() const { return states_; }
  /// What has left stays out, at 0. actions: [states]. Cost: no allocation.
  void step(std::span<const double> actions, std::uint32_t h);
  [[nodiscard]] LoopSums sums() const;

 private:
  const QuantizedLoop& loop_;
  NoiseKey noise_;
  std::uint64_t first_;
  std::span<const double> drawn_;
  std::vector<double> states_;
  std::vector<char> out_;
  LoopSums sums_;
};

/// ω of the states numbered from 0 on, [steps × states], for what plays them many times.
std::vector<double> loop_noise(const QuantizedLoop& loop, std::size_t states, const NoiseKey& key);

/// Same bits for any number of threads. quantizer: null: the raw expert, whose actions have no tokens to be wrong; lost
/// ones are its actions. Encoder and decoder each keep a memory of their own. @throws UsageError unless it has one
/// action dimension and chunk 1.
LoopOutcome play(const QuantizedLoop& loop, const Quantizer* quantizer, std::span<const double> starts,
                 const NoiseKey& key);

/// `count` points of [−radius, radius], equally far apart, none at 0 or at the ends.
std::vector<double> spread_starts(double radius, std::size_t count);

/// The scheme fitted to the raw expert's actions from these starts; its range holds all of −k·x for |x| ≤ radius.
std::unique_ptr<Quantizer> fit_to_loop(const QuantizerMaker& quantizers, const std::string& spec,
                                       const QuantizedLoop& loop, double radius, std::span<const double> starts,
                                       const NoiseKey& key);

}  // namespace pianola
