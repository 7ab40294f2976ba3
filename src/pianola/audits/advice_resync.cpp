#include "pianola/audits/advice_resync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/replay_ledger.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

/// m of a candidate; nothing where it is no re-anchoring of the recommended tokens.
std::optional<std::uint64_t> interval_of(const AdviceCandidate& c, const AdviceCandidate& recommended) {
  if (c.regrets.empty() || c.chunk != 1 || !(c.quantizer == recommended.quantizer)) return std::nullopt;
  if (c.plain()) return 1;
  const Spec spec = parse_spec(c.controller);
  if (spec.name != "augmented") return std::nullopt;
  std::uint64_t every = 0;
  if (const std::string* const text = spec.find("resync_every")) {
    std::from_chars(text->data(), text->data() + text->size(), every);
  }
  return every;
}

}  // namespace

ResyncSweep played_resync(const Advice& advice) {
  std::vector<std::pair<std::uint64_t, const AdviceCandidate*>> played;
  for (const AdviceCandidate& c : advice.candidates) {
    if (c.regrets.size() < kLeastJudged) continue;
    if (const auto every = interval_of(c, advice.recommended())) played.emplace_back(*every, &c);
  }
  ResyncSweep sweep;
  if (played.size() < 2) return sweep;  // the recommended one alone
  std::size_t rollouts = std::numeric_limits<std::size_t>::max();
  for (const auto& [every, candidate] : played) rollouts = std::min(rollouts, candidate->regrets.size());
  const auto regrets = [&](std::size_t i) { return std::span(played[i].second->regrets).first(rollouts); };
  std::ranges::sort(played, {}, [](const auto& one) { return one.first == 0 ? ~std::uint64_t{0} : one.first; });
  for (std::size_t i = 0; i < played.size(); ++i) {
    ResyncRow row;
    row.every = played[i].first;
    row.regret = mean_estimate(regrets(i));
    sweep.rows.push_back(row);
    if (row.regret.value < sweep.rows[sweep.best].regret.value) sweep.best = sweep.rows.size() - 1;
  }
  for (std::size_t i = 0; i < played.size(); ++i) {
    ResyncRow& row = sweep.rows[i];
    row.above_best = paired_gain(regrets(i), regrets(sweep.best));
  }
  sweep.tolerance = advice.slack;
  judge_rows(sweep);
  return sweep;
}

std::string resync_sentence(const Advice& advice) {
  const ResyncSweep sweep = played_resync(advice);
  if (sweep.rows.empty()) return "";
  const ResyncRow& best = sweep.rows[sweep.best];
  const auto [alike, open] = other_resyncs(sweep);
  std::string others;
  if (!alike.empty()) others = "as good: m = " + list_names(alike, alike.size());
  if (!open.empty()) {
    others += (others.empty() ? "" : "; ") + ("not told apart from it: m = " + list_names(open, open.size()));
  }
  return fmt::format(
      "re-anchoring {}: on an exact model's state, set to the real one every m steps (1: feedback, ∞: never), m = {} "
      "has the least regret, {} over the {} rollouts that all m have; {}",
      advice.recommended().quantizer.spec, resync_name(best.every), format_plus_minus(best.regret), best.regret.n,
      others.empty() ? "every other m that was tried loses more" : others);
}

}  // namespace pianola
