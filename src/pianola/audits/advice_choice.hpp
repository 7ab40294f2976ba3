// The rule by which an advisor recommends, applied once everything has been played:
//
//   judged       whoever has at least kLeastJudged rollouts; all of them over the same ones, 0 … m − 1, m the fewest
//   that
//                any of them has, with the same starts and the same noise (common random numbers)
//   as good      paired difference d to the least mean regret, 95 % interval [low, high]: d ≤ margin, and either
//                low ≤ 0 (not told apart) or high ≤ margin (told apart, but by less than counts)
//   chosen       of those as good as the best the one with the fewest bits; a scheme of second choice only if no other
//                is as good; with equally many bits the one of less mean regret
//
// The interval is of one difference, not of the least of many: a choice among very many candidates is worth a fresh
// `pianola evaluate`.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {

/// Rollouts that a difference takes before anything is concluded from it.
inline constexpr std::size_t kLeastJudged = 5;

struct ChoiceRow {
  std::vector<double> regrets;  ///< [rollouts], entry i of rollout i; may be empty
  double bits = 0.0;            ///< an action
  bool second_choice = false;   ///< draws noise or carries a memory
};

struct Standing {
  bool judged = false, as_good = false;
  Estimate above_least;  ///< paired, over the common rollouts; n = 0 where it was not judged
};

struct Choice {
  std::size_t chosen = 0, least = 0;  ///< rows
  std::size_t rollouts = 0;           ///< m
  /// No row has kLeastJudged rollouts: those with the most were judged over these.
  bool provisional = false;
  std::vector<Standing> standings;  ///< [rows]
};

/// Regrets that are not finite count as ∞. @throws UsageError if no row has a rollout.
Choice choose(std::span<const ChoiceRow> rows, double margin);

/// Rule and outcome into `advice`: its candidates' standings, and their order: the recommended one, those as good by
/// bits, the others that were judged or play otherwise by mean regret, last what was dropped earlier.
/// @throws as choose(), of the candidates that look at every step.
void judge(Advice& advice);

/// K*(n): for each n the coarsest quantizer whose learned policy is as good as the best, by the same rule over the
/// rollouts that all policies of that n have. Without noise-injected data. Ascending in n.
std::vector<BestResolution> best_resolutions(std::span<const AdviceLearner> learners, double margin);

/// The rule in one sentence, with its numbers.
std::string rule_text(const Advice& advice);

}  // namespace pianola
