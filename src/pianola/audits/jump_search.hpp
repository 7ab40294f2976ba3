// Looks for jumps of a policy: states as close as one likes between which what it plays changes by more than ε'.
//
// From a pair of states with W_ε' ≥ ½ the segment between them is halved, towards the half whose ends differ more,
// until its ends are `kResolution` apart, relatively (observations that are rounded to float32: 2e-6), or neither
// half's do. A pair that is left is a jump: no modulus κ with κ(0+) = 0 is one of this policy. A policy that is merely
// steep ends with the halves agreeing: then the last distance says at which scale it turns. Not all jumps are found,
// and points between two states need not be states themselves.
#pragma once

#include <span>
#include <vector>

#include "pianola/audits/smooth_pairs.hpp"

namespace pianola {

inline constexpr double kJump = 0.5;  ///< W_ε' from which two laws count as different

struct JumpSearch {
  SmoothPair pair;             ///< the last ends
  double from_distance = 0.0;  ///< of the pair that it began with
  bool jump = false;           ///< W_ε' ≥ ½ at the smallest distance
};

/// Pairs worth a search: known, at least ½ apart; the closest, and those whose actions differ most.
std::vector<SmoothPair> suspects(std::span<const SmoothPair> pairs, std::size_t most = 24);

/// One search for each pair. observation_dim: of the system. Laws that need a plant cannot be asked between states:
/// nothing is searched. Cost: about 60 comparisons of as many lanes as pairs.
std::vector<JumpSearch> search_jumps(const DeployedLaw& law, std::span<const SmoothPair> pairs, const NoiseKey& key,
                                     double tolerance, std::size_t observation_dim);

}  // namespace pianola
