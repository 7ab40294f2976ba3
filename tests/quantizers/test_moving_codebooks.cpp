#include "pianola/quantizers/moving_codebooks.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola::testing {
namespace {

MovingPlan plan_of(std::size_t layers, std::size_t codes, std::size_t dim) {
  MovingPlan plan;
  plan.layers = layers;
  plan.codes = codes;
  plan.dim = dim;
  plan.key = NoiseKey(4);
  return plan;
}

TEST(MovingCodebooks, OneStepIsTheFormula) {
  MovingPlan plan = plan_of(1, 2, 1);
  plan.decay = 0.75;
  plan.epsilon = 0.1;
  MovingCodebooks books(plan, std::vector<float>{0, 10});
  const std::vector<float> seeds = books.codes();
  const std::size_t low = seeds[0] == 0.0F ? 0 : 1;
  std::vector<float> residuals(4);
  books.step(std::vector<float>{1, 9, 2, 3}, 0, residuals);
  EXPECT_EQ(residuals, (std::vector<float>{1, -1, 2, 3}));
  // low: n = ¾·1 + ¼·3 = 1.5, m = ¾·0 + ¼·6 = 1.5; high: n = ¾ + ¼ = 1, m = 7.5 + 2.25; Σn = 2.5
  const double smoothed = 2.5 + 2 * 0.1;
  EXPECT_FLOAT_EQ(books.codes()[low], static_cast<float>(1.5 / ((1.5 + 0.1) / smoothed * 2.5)));
  EXPECT_FLOAT_EQ(books.codes()[1 - low], static_cast<float>(9.75 / ((1.0 + 0.1) / smoothed * 2.5)));
}

TEST(MovingCodebooks, LaterLayersSeeTheResidualsOfTheOldCodes) {
  MovingCodebooks books(plan_of(2, 2, 1), std::vector<float>{0, 1, 10, 11});
  const std::vector<float> before = books.codes();
  std::vector<float> residuals(6);
  const std::vector<float> rows{0.5F, 10, 11};
  books.step(rows, 0, residuals);
  for (std::size_t i = 0; i < 3; ++i) {
    const float first = rows[i] - residuals[i], second = residuals[i] - residuals[3 + i];
    EXPECT_TRUE(std::abs(first - before[0]) < 1e-6F || std::abs(first - before[1]) < 1e-6F);
    EXPECT_TRUE(std::abs(second - before[2]) < 1e-6F || std::abs(second - before[3]) < 1e-6F);
  }
}

TEST(MovingCodebooks, CodesFollowDataThatMove) {
  MovingCodebooks books(plan_of(1, 2, 1), std::vector<float>{0, 1});
  std::vector<float> residuals(64), rows(64);
  for (std::uint64_t step = 0; step < 60; ++step) {
    for (std::size_t i = 0; i < 64; ++i) rows[i] = i % 2 == 0 ? 100.0F : 200.0F;
    books.step(rows, step, residuals);
  }
  auto codes = books.codes();
  std::sort(codes.begin(), codes.end());
  EXPECT_NEAR(codes[0], 100.0F, 0.5F);  // ε draws codes towards 0
  EXPECT_NEAR(codes[1], 200.0F, 0.5F);
}

TEST(MovingCodebooks, DeadCodesAreReplaced) {
  MovingCodebooks books(plan_of(1, 2, 1), std::vector<float>{0, 1000});
  std::vector<float> residuals(32), rows(32);
  for (std::uint64_t step = 0; step < 40; ++step) {
    for (std::size_t i = 0; i < 32; ++i) rows[i] = static_cast<float>(i % 2);
    books.step(rows, step, residuals);
  }
  for (const float code : books.codes()) EXPECT_LT(std::abs(code), 2.0F);
}

TEST(MovingCodebooks, CodesThatALayerLacksAreZero) {
  MovingCodebooks books(plan_of(1, 4, 2), std::vector<float>{1, 1, 2, 2, 1, 1});
  EXPECT_EQ(books.size(0), 2U);
  const auto codes = books.codes();
  ASSERT_EQ(codes.size(), 8U);
  for (std::size_t i = 4; i < 8; ++i) EXPECT_EQ(codes[i], 0.0F);
}

}  // namespace
}  // namespace pianola::testing
