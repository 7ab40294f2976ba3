#include "pianola/audits/advice_deliberation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pianola/audits/advice_candidates.hpp"
#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/resync_sweep.hpp"

namespace pianola {
namespace {

constexpr std::size_t kChanges = 6;  // of mind

}  // namespace

std::optional<QuantizerCandidate> halved(const QuantizerCandidate& what) {
  if (what.bins > 3) return coarser(what);
  return fewer_codes(what);
}

Deliberation::Deliberation(Plan plan, TriedQuantizers& tried, ReplayLedger& ledger)
    : plan_(plan), tried_(tried), ledger_(ledger), end_(ledger.spent() + plan.budget) {}

std::size_t Deliberation::left() const { return end_ - std::min(end_, ledger_.spent()); }

std::size_t Deliberation::settle(std::span<const SearchRow> finalists) {
  join(finalists);
  best_ = chosen();
  for (std::size_t change = 0; change < kChanges; ++change) {
    play(rivals(), count_);
    if (chosen() == best_) change_one_thing();
    const std::size_t now = chosen();
    if (now == best_) break;
    best_ = now;
  }
  return best_;
}

/// The same rollouts for all finalists; fewer finalists where these would be too few to judge by.
void Deliberation::join(std::span<const SearchRow> finalists) {
  std::vector<std::size_t> rows;
  for (const SearchRow& finalist : finalists) rows.push_back(finalist.row);
  while (true) {
    count_ = affordable(ledger_, rows, plan_.rollouts, left());
    if (count_ >= kLeastJudged || rows.size() <= 2) break;
    rows.pop_back();
  }
  ledger_.play(rows, count_);
}

/// By the rule, of all that was played so far.
std::size_t Deliberation::chosen() const {
  std::vector<ChoiceRow> rows;
  rows.reserve(tried_.size());
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const AdviceCandidate& c = tried_[i].candidate;
    rows.push_back({c.plain() ? ledger_.regrets(tried_[i].row) : std::vector<double>{}, c.bits, c.second_choice()});
  }
  return choose(rows, plan_.margin).chosen;
}

/// Bins of equal width that take as many bits.
std::size_t Deliberation::bins_beside_best() const {
  const AdviceCandidate& best = tried_[best_].candidate;
  return std::max<std::size_t>(2, equal_bins(best.quantizer, best.bits, plan_.dim));
}

std::vector<std::optional<std::size_t>> Deliberation::rivals() {
  const QuantizerCandidate best = tried_[best_].candidate.quantizer;
  std::vector<std::optional<std::size_t>> rows{tried_.attempt(bins_candidate("centre", bins_beside_best()))};
  for (const std::size_t i : contenders()) rows.emplace_back(i);
  auto fewer = best.bins == 0 ? std::nullopt : nearest(best.family, best.bins, false);
  if (const auto half = halved(best); half && !fewer) fewer = tried_.attempt(*half);
  rows.push_back(fewer);
  if (best.bins != 0) rows.push_back(nearest(best.family, best.bins, true));
  return rows;
}

/// Over the rollouts that they have with the chosen one: with fewer bits as good on average, those of first choice and
/// those of second, coarsest first; then those that are better by more than the margin.
std::vector<std::size_t> Deliberation::contenders() const {
  const AdviceCandidate& best = tried_[best_].candidate;
  const std::vector<double> regrets = ledger_.regrets(tried_[best_].row);
  std::array<std::vector<std::size_t>, 3> sorts;
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const AdviceCandidate& c = tried_[i].candidate;
    const Estimate loss = paired_gain(ledger_.regrets(tried_[i].row), regrets);
    if (i == best_ || !c.plain() || loss.n == 0) continue;
    const bool fewer = c.bits < best.bits - kBitSlack && loss.value <= plan_.margin;
    if (fewer) sorts[c.second_choice() ? 1 : 0].push_back(i);
    if (!fewer && loss.value < -plan_.margin) sorts[2].push_back(i);
  }
  constexpr std::array<std::size_t, 3> kMost{2, 2, 1};
  std::vector<std::size_t> all;
  for (std::size_t s = 0; s < sorts.size(); ++s) {
    std::ranges::stable_sort(sorts[s], {}, [&](std::size_t i) { return tried_[i].candidate.bits; });
    sorts[s].resize(std::min(sorts[s].size(), kMost[s]));
    all.insert(all.end(), sorts[s].begin(), sorts[s].end());
  }
  return all;
}

void Deliberation::change_one_thing() {
  const QuantizerCandidate best = tried_[best_].candidate.quantizer;
  std::vector<std::optional<std::size_t>> rows{tried_.attempt(best, 1, "augmented"),
                                               tried_.attempt(best, 1, "augmented:resync_every=10"),
                                               tried_.attempt(best, plan_.chunk, "chunked")};
  const std::size_t bins = bins_beside_best();
  rows.push_back(tried_.attempt({fmt::format("dither:bins={}", bins), "dither", bins}));
  rows.push_back(tried_.attempt(bins_candidate("ends", bins)));
  rows.push_back(nearest("centre", bins, true));
  play(rows, std::min(count_, std::max(kLeastJudged, count_ / 2)));  // all of them a little before any much
  play(rows, count_);
  for (const std::uint64_t every : {5, 2, 20}) {  // of what is left
    if (every >= plan_.horizon) continue;
    const std::optional<std::size_t> row = tried_.attempt(best, 1, with_resync("augmented", every));
    play(std::span(&row, 1), count_);
  }
}

/// Those that the budget allows.
void Deliberation::play(std::span<const std::optional<std::size_t>> rows, std::size_t count) {
  for (const auto& i : rows) {
    if (i && ledger_.cost(std::array{tried_[*i].row}, count) <= left()) {
      ledger_.play(std::array{tried_[*i].row}, count);
    }
  }
}

/// The tried one of the family with the next more, or fewer, bins; nothing if there is none.
std::optional<std::size_t> Deliberation::nearest(const std::string& family, std::size_t bins, bool finer) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const AdviceCandidate& c = tried_[i].candidate;
    const std::size_t other = c.quantizer.bins;
    const bool beside = finer ? other > bins : other < bins && other != 0;
    if (c.quantizer.family != family || !c.plain() || !beside) continue;
    const std::size_t held = best ? tried_[*best].candidate.quantizer.bins : 0;
    if (!best || (finer ? other < held : other > held)) best = i;
  }
  return best;
}

}  // namespace pianola
