#include "pianola/audits/advice_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "property.hpp"

namespace pianola {
namespace {

/// Rows of known mean regret with noise; counts what is spent.
class MadeUp final : public Replays {
 public:
  explicit MadeUp(std::vector<double> means, double noise = 0.0) : means_(std::move(means)), noise_(noise) {
    played_.assign(means_.size() + 1, 0);
  }
  void play(std::span<const std::size_t> rows, std::size_t count) override {
    spent += cost(rows, count);
    played_.back() = std::max(played_.back(), count);
    for (const std::size_t row : rows) played_[row] = std::max(played_[row], count);
  }
  [[nodiscard]] std::vector<double> regrets(std::size_t row) const override {
    std::vector<double> out;
    for (std::size_t i = 0; i < played_[row]; ++i) {
      out.push_back(means_[row] + noise_ * (uniform(NoiseKey(1).child("row", row), i, 0) - 0.5));
    }
    return out;
  }
  [[nodiscard]] std::size_t cost(std::span<const std::size_t> rows, std::size_t count) const override {
    std::size_t missing = played_.back() < count ? count - played_.back() : 0;
    for (const std::size_t row : rows) missing += played_[row] < count ? count - played_[row] : 0;
    return missing;
  }
  std::size_t spent = 0;

 private:
  std::vector<double> means_;
  double noise_;
  std::vector<std::size_t> played_;  // rows, then the expert
};

std::vector<SearchRow> rows_of(const std::vector<double>& bits) {
  std::vector<SearchRow> rows;
  for (std::size_t i = 0; i < bits.size(); ++i) rows.push_back({i, bits[i], false});
  return rows;
}

TEST(AdviceSearch, TheClimbStopsBehindTheKnee) {
  MadeUp replays({90.0, 40.0, 1.0, 0.9, 0.8, 0.7, 0.6});
  const auto rungs = rows_of({1, 2, 3, 4, 5, 6, 7});
  const SearchSettings settings{10.0, 1.0, 2};
  const std::size_t played = climb(replays, rungs, settings, 1000);
  EXPECT_EQ(played, 5u) << "two rungs behind the third bring nothing more";
  EXPECT_EQ(ranked(replays, rungs, settings).front().row, 2u);
}

TEST(AdviceSearch, TheClimbDoesNotStopWhereAllIsLost) {
  MadeUp replays({100.0, 100.0, 100.0, 100.0, 2.0, 1.9, 1.8, 1.7});
  const SearchSettings settings{10.0, 1.0, 2};
  EXPECT_EQ(climb(replays, rows_of({1, 2, 3, 4, 5, 6, 7, 8}), settings, 1000), 7u);
}

TEST(AdviceSearch, TheClimbKeepsToItsBudget) {
  MadeUp replays({90.0, 40.0, 1.0, 0.9});
  EXPECT_EQ(climb(replays, rows_of({1, 2, 3, 4}), {10.0, 1.0, 2}, 7), 2u);
  EXPECT_LE(replays.spent, 7u);
}

TEST(AdviceSearch, AsGoodAsTheBestWithTheFewestBitsComesFirst) {
  MadeUp replays({0.0, 0.5, 0.6, 30.0, 0.4});
  auto rows = rows_of({8, 6, 7, 1, 2});
  rows[4].random = true;
  replays.play(std::vector<std::size_t>{0, 1, 2, 3, 4}, 2);
  const auto order = ranked(replays, rows, {10.0, 1.0, 2});
  std::vector<std::size_t> numbers;
  for (const SearchRow& row : order) numbers.push_back(row.row);
  EXPECT_EQ(numbers, (std::vector<std::size_t>{1, 2, 0, 4, 3})) << "a scheme with noise of its own is no first choice";
}

TEST(AdviceSearch, HalvingFindsTheCheapestGoodOneWithinItsBudget) {
  test::property("halving", [] {
    const std::size_t count = *rc::gen::inRange<std::size_t>(5, 30), budget = *rc::gen::inRange<std::size_t>(80, 300);
    const std::size_t good = *rc::gen::inRange<std::size_t>(0, count);
    std::vector<double> means, bits;
    for (std::size_t i = 0; i < count; ++i) {
      means.push_back(i == good ? 0.0 : 20.0 + static_cast<double>(i));
      bits.push_back(static_cast<double>(count - i));
    }
    MadeUp replays(means, 10.0);
    const SearchSettings settings{50.0, 2.0, 2};
    auto rows = rows_of(bits);
    std::vector<std::size_t> numbers;
    for (const SearchRow& row : rows) numbers.push_back(row.row);
    replays.play(numbers, 2);
    const std::size_t before = replays.spent;
    const auto finalists = halve(replays, rows, settings, 4, budget);
    RC_ASSERT(finalists.size() == 4u);
    RC_ASSERT(finalists.front().row == good);
    RC_ASSERT(replays.spent - before <= budget);
    for (const SearchRow& row : finalists) {
      RC_ASSERT(replays.regrets(row.row).size() == replays.regrets(good).size());
    }
  });
}

TEST(AdviceSearch, TheHopelessGoAtOnce) {
  MadeUp replays({0.0, 1.0, 2.0, 500.0, 600.0, 700.0, 800.0});
  replays.play(std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}, 2);
  const auto finalists = halve(replays, rows_of({1, 2, 3, 4, 5, 6, 7}), {10.0, 0.5, 2}, 3, 100);
  EXPECT_EQ(finalists.size(), 3u);
  EXPECT_GT(replays.regrets(0).size(), 20u) << "nothing was spent on the others";
  EXPECT_EQ(replays.regrets(6).size(), 2u);
}

TEST(AdviceSearch, TheLeastRegretIsNeverDropped) {
  MadeUp replays({0.9, 0.8, 0.7, 0.6, 0.5, 0.0});  // all as good, and the finest best of all
  replays.play(std::vector<std::size_t>{0, 1, 2, 3, 4, 5}, 2);
  const auto finalists = halve(replays, rows_of({1, 2, 3, 4, 5, 6}), {10.0, 1.0, 2}, 3, 0);
  ASSERT_EQ(finalists.size(), 3U);
  EXPECT_EQ(finalists[0].row, 0U);
  EXPECT_EQ(finalists[1].row, 1U);
  EXPECT_EQ(finalists[2].row, 5U) << "what the others are compared with";
}

TEST(AdviceSearch, NobodyPlaysMoreThanTheMost) {
  MadeUp replays({0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
  replays.play(std::vector<std::size_t>{0, 1, 2, 3, 4, 5}, 2);
  static_cast<void>(halve(replays, rows_of({1, 2, 3, 4, 5, 6}), {10.0, 0.5, 2, 8}, 3, 1000));
  EXPECT_EQ(replays.regrets(0).size(), 8U);
}

TEST(AdviceSearch, WithNothingToSpendTheFirstRoundDecides) {
  MadeUp replays({3.0, 1.0, 2.0});
  replays.play(std::vector<std::size_t>{0, 1, 2}, 2);
  const auto finalists = halve(replays, rows_of({1, 2, 3}), {10.0, 0.5, 2}, 2, 0);
  ASSERT_EQ(finalists.size(), 2u);
  EXPECT_EQ(finalists.front().row, 1u);
}

}  // namespace
}  // namespace pianola
