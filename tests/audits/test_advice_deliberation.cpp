#include "pianola/audits/advice_deliberation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "audits/demonstrations.hpp"
#include "pianola/audits/advice_choice.hpp"

namespace pianola {
namespace {

constexpr std::uint32_t kHorizon = 40;

/// Bins of a stable scalar plant, whose regret falls with every rung.
struct Scene {
  Deployment plant = test::plant("scalar_linear:a=0.9,b=1,horizon=40");
  Dataset data = test::demonstrations(plant, 10);
  ReplayLedger ledger{{plant, NoiseKey(3), kHorizon, nullptr}};
  TriedQuantizers tried{{plant, &data, NoiseKey(3)}, ledger};

  std::vector<SearchRow> finalists(const std::vector<std::size_t>& bins, std::size_t rollouts) {
    std::vector<SearchRow> rows;
    for (const std::size_t count : bins) {
      const TriedQuantizer& one = tried[*tried.attempt(bins_candidate("centre", count))];
      rows.push_back(one.search_row());
    }
    std::vector<std::size_t> numbers;
    for (const SearchRow& row : rows) numbers.push_back(row.row);
    ledger.play(numbers, rollouts);
    return rows;
  }
  [[nodiscard]] std::size_t rollouts(const std::string& spec, const std::string& controller = "quantized") const {
    for (std::size_t i = 0; i < tried.size(); ++i) {
      const AdviceCandidate& c = tried[i].candidate;
      if (c.quantizer.spec == spec && c.controller == controller) return ledger.returns(tried[i].row).size();
    }
    return 0;
  }
  [[nodiscard]] std::string spec(std::size_t i) const { return tried[i].candidate.quantizer.spec; }
};

TEST(AdviceDeliberation, AFinerOneThatWasDroppedIsSeenBeforeTheChoice) {
  Scene scene;
  static_cast<void>(scene.finalists({17}, 2));  // as if halving had dropped it
  const auto finalists = scene.finalists({5, 3}, 2);
  Deliberation deliberation({1e-6, 6, 400, 4, kHorizon}, scene.tried, scene.ledger);
  const std::size_t chosen = deliberation.settle(finalists);
  EXPECT_EQ(scene.tried[chosen].candidate.quantizer.bins, 17u) << "five bins lose more, by far more than the margin";
  EXPECT_EQ(scene.rollouts("uniform:bins=17"), 6u);
  EXPECT_EQ(scene.rollouts(scene.spec(chosen), "augmented"), 6u) << "what is compared is compared for the last choice";
}

TEST(AdviceDeliberation, ACoarserOneThatLooksAsGoodIsPlayedAsLong) {
  Scene scene;
  static_cast<void>(scene.finalists({9}, 2));
  const auto finalists = scene.finalists({65, 33}, 2);
  Deliberation deliberation({1e3, 6, 400, 4, kHorizon}, scene.tried, scene.ledger);  // all are as good
  const std::size_t chosen = deliberation.settle(finalists);
  EXPECT_GE(scene.rollouts("uniform:bins=9"), kLeastJudged);
  EXPECT_LE(scene.tried[chosen].candidate.quantizer.bins, 9u);
}

TEST(AdviceDeliberation, KeepsToItsBudget) {
  for (const std::size_t budget : {0u, 7u, 20u, 45u}) {
    Scene scene;
    const auto finalists = scene.finalists({9, 17, 33, 65}, 2);
    const std::size_t before = scene.ledger.spent();
    Deliberation deliberation({0.01, 6, budget, 4, kHorizon}, scene.tried, scene.ledger);
    static_cast<void>(deliberation.settle(finalists));
    EXPECT_LE(scene.ledger.spent() - before, budget);
  }
}

TEST(AdviceDeliberation, FewerFinalistsRatherThanFewerRolloutsEach) {
  Scene scene;
  const auto finalists = scene.finalists({9, 17, 33, 65}, 2);
  Deliberation deliberation({0.01, 6, 9, 4, kHorizon}, scene.tried, scene.ledger);  // the expert's three, and two rows'
  static_cast<void>(deliberation.settle(finalists));
  EXPECT_EQ(scene.rollouts("uniform:bins=9"), 5u);
  EXPECT_EQ(scene.rollouts("uniform:bins=17"), 5u);
  EXPECT_EQ(scene.rollouts("uniform:bins=33"), 2u);
}

TEST(AdviceDeliberation, HalvesCellsOrCodes) {
  const auto bins = halved(bins_candidate("ends", 9));
  ASSERT_TRUE(bins);
  EXPECT_EQ(bins->spec, "uniform:bins=5,representatives=ends");
  const auto codes = halved({"kmeans:k=64", "kmeans", 0});
  ASSERT_TRUE(codes);
  EXPECT_EQ(codes->spec, "kmeans:k=32");
  EXPECT_FALSE(halved(bins_candidate("centre", 3))) << "two levels are the least that the ladder takes";
}

}  // namespace
}  // namespace pianola
