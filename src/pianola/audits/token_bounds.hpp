// How far two laws of token sequences are apart where there are too many sequences to enumerate.
//
// Factored policies (positions independent), P_p and Q_p the laws of position p, certified:
//
//   max_p TV(P_p, Q_p) ≤ W_0 ≤ 1 − Π_p (1 − TV(P_p, Q_p))
//   max_p W_ε'(P_p, Q_p) ≤ W_ε' ≤ min(above, 1 − Π_p (1 − W_{ε'/√m}(P_p, Q_p)))     tokens that stand for m numbers
//
// (an event of one position; and matching position by position, where ε'/√m in each of m numbers is at most ε' in all).
//
// Autoregressive ones: the greedy coupling along the chain keeps equal prefixes equal with probability Σ min(p, q),
//
//   W_0 ≤ 1 − E_{t~P}[ Π_p min(1, q(t_p|t_<p) / p(t_p|t_<p)) ],    W_0 = E_{t~P}[ max(0, 1 − Q(t)/P(t)) ]
//
// both means of numbers in [0, 1] over draws t of P; limits by Hoeffding's inequality, 95 % each. The law of the first
// token is exact and an event: its distance is a lower bound, for W_ε' where it stands for a number. The mean distance
// of actions is that of sequences drawn with the same uniforms, as coupled rollouts draw them.
#pragma once

#include <memory>

#include "pianola/audits/deployed_law.hpp"

namespace pianola {

/// Keeps the policy and the quantizer. options.mode is `sample`. @throws UsageError as Decoder.
std::shared_ptr<const DeployedLaw> bounded_token_law(std::shared_ptr<const Policy> policy,
                                                     std::shared_ptr<const Quantizer> quantizer,
                                                     const DecodeOptions& options);

/// Laws of all sequences, at most kMostSequences of them, exact.
std::shared_ptr<const DeployedLaw> enumerated_token_law(std::shared_ptr<const Policy> policy,
                                                        std::shared_ptr<const Quantizer> quantizer,
                                                        const DecodeOptions& options);

}  // namespace pianola
