#include "pianola/bounds/rates.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

RateInputs inputs(double n, double horizon, double epsilon) {
  RateInputs all;
  all.n = n;
  all.horizon = horizon;
  all.epsilon = epsilon;
  all.log_policies = std::log(64.0);
  all.log_models = std::log(16.0);
  return all;
}

/// Exponent of `rate` in one input that is multiplied by four.
template <class Rate>
double exponent(Rate rate, double low, double high) {
  return std::log(rate(high) / rate(low)) / std::log(high / low);
}

TEST(Rates, ExponentsAreTheTheorems) {
  EXPECT_NEAR(exponent([](double n) { return bound_theorem_2(inputs(n, 10, 0)).total(); }, 10, 40), -0.5, 1e-12);
  EXPECT_NEAR(exponent([](double h) { return bound_theorem_2(inputs(10, h, 0.1)).quantization; }, 10, 40), 2.0, 1e-12);
  EXPECT_NEAR(exponent([](double n) { return bound_theorem_3(inputs(n, 10, 0), {}).total(); }, 10, 40), -1.0, 1e-12);
  const Theorem3Inputs smooth{.k = 2, .gamma = 5, .jump = 10}, torn{.k = 2, .gamma = 5, .jump = 0};
  EXPECT_NEAR(exponent([&](double h) { return bound_theorem_3(inputs(10, h, 0.1), smooth).total(); }, 10, 40), 1.0,
              1e-12);
  EXPECT_EQ(bound_theorem_3(inputs(10, 10, 0.1), torn).smoothness, 100.0);
  EXPECT_NEAR(exponent([](double n) { return bound_theorem_7(inputs(n, 10, 0)).total(); }, 10, 40), -0.5, 1e-12);
  EXPECT_NEAR(exponent([](double h) { return bound_theorem_7(inputs(10, h, 0.1)).total(); }, 10, 40), 1.0, 1e-12);
}

TEST(Rates, Theorem8) {
  EXPECT_DOUBLE_EQ(lower_bound_theorem_8(1, 3), 1.0 / 3.0 * 2.0 * (2.0 / 3.0) / 2.0);
  EXPECT_EQ(lower_bound_theorem_8(5, 1), 0.0);
  EXPECT_EQ(lower_bound_theorem_8(5, 10, 0.0), 0.0) << "control: no gap, no bound";
  EXPECT_DOUBLE_EQ(lower_bound_collision(11, 0.25), 1.25);
}

/// ½ Σ |P − Q| term by term, with binomial coefficients by products.
double total_variation_by_products(std::uint64_t n, double gap) {
  long double sum = 0.0L, choose = 1.0L;
  for (std::uint64_t k = 0; k <= n; ++k) {
    const long double p = choose * powl(0.5L + static_cast<long double>(gap), static_cast<long double>(k)) *
                          powl(0.5L - static_cast<long double>(gap), static_cast<long double>(n - k));
    const long double q = choose * powl(0.5L - static_cast<long double>(gap), static_cast<long double>(k)) *
                          powl(0.5L + static_cast<long double>(gap), static_cast<long double>(n - k));
    sum += fabsl(p - q);
    choose = choose * static_cast<long double>(n - k) / static_cast<long double>(k + 1);
  }
  return static_cast<double>(sum / 2.0L);
}

TEST(Rates, Theorem9IsTheBinomialDistance) {
  for (const std::uint64_t n : {1U, 2U, 7U, 50U, 301U}) {
    for (const double gap : {0.0, 0.01, 0.2, 0.5}) {
      EXPECT_NEAR(lower_bound_theorem_9(n, 10, gap).total_variation, total_variation_by_products(n, gap), 1e-11)
          << n << ' ' << gap;
    }
  }
}

// docs/theory.md §9: with Δ = 1/(5√n) the bound says something, with the paper's displayed 3/(5√n) it does not.
TEST(Rates, Theorem9ReferenceValues) {
  for (const std::uint64_t n : {2U, 10U, 100U, 10'000U}) {
    const double root = std::sqrt(static_cast<double>(n));
    const Theorem9Bound ours = lower_bound_theorem_9(n, 10, 1.0 / (5.0 * root));
    EXPECT_LE(ours.total_variation, 0.40);
    EXPECT_GE(ours.probability / 2.0, 0.15);
    const Theorem9Bound displayed = lower_bound_theorem_9(n, 10, 3.0 / (5.0 * root));
    EXPECT_GE(displayed.total_variation, 0.77 - 5e-3);
    EXPECT_LE(displayed.total_variation, 0.873);
    EXPECT_LT(displayed.probability, 0.125);
  }
}

TEST(Rates, NecessaryRate) {
  EXPECT_DOUBLE_EQ(necessary_rate(std::vector<double>{2.0, 0.5, 4.0, 1.0}), 3.0);
  EXPECT_EQ(necessary_rate({}), 0.0);
}

TEST(Rates, OutOfRange) {
  RateInputs bad = inputs(0, 10, 0.1);
  EXPECT_THROW((void)bound_theorem_2(bad), UsageError);
  bad = inputs(10, 10, -0.1);
  EXPECT_THROW((void)bound_theorem_3(bad, {}), UsageError);
  bad = inputs(10, 10, 0.1);
  bad.delta = 1.0;
  EXPECT_THROW((void)bound_theorem_7(bad), UsageError);
  EXPECT_THROW((void)lower_bound_theorem_9(10, 10, 0.6), UsageError);
  EXPECT_THROW((void)lower_bound_theorem_8(0, 10), UsageError);
}

}  // namespace
}  // namespace pianola
