// Deterministic policies of one context c ~ U[0, 1] that jump at a threshold (docs/theory.md §11): 1 above it, −1
// below. The class has m thresholds j/m; the maximiser of log-loss, the first that no demonstration contradicts, is
// found by enumeration. Its error, the probability of contexts between it and the truth, falls like 1/n as long as m ≫
// n.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

/// Errors over drawn truths and data of n demonstrations, in parallel, in their order. members: m ≥ 4.
/// Cost: n draws and m looks a repetition.
std::vector<double> threshold_errors(std::uint64_t n, std::size_t members, std::size_t repetitions,
                                     const NoiseKey& key);

}  // namespace pianola
