// Spending few rollouts on many candidates: a climb over resolutions, then successive halving.
//
//   climb     from coarse to fine, a few rollouts each, until two rungs in a row bring nothing more (never before one
//             is tolerable); the knee, the coarsest rung as good as the best, is what ranked() puts first
//   halving   all candidates so far; each round drops the worse half, never the one of least mean regret, and doubles
//             the rollouts of the rest (Jamieson, Talwalkar, arXiv:1502.07943)
//
// This finds who is worth judging; advice_choice.hpp judges. Here "as good as the best" is within `slack` of the least
// mean regret; of those that are, fewer bits are better, and a scheme without noise of its own is better than one with.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "pianola/audits/replay_ledger.hpp"

namespace pianola {

struct SearchSettings {
  double tolerated = 0.0;                                      ///< a regret that is worth going on from
  double slack = 0.0;                                          ///< regrets this close are equal
  std::size_t first = 2;                                       ///< rollouts of a candidate's first round
  std::size_t most = std::numeric_limits<std::size_t>::max();  ///< rollouts of a candidate
};

/// A candidate as the search sees it.
struct SearchRow {
  std::size_t row = 0;  ///< of the replays
  double bits = 0.0;    ///< an action
  bool random = false;  ///< draws noise or carries a memory
};

/// Rungs from coarse to fine, as long as `budget` rollouts last. Returns how many were played, from the first on.
std::size_t climb(Replays& replays, std::span<const SearchRow> rungs, const SearchSettings& settings,
                  std::size_t budget);

/// The best first: those as good as the best without noise by bits, then those with noise, then the others by mean
/// regret. Rows that were not played come last.
std::vector<SearchRow> ranked(const Replays& replays, std::vector<SearchRow> rows, const SearchSettings& settings);

/// Halving until `budget` rollouts are spent; at least `keep` candidates remain, all with equally many rollouts,
/// ranked. Those that cost more than the best by `tolerated` go after the first round, however many they are.
std::vector<SearchRow> halve(Replays& replays, std::vector<SearchRow> rows, const SearchSettings& settings,
                             std::size_t keep, std::size_t budget);

}  // namespace pianola
