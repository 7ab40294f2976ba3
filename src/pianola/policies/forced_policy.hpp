// A policy some of whose tokens are decided already: teacher forcing. At those positions the law is a point mass and
// the policy reads the given token as the one before the next position, so that what follows is its law given them:
//
//   π̂(t_p | x, t_<p) with t_j fixed for the forced j < p
//
// exact for autoregressive policies where the forced positions come first.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/policies/policy.hpp"

namespace pianola {

/// Which tokens are given; whoever owns it writes them before each decision.
struct ForcedTokens {
  std::vector<std::uint8_t> at;  ///< [max_tokens], 1 where forced
  std::vector<Token> tokens;     ///< [lanes × max_tokens]
};

/// Sessions read `forced` when they are asked for logits; one thread's, as they are. A session may have any multiple of
/// its lanes, each lane's rows next to each other (those of a beam search), and must branch within a lane.
std::shared_ptr<const Policy> make_forced_policy(std::shared_ptr<const Policy> policy,
                                                 std::shared_ptr<const ForcedTokens> forced);

}  // namespace pianola
