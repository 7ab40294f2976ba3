#include "pianola/quantizers/residual_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/base/random.hpp"

namespace pianola::testing {
namespace {

using Method = ResidualFitPlan::Method;

std::vector<float> gaussian_rows(std::size_t n, std::size_t dim) {
  std::vector<float> rows(n * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(normal(NoiseKey(6), i, 0));
  return rows;
}

ResidualFitPlan plan_of(Method method, std::size_t layers, std::size_t codes, std::size_t dim) {
  ResidualFitPlan plan;
  plan.method = method;
  plan.layers = layers;
  plan.codes = codes;
  plan.dim = dim;
  plan.steps = 300;
  plan.key = NoiseKey(2);
  return plan;
}

/// Mean squared error of decoding what encodes, by the first l layers.
double error_of(const ResidualCodebooks& books, std::span<const float> rows, std::size_t l) {
  const std::size_t dim = books.dim(), n = rows.size() / dim;
  std::vector<Token> tokens(n * books.layers());
  books.encode(rows, tokens);
  const std::vector<std::uint32_t> lengths(n, static_cast<std::uint32_t>(l));
  std::vector<float> back(rows.size());
  books.decode(tokens, lengths, back);
  double sum = 0.0;
  for (std::size_t i = 0; i < back.size(); ++i) sum += std::pow(static_cast<double>(back[i] - rows[i]), 2);
  return sum / static_cast<double>(rows.size());
}

ResidualCodebooks fitted(const ResidualFitPlan& plan, std::span<const float> rows) {
  return ResidualCodebooks(plan.layers, plan.codes, plan.dim, fit_residual_codebooks(plan, rows, "x"));
}

TEST(ResidualFit, EveryLayerHalvesTheErrorAndNoCodeIsDead) {
  const auto rows = gaussian_rows(4000, 2);
  for (const Method method : {Method::lloyd, Method::ema}) {
    const auto books = fitted(plan_of(method, 3, 16, 2), rows);
    double before = 1.0;
    for (std::size_t l = 1; l <= 3; ++l) {
      const double error = error_of(books, rows, l);
      EXPECT_LT(error, 0.5 * before) << l;
      before = error;
    }
    EXPECT_EQ(count_dead_codes(books, rows), (std::vector<std::uint32_t>(3, 0)));
  }
}

// The best 16 codes of a normal law in the plane have a distortion of about 0.107 a coordinate (Lloyd, from many
// starts).
TEST(ResidualFit, LloydReachesAGoodDistortion) {
  const auto rows = gaussian_rows(20000, 2);
  EXPECT_LT(error_of(fitted(plan_of(Method::lloyd, 1, 16, 2), rows), rows, 1), 0.115);
  EXPECT_LT(error_of(fitted(plan_of(Method::ema, 1, 16, 2), rows), rows, 1), 0.125);
}

TEST(ResidualFit, StartsTriedOnAChoiceOfVeryManyRowsAreFinishedOnAll) {
  const auto rows = gaussian_rows(80000, 1);
  ResidualFitPlan plan = plan_of(Method::lloyd, 1, 8, 1);
  plan.restarts = 3;
  const auto books = fitted(plan, rows);
  EXPECT_LT(error_of(books, rows, 1), 0.0355) << "Lloyd-Max: 0.0345 for 8 codes";
  EXPECT_EQ(count_dead_codes(books, rows), (std::vector<std::uint32_t>{0}));
}

TEST(ResidualFit, LloydCodesAreTheMeansOfTheirRows) {
  const auto rows = gaussian_rows(3000, 3);
  ResidualFitPlan plan = plan_of(Method::lloyd, 1, 8, 3);
  plan.iterations = 1000;
  const auto books = fitted(plan, rows);
  std::vector<Token> tokens(3000);
  books.encode(rows, tokens);
  std::vector<double> sums(24), counts(8);
  for (std::size_t i = 0; i < rows.size(); ++i) sums[tokens[i / 3] * 3 + i % 3] += static_cast<double>(rows[i]);
  for (const Token t : tokens) counts[t] += 1.0;
  for (std::size_t i = 0; i < 24; ++i) EXPECT_NEAR(books.codes()[i], sums[i] / counts[i / 3], 1e-6);
}

TEST(ResidualFit, SameSeedSameBitsWhateverTheThreads) {
  const auto rows = gaussian_rows(20000, 3);
  for (const Method method : {Method::lloyd, Method::ema}) {
    ResidualFitPlan plan = plan_of(method, 2, 16, 3);
    plan.steps = 50;
    set_threads(1);
    const auto one = fit_residual_codebooks(plan, rows, "x");
    set_threads(3);
    EXPECT_EQ(fit_residual_codebooks(plan, rows, "x"), one);
    set_threads(0);
    plan.key = NoiseKey(99);
    EXPECT_NE(fit_residual_codebooks(plan, rows, "x"), one);
  }
}

TEST(ResidualFit, FewerDistinctRowsThanCodesAreAnError) {
  const std::vector<float> rows{1, 1, 2, 2, 2, 1};
  try {
    fit_residual_codebooks(plan_of(Method::lloyd, 2, 3, 1), rows, "quantizer 'rvq'");
    FAIL();
  } catch (const DataError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("quantizer 'rvq': 3 codes a layer need as many distinct chunks"), std::string::npos)
        << message;
    EXPECT_NE(message.find("take codes=2 or fewer"), std::string::npos) << message;
  }
}

TEST(ResidualFit, SpareCodesOfLaterLayersAreZeroAndDead) {
  const std::vector<float> rows{1, 5, 1, 5, 5};
  for (const Method method : {Method::lloyd, Method::ema}) {
    const auto books = fitted(plan_of(method, 2, 2, 1), rows);
    EXPECT_NEAR(error_of(books, rows, 2), 0.0, 1e-6);
    if (method == Method::lloyd) {
      EXPECT_EQ(count_dead_codes(books, rows), (std::vector<std::uint32_t>{0, 1}));
    }
    EXPECT_EQ(books.code(1, 1)[0], 0.0F);
  }
}

TEST(ResidualFit, ManyRowsOfFewKindsAreFound) {
  std::vector<float> rows(200000, 1.0F);  // seeds are drawn from a part of them, which may miss a kind
  rows[77777] = 2.0F;
  const auto books = fitted(plan_of(Method::lloyd, 1, 2, 1), rows);
  EXPECT_EQ(error_of(books, rows, 1), 0.0);
}

TEST(ResidualFit, StartsAreTriedOnAllRowsWhereAPartOfThemHasTooFewKinds) {
  std::vector<float> rows(200000, 1.0F);  // of which every third is tried, these not among them
  rows[7] = 2.0F;
  rows[11] = 3.0F;
  ResidualFitPlan plan = plan_of(Method::lloyd, 1, 3, 1);
  plan.restarts = 4;
  EXPECT_EQ(error_of(fitted(plan, rows), rows, 1), 0.0);
  plan.codes = 4;
  try {
    fit_residual_codebooks(plan, rows, "x");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("the data have 3 (of 200000 chunks)"), std::string::npos) << error.what();
  }
}

TEST(ResidualFit, CanBeInterrupted) {
  request_interrupt();
  EXPECT_THROW(fit_residual_codebooks(plan_of(Method::lloyd, 2, 4, 1), gaussian_rows(100, 1), "x"), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace pianola::testing
