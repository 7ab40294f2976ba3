#include "pianola/audits/advice_resync.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"

namespace pianola {
namespace {

using test::made_up;

Advice swept() {
  Advice advice;
  advice.candidates = {made_up("uniform:bins=9", "centre", 9, 3.2, 4.0),
                       made_up("uniform:bins=9", "centre", 9, 3.2, 9.0, "augmented"),
                       made_up("uniform:bins=9", "centre", 9, 3.2, 3.5, "augmented:resync_every=10"),
                       made_up("uniform:bins=9", "centre", 9, 3.2, 3.0, "augmented:resync_every=5"),
                       made_up("uniform:bins=9", "centre", 9, 3.2, 1.0, "chunked"),
                       made_up("uniform:bins=5", "centre", 5, 2.3, 0.0, "augmented:resync_every=2")};
  return advice;
}

TEST(AdviceResync, SweepsWhatWasPlayedOfTheRecommendedTokens) {
  const ResyncSweep sweep = played_resync(swept());
  ASSERT_EQ(sweep.rows.size(), 4U) << "neither chunks nor other bins";
  const std::uint64_t every[] = {1, 5, 10, 0};
  const double regret[] = {4.0, 3.0, 3.5, 9.0};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sweep.rows[i].every, every[i]);
    EXPECT_DOUBLE_EQ(sweep.rows[i].regret.value, regret[i]);
    EXPECT_DOUBLE_EQ(sweep.rows[i].above_best.value, regret[i] - 3.0);
    EXPECT_EQ(sweep.rows[i].as_good, i == 1) << "the rollouts differ by the same each";
  }
  EXPECT_EQ(sweep.best, 1U);
  EXPECT_NE(resync_sentence(swept()).find("m = 5 has the least regret, 3.0"), std::string::npos)
      << resync_sentence(swept());
  EXPECT_NE(resync_sentence(swept()).find("every other m that was tried loses more"), std::string::npos)
      << resync_sentence(swept());
}

TEST(AdviceResync, WhatTheRolloutsCannotTellApartIsAsGoodOnlyWithinTheSlack) {
  Advice advice = swept();
  advice.candidates[2].regrets = {3.0, 4.0, 1.0, 5.0, 2.0, 4.0, 3.0, 2.0};  // its mean is that of m = 5
  const ResyncSweep sweep = played_resync(advice);
  EXPECT_FALSE(sweep.rows[2].as_good);
  EXPECT_TRUE(sweep.rows[2].open);
  EXPECT_NE(resync_sentence(advice).find("m = 5 has the least regret, 3.0"), std::string::npos)
      << "the regret stands beside its own m: " << resync_sentence(advice);
  EXPECT_NE(resync_sentence(advice).find("not told apart from it: m = 10"), std::string::npos)
      << resync_sentence(advice);
  advice.slack = 5.0;  // beyond the interval of the difference
  EXPECT_TRUE(played_resync(advice).rows[2].as_good);
  EXPECT_NE(resync_sentence(advice).find("as good: m = "), std::string::npos) << resync_sentence(advice);
}

// Over all that m = 10 was played it loses most; over what all were played, least.
TEST(AdviceResync, OnlyTheRolloutsThatAllHaveAreCompared) {
  Advice advice = swept();
  std::vector<double>& longer = advice.candidates[2].regrets;
  for (double& regret : longer) regret -= 3.0;  // mean 0.5
  longer.insert(longer.end(), 8, 50.0);
  advice.candidates[2].regret = mean_estimate(longer);
  const ResyncSweep sweep = played_resync(advice);
  ASSERT_EQ(sweep.rows.size(), 4U);
  EXPECT_EQ(sweep.rows[sweep.best].every, 10U);
  EXPECT_DOUBLE_EQ(sweep.rows[sweep.best].regret.value, 0.5);
  for (const ResyncRow& row : sweep.rows) EXPECT_EQ(row.regret.n, 8U);
}

TEST(AdviceResync, AFewRolloutsAreNoRow) {
  Advice advice = swept();
  advice.candidates[3].regrets.resize(2);
  const ResyncSweep sweep = played_resync(advice);
  ASSERT_EQ(sweep.rows.size(), 3U);
  EXPECT_EQ(sweep.rows[sweep.best].every, 10U) << "the best of those that were played long enough";
}

TEST(AdviceResync, WithoutAnyThereIsNothingToSay) {
  Advice advice = swept();
  advice.candidates.resize(1);
  EXPECT_TRUE(played_resync(advice).rows.empty());
  EXPECT_EQ(resync_sentence(advice), "");
}

}  // namespace
}  // namespace pianola
