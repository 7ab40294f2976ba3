// What changes with the step s = 0 … S − 1 of a training.
//
//   rate(s)  = peak · (s + 1)/w                                         for s < w = round(warmup · S)
//            = peak · [f + (1 − f)(1 + cos(π (s − w)/(S − 1 − w)))/2]   after: at s = S − 1 it is f · peak
//   decay(s) = min(ema, (1 + s)/(10 + s))                               so that early averages forget the first weights
#pragma once

#include <cstdint>

#include "pianola/training/train_config.hpp"

namespace pianola {

/// Learning rate of step s in [0, config.steps).
double learning_rate_at(const TrainConfig& config, std::uint64_t step);

/// Decay of the averaged weights at step s; 0 where config.ema is 0.
double ema_decay_at(const TrainConfig& config, std::uint64_t step);

/// Steps after which the i-th of n evenly spaced events has happened: round(S·i/n), i = 1 … n; S is always one. True if
/// `done` (steps done) is such a number.
bool evenly_spaced(std::uint64_t done, std::uint64_t steps, std::uint64_t n);

}  // namespace pianola
