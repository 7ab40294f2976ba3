#include "pianola/audits/advice_resync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "pianola/audits/replay_ledger.hpp"
#include "pianola/base/spec.hpp"
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
    if (const auto every = interval_of(c, advice.recommended())) played.emplace_back(*every, &c);
  }
  ResyncSweep sweep;
  if (played.size() < 2) return sweep;  // the recommended one alone
  std::ranges::sort(played, {}, [](const auto& one) { return one.first == 0 ? ~std::uint64_t{0} : one.first; });
  for (const auto& [every, candidate] : played) {
    ResyncRow row;
    row.every = every;
    row.regret = candidate->regret;
    sweep.rows.push_back(row);
    if (row.regret.value < sweep.rows[sweep.best].regret.value) sweep.best = sweep.rows.size() - 1;
  }
  for (std::size_t i = 0; i < played.size(); ++i) {
    ResyncRow& row = sweep.rows[i];
    row.above_best = i == sweep.best ? Estimate{0.0, 0.0, 0.0, row.regret.n}
                                     : paired_gain(played[i].second->regrets, played[sweep.best].second->regrets);
    row.as_good = i == sweep.best || row.above_best.n < 2 || row.above_best.low <= 0.0;
  }
  return sweep;
}

std::string resync_sentence(const Advice& advice) {
  const ResyncSweep sweep = played_resync(advice);
  if (sweep.rows.empty()) return "";
  return fmt::format(
      "re-anchoring: on an exact model's state, set to the real one every m steps (1: feedback, ∞: "
      "never), least regret at {}: {}",
      recommended_resync(sweep), format_plus_minus(sweep.rows[sweep.best].regret));
}

}  // namespace pianola
