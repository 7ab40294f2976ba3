// Learners of one binary action by log-loss from counted demonstrations (docs/theory.md §2), for the lower bounds of
// Theorems 8 and 9: offline and non-anticipatory, so that all that they may use is how often what was seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

/// How many demonstrations began in state 0 or 1 with action 0 or 1.
struct BinaryCounts {
  std::uint64_t seen[2][2] = {};  ///< [state][action]
};

/// Probability of action 1 in each state.
struct BinaryPolicy {
  double one[2] = {0.5, 0.5};
};

struct BinaryLearner {
  std::string name;
  BinaryPolicy (*learn)(const BinaryCounts&, const NoiseKey&);
};

/// Count ratios, uniform where nothing was seen; (k + 1)/(n + 2); the likelier action; a prior of four ones and a zero,
/// (k + 4)/(n + 5); logistic regression; an MLP with eight tanh units by gradient descent.
std::vector<BinaryLearner> binary_learners();

/// @throws UsageError for an unknown name (nearest suggested).
BinaryLearner find_binary_learner(const std::string& name);

}  // namespace pianola
