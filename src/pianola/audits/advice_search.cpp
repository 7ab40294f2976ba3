#include "pianola/audits/advice_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Mean regret so far; ∞ where nothing was played, or a rollout has no finite return.
double mean_regret(const Replays& replays, std::size_t row) {
  const std::vector<double> regrets = replays.regrets(row);
  if (regrets.empty()) return kInfinity;
  const double mean = std::accumulate(regrets.begin(), regrets.end(), 0.0) / static_cast<double>(regrets.size());
  return std::isfinite(mean) ? mean : kInfinity;
}

double least_regret(const Replays& replays, std::span<const SearchRow> rows) {
  double least = kInfinity;
  for (const SearchRow& row : rows) least = std::min(least, mean_regret(replays, row.row));
  return least;
}

std::vector<std::size_t> numbers_of(std::span<const SearchRow> rows) {
  std::vector<std::size_t> numbers;
  for (const SearchRow& row : rows) numbers.push_back(row.row);
  return numbers;
}

/// The first `keep` of ranked rows, the last of them given up for the one of least mean regret where that is not there.
void cut(const Replays& replays, std::vector<SearchRow>& rows, std::size_t keep) {
  if (rows.size() <= keep) return;
  const auto least =
      std::ranges::min_element(rows, {}, [&](const SearchRow& row) { return mean_regret(replays, row.row); });
  if (least - rows.begin() >= static_cast<std::ptrdiff_t>(keep)) rows[keep - 1] = *least;
  rows.resize(keep);
}

std::size_t played(const Replays& replays, std::span<const SearchRow> rows) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const SearchRow& row : rows) least = std::min(least, replays.regrets(row.row).size());
  return rows.empty() ? 0 : least;
}

}  // namespace

std::size_t climb(Replays& replays, std::span<const SearchRow> rungs, const SearchSettings& settings,
                  std::size_t budget) {
  constexpr std::size_t kPatience = 2;
  double best = kInfinity;
  std::size_t idle = 0;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    const std::size_t cost = replays.cost(std::array{rungs[i].row}, settings.first);
    if (cost > budget) return i;
    budget -= cost;
    replays.play(std::array{rungs[i].row}, settings.first);
    const double regret = mean_regret(replays, rungs[i].row);
    idle = regret < best - settings.slack ? 0 : idle + 1;
    best = std::min(best, regret);
    if (idle >= kPatience && best <= settings.tolerated) return i + 1;
  }
  return rungs.size();
}

std::vector<SearchRow> ranked(const Replays& replays, std::vector<SearchRow> rows, const SearchSettings& settings) {
  const double best = least_regret(replays, rows);
  struct Rank {
    int tier;
    double bits, regret;
    auto operator<=>(const Rank&) const = default;
  };
  const auto rank = [&](const SearchRow& row) {
    const double regret = mean_regret(replays, row.row);
    const bool good = regret <= best + settings.slack;
    return Rank{good ? (row.random ? 1 : 0) : 2, good ? row.bits : 0.0, regret};
  };
  std::ranges::stable_sort(rows, [&](const SearchRow& a, const SearchRow& b) { return rank(a) < rank(b); });
  return rows;
}

std::vector<SearchRow> halve(Replays& replays, std::vector<SearchRow> rows, const SearchSettings& settings,
                             std::size_t keep, std::size_t budget) {
  rows = ranked(replays, std::move(rows), settings);
  const double best = least_regret(replays, rows);
  const auto hopeless = [&](const SearchRow& row) {
    return !(mean_regret(replays, row.row) <= best + settings.tolerated);
  };
  while (rows.size() > keep && hopeless(rows.back())) rows.pop_back();
  while (true) {
    cut(replays, rows, std::max(keep, (rows.size() + 1) / 2));
    const bool last = rows.size() <= keep;
    const std::size_t before = played(replays, rows);
    const std::size_t wanted = std::min(settings.most, last ? before + budget : std::max(settings.first, 2 * before));
    const std::vector<std::size_t> numbers = numbers_of(rows);
    const std::size_t count = affordable(replays, numbers, wanted, budget);
    if (count > before) {
      budget -= replays.cost(numbers, count);
      replays.play(numbers, count);
    }
    if (last) break;
    rows = ranked(replays, std::move(rows), settings);
  }
  return ranked(replays, std::move(rows), settings);
}

}  // namespace pianola
