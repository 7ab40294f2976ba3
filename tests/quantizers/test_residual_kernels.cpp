#include "pianola/quantizers/residual_kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "property.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola::testing {
namespace {

TEST(ResidualKernels, SubtractAndSquareInTheObviousWay) {
  test::property("differences to the bit, squares within rounding", [] {
    const auto n = static_cast<std::size_t>(*rc::gen::inRange(0, 20)),
               dim = static_cast<std::size_t>(*rc::gen::inRange(1, 70));
    const std::size_t stride = (dim + 15) / 16 * 16;
    const auto rows = golden_numbers(1, n * dim), codes = golden_numbers(50000, 5 * stride);
    std::vector<std::uint32_t> nearest(n);
    for (std::size_t i = 0; i < n; ++i) nearest[i] = static_cast<std::uint32_t>(i % 5);
    std::vector<float> out(n * dim), squares(n), own(n);
    subtract_rows(rows.data(), codes.data(), stride, nearest.data(), n, dim, out.data(), squares.data());
    row_squares(rows.data(), n, dim, own.data());
    for (std::size_t i = 0; i < n; ++i) {
      double square = 0.0, before = 0.0;
      for (std::size_t j = 0; j < dim; ++j) {
        RC_ASSERT(out[i * dim + j] == rows[i * dim + j] - codes[nearest[i] * stride + j]);
        square += std::pow(static_cast<double>(out[i * dim + j]), 2);
        before += std::pow(static_cast<double>(rows[i * dim + j]), 2);
      }
      RC_ASSERT(std::abs(static_cast<double>(squares[i]) - square) <= 1e-5 * square);
      RC_ASSERT(std::abs(static_cast<double>(own[i]) - before) <= 1e-5 * before);
    }
  });
}

TEST(ResidualKernels, TheLargestIsPickedWhereItIsSure) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> scores(6 * 32, -5.0F);
  scores[0 * 32 + 17] = 1.0F;
  scores[1 * 32 + 3] = scores[1 * 32 + 30] = 1.0F;  // a tie
  scores[2 * 32 + 31] = 1.0F;
  scores[2 * 32 + 1] = 0.5F;  // within the slack
  scores[3 * 32 + 4] = std::nanf("");
  scores[4 * 32 + 4] = infinity;
  scores[5 * 32 + 4] = 1.0F;
  const std::vector<float> slack{0.75F, 0.0F, 0.75F, std::nanf(""), infinity, infinity};
  std::vector<std::uint32_t> best(6);
  EXPECT_EQ(pick_largest({scores.data(), 32, 32}, 6, slack.data(), best.data()), 5U);
  EXPECT_EQ(best, (std::vector<std::uint32_t>{17, kUndecided, kUndecided, kUndecided, kUndecided, kUndecided}));
}

TEST(ResidualKernels, ShiftsAreSubtracted) {
  std::vector<float> scores(2 * 48, -5.0F), shift(2 * 16, 0.0F);  // the last 16 of each 48
  scores[0 * 48 + 32 + 3] = scores[1 * 48 + 32 + 3] = 1.0F;
  shift[1 * 16 + 3] = 9.0F;
  shift[1 * 16 + 7] = -1.0F;
  const std::vector<float> slack{0.5F, 0.5F};
  const std::vector<std::uint32_t> rows{0, 1};
  std::vector<std::uint32_t> best(2);
  EXPECT_EQ(pick_largest({scores.data() + 32, 48, 16, shift.data(), rows.data()}, 2, slack.data(), best.data()), 0U);
  EXPECT_EQ(best, (std::vector<std::uint32_t>{3, 7}));
}

TEST(ResidualKernels, SlackGrowsWithTheRow) {
  std::vector<float> squares(21), out(21);
  for (std::size_t i = 0; i < 21; ++i) squares[i] = static_cast<float>(i * i);
  row_slack(squares.data(), 21, 0.0F, 2.0F, 0.5F, out.data());
  for (std::size_t i = 0; i < 21; ++i) EXPECT_FLOAT_EQ(out[i], 2.0F * static_cast<float>(i) + 0.5F);
}

TEST(ResidualKernels, SumsAreInTheOrderOfLayers) {
  test::property("to the bit, and nothing is written behind the end", [] {
    const auto n = static_cast<std::size_t>(*rc::gen::inRange(0, 20)),
               dim = static_cast<std::size_t>(*rc::gen::inRange(1, 40)),
               layers = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
    const std::size_t stride = (dim + 15) / 16 * 16, count = 7;
    const auto codes = golden_numbers(7, layers * count * stride);
    std::vector<std::uint32_t> tokens(n * layers);
    for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<std::uint32_t>(i * 5 % count);
    std::vector<float> out(n * dim + 1, 77.0F);
    sum_rows(codes.data(), layers, count, stride, tokens.data(), n, dim, out.data());
    RC_ASSERT(out.back() == 77.0F);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < dim; ++j) {
        float sum = codes[tokens[i * layers] * stride + j];
        for (std::size_t l = 1; l < layers; ++l) sum += codes[(l * count + tokens[i * layers + l]) * stride + j];
        RC_ASSERT(out[i * dim + j] == sum);
      }
    }
  });
}

}  // namespace
}  // namespace pianola::testing
