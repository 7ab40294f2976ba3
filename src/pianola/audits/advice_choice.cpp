#include "pianola/audits/advice_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "pianola/audits/replay_ledger.hpp"
#include "pianola/base/error.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// ∞ where it is no finite number.
double comparable(double regret) { return std::isfinite(regret) ? regret : kInfinity; }

double mean_of_first(const std::vector<double>& regrets, std::size_t count) {
  return comparable(mean_estimate(std::span(regrets).first(count)).value);
}

std::size_t most_rollouts(std::span<const ChoiceRow> rows) {
  std::size_t most = 0;
  for (const ChoiceRow& row : rows) most = std::max(most, row.regrets.size());
  return most;
}

/// To the least regret, over the common rollouts.
Standing standing(const ChoiceRow& row, const ChoiceRow& least, std::size_t rollouts, double margin) {
  Standing out;
  out.judged = true;
  out.above_least = paired_gain(std::span(row.regrets).first(rollouts), std::span(least.regrets).first(rollouts));
  const Estimate& above = out.above_least;
  out.as_good = above.value <= margin && (above.low <= 0.0 || above.high <= margin);
  return out;
}

/// By the number of trajectories.
std::map<std::size_t, std::vector<const AdviceLearner*>> clean_learners(std::span<const AdviceLearner> learners) {
  std::map<std::size_t, std::vector<const AdviceLearner*>> by_count;
  for (const AdviceLearner& learner : learners) {
    if (learner.noise_injected || learner.trajectories == 0 || learner.quantizer.empty()) continue;
    if (learner.regrets.empty()) continue;
    by_count[learner.trajectories].push_back(&learner);
  }
  return by_count;
}

}  // namespace

Choice choose(std::span<const ChoiceRow> rows, double margin) {
  const std::size_t most = most_rollouts(rows);
  if (most == 0) throw UsageError("advise: nothing was played; give more (--rollouts N)");
  Choice choice;
  choice.provisional = most < kLeastJudged;
  const std::size_t enough = std::min(most, kLeastJudged);
  choice.rollouts = most;
  std::vector<std::size_t> judged;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].regrets.size() < enough) continue;
    judged.push_back(i);
    choice.rollouts = std::min(choice.rollouts, rows[i].regrets.size());
  }
  const auto mean = [&](std::size_t i) { return mean_of_first(rows[i].regrets, choice.rollouts); };
  choice.least = judged.front();
  for (const std::size_t i : judged) {
    if (mean(i) < mean(choice.least)) choice.least = i;
  }
  choice.standings.resize(rows.size());
  for (const std::size_t i : judged) {
    choice.standings[i] = standing(rows[i], rows[choice.least], choice.rollouts, margin);
  }
  choice.standings[choice.least].as_good = true;
  choice.chosen = choice.least;
  const auto rank = [&](std::size_t i) { return std::tuple(rows[i].second_choice, rows[i].bits, mean(i)); };
  for (const std::size_t i : judged) {
    if (choice.standings[i].as_good && rank(i) < rank(choice.chosen)) choice.chosen = i;
  }
  return choice;
}

void judge(Advice& advice) {
  std::vector<ChoiceRow> rows;
  rows.reserve(advice.candidates.size());
  for (const AdviceCandidate& c : advice.candidates) {
    rows.push_back({c.plain() ? c.regrets : std::vector<double>{}, c.bits, c.second_choice()});
  }
  const Choice choice = choose(rows, advice.slack);
  advice.judged_rollouts = choice.rollouts, advice.provisional = choice.provisional;
  advice.least = advice.candidates[choice.least].quantizer.spec;
  std::vector<std::pair<std::pair<int, double>, AdviceCandidate>> placed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    AdviceCandidate& c = advice.candidates[i];
    const Standing& standing = choice.standings[i];
    c.judged = standing.judged, c.as_good = standing.as_good, c.above_least = standing.above_least;
    const bool counts = c.judged || (!c.plain() && c.regrets.size() >= kLeastJudged);
    const int group = i == choice.chosen ? 0 : c.as_good ? 1 : counts ? 2 : 3;
    const double place = group <= 1 ? c.bits : comparable(c.regret.value);
    placed.emplace_back(std::pair(group, place), std::move(c));
  }
  std::ranges::stable_sort(placed, {}, [](const auto& one) { return one.first; });
  for (std::size_t i = 0; i < placed.size(); ++i) advice.candidates[i] = std::move(placed[i].second);
}

std::vector<BestResolution> best_resolutions(std::span<const AdviceLearner> learners, double margin) {
  std::vector<BestResolution> out;
  for (const auto& [trajectories, alike] : clean_learners(learners)) {
    std::vector<ChoiceRow> rows;
    std::set<std::string> quantizers;
    for (const AdviceLearner* learner : alike) {
      rows.push_back({learner->regrets, learner->bits, false});
      quantizers.insert(learner->quantizer);
    }
    const Choice choice = choose(rows, margin);
    const AdviceLearner& best = *alike[choice.chosen];
    BestResolution resolution;
    resolution.trajectories = trajectories;
    resolution.quantizer = best.quantizer, resolution.controller = best.controller;
    resolution.bits = best.bits;
    resolution.total = best.total, resolution.total_return = best.total_return;
    resolution.above_least = choice.standings[choice.chosen].above_least;
    resolution.quantizers = quantizers.size();
    out.push_back(std::move(resolution));
  }
  return out;
}

std::string rule_text(const Advice& advice) {
  const AdviceCandidate& best = advice.recommended();
  const auto judged = static_cast<std::size_t>(std::ranges::count_if(advice.candidates, &AdviceCandidate::judged));
  const auto plain = static_cast<std::size_t>(std::ranges::count_if(advice.candidates, &AdviceCandidate::plain));
  std::string text = fmt::format(
      "The rule: the fewest bits among those as good as the least regret ({}), which is a paired difference of at most "
      "{} whose 95 % interval reaches 0 or ends below that, over the same {} rollouts for all; here {}. {} of {} "
      "candidates were judged so, the others dropped after fewer than {} rollouts",
      advice.least == best.quantizer.spec ? "its own" : advice.least, format_number(advice.slack, 3),
      advice.judged_rollouts, format_estimate(best.above_least, 3), judged, plain, kLeastJudged);
  if (advice.provisional) {
    text += fmt::format("; provisional: {} rollouts are fewer than the {} that a difference takes (--rollouts N)",
                        advice.judged_rollouts, kLeastJudged);
  }
  return text;
}

}  // namespace pianola
