// The log-loss maximiser of a class of signs (theory/sign_class) at work on theory/branch_loop: learned from drawn
// demonstrations, rolled out beside the expert on the same noise.
#pragma once

#include <cstdint>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/theory/branch_loop.hpp"

namespace pianola {

struct LearnedBranchPlan {
  std::size_t contexts = 1;  ///< of the class
  std::uint64_t n = 16;      ///< demonstrations of each data set
  std::size_t rollouts = 1;  ///< each with a data set of its own
};

/// Mean regrets where every step pays, and where the last one does; tokens exact.
struct LearnedBranch {
  Estimate dense, sparse;
};
LearnedBranch roll_out_learned(const BranchLoop& loop, std::uint64_t horizon, const LearnedBranchPlan& plan,
                               const NoiseKey& key);

}  // namespace pianola
