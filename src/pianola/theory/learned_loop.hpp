// A tabular learner on the scalar plant of theory/quantized_loop: n demonstrations, K tokens, log-loss.
//
//   demonstrations:  u_h = −k·x_h,   x_{h+1} = a·x_h + u_h + σ_p·z_h + σ·ω_h,   label q(u_h)
//   learner:         π̂(t | cell of x) = count ratios, of the nearest cell that was seen; it draws a token each step
//
// σ_p > 0 in every second demonstration is noise-injected data: executed with noise, labelled without
// (control/collect). Cells: equal ones of [−2, 2], the last of which hold all that lies beyond. Where tokens move a
// scale (quantizers/observed_memory.hpp) labels are encoded in order, and the cells are of x over the scale, which the
// learner sees: x·e^{−f}, f the log of the scale over the first one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/quantized_loop.hpp"

namespace pianola {

/// Of one repetition, [steps × states] each.
struct PlayingNoise {
  std::vector<double> omega, draws;  ///< the plant's, standard normal; the learner's tokens, uniform
};

struct LearnedLoop {
  QuantizedLoop loop;                    ///< without disturbance
  std::size_t cells = 48;                ///< of the learner's table
  std::uint32_t demonstrated = 30;       ///< steps of a demonstration
  double injected = 0.0;                 ///< σ_p
  std::vector<PlayingNoise> drawn = {};  ///< [repetition], as draw_noise makes it; empty: each play draws its own
};

/// Draws for the plays of so many repetitions what each of them would draw, so that schemes share it: same bits.
/// states: how many are played from.
void draw_noise(LearnedLoop& learned, std::size_t states, const NoiseKey& key, std::size_t repetitions);

/// Learns from n demonstrations from initial states uniform in [−1, 1], then plays from `starts`. Demonstrations and
/// noise are those of `repetition`. The quantizer has one dimension and chunk 1; a memory, if any, of one feature.
LoopOutcome learn_and_play(const LearnedLoop& learned, const Quantizer& quantizer, std::uint64_t n,
                           std::span<const double> starts, const NoiseKey& key, std::uint64_t repetition);

/// The raw expert under the noise of that repetition, whatever is learned.
LoopOutcome play_expert(const LearnedLoop& learned, std::span<const double> starts, const NoiseKey& key,
                        std::uint64_t repetition);

}  // namespace pianola
