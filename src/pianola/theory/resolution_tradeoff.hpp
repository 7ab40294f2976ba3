// How statistics and quantization interact: the number of bins K enters log|Π|, so that more demonstrations pay for
// finer bins (docs/theory.md §8).
//
// d contexts, in each of which a deterministic expert plays a target drawn from U[0, 1]; the state persists and every
// step pays 1 − |u − target|. n demonstrations of uniform contexts; K bins with centres. Learners by log-loss on
// tokens: count ratios, uniform in a context that was never shown; add-one, which always leaves (K − 1)/(m + K) to
// other tokens.
#pragma once

#include <cstdint>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {

enum class Smoothing { none, add_one };

/// Expected regret a step, exact: a sum over how often a context was seen. contexts, n, bins ≥ 1.
double tokenised_regret(std::uint64_t contexts, std::uint64_t n, std::uint64_t bins, Smoothing smoothing);

/// The same drawn: targets and demonstrations, tokens and centres of `bins` on [0, 1], counts. One regret a step for
/// each repetition.
std::vector<double> drawn_regrets(std::uint64_t contexts, std::uint64_t n, const LineBins& bins, Smoothing smoothing,
                                  std::size_t repetitions, const NoiseKey& key);

/// The K in [2, most] that minimises it.
std::uint64_t best_resolution(std::uint64_t contexts, std::uint64_t n, std::uint64_t most, Smoothing smoothing);

}  // namespace pianola
