#include "pianola/base/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> normals_of(std::uint64_t seed, std::size_t n, double mean = 0.0, double deviation = 1.0) {
  std::vector<double> out(n);
  normals(NoiseKey(seed), 0, 0, out);
  for (double& x : out) x = mean + deviation * x;
  return out;
}

TEST(RunningMean, IsTheMeanAndTheUnbiasedVariance) {
  RunningMean mean;
  for (const double x : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) mean.add(x);
  EXPECT_EQ(mean.count(), 8U);
  EXPECT_DOUBLE_EQ(mean.mean(), 5.0);
  EXPECT_DOUBLE_EQ(mean.variance(), 32.0 / 7.0);
}

TEST(RunningMean, KeepsItsPrecisionFarFromZero) {
  RunningMean mean;
  for (const double x : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) mean.add(x);
  EXPECT_DOUBLE_EQ(mean.variance(), 30.0);
}

TEST(RunningMean, WithoutEnoughSamplesThereIsNoNumber) {
  RunningMean mean;
  EXPECT_TRUE(std::isnan(mean.estimate().value));
  EXPECT_TRUE(std::isnan(mean.variance()));
  mean.add(3.0);
  const Estimate one = mean.estimate();
  EXPECT_EQ(one.value, 3.0);
  EXPECT_EQ(one.n, 1U);
  EXPECT_TRUE(std::isnan(one.low) && std::isnan(one.high));
}

TEST(RunningMean, MergingIsAddingUpToRounding) {
  test::property([](const std::vector<double>& drawn) {
    std::vector<double> samples;
    for (const double x : drawn) samples.push_back(std::isfinite(x) ? std::remainder(x, 1000.0) : 0.0);
    const std::size_t cut = samples.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, samples.size() + 1);
    RunningMean whole, a, b;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      whole.add(samples[i]);
      (i < cut ? a : b).add(samples[i]);
    }
    RunningMean reversed = b;
    reversed.merge(a);
    a.merge(b);
    RC_ASSERT(a.count() == whole.count());
    RC_ASSERT(std::abs(a.mean() - whole.mean()) < 1e-10);
    RC_ASSERT(std::abs(a.mean() - reversed.mean()) < 1e-10);
    if (samples.size() > 1) {
      RC_ASSERT(std::abs(a.variance() - whole.variance()) < 1e-7 * (1.0 + whole.variance()));
      RC_ASSERT(std::abs(a.variance() - reversed.variance()) < 1e-7 * (1.0 + whole.variance()));
    }
  });
}

TEST(RunningMean, MergingNothingChangesNoBit) {
  RunningMean mean, empty;
  for (const double x : normals_of(1, 11)) mean.add(x);
  const double before = mean.mean(), variance = mean.variance();
  mean.merge(empty);
  EXPECT_EQ(mean.mean(), before);
  empty.merge(mean);
  EXPECT_EQ(empty.mean(), before);
  EXPECT_EQ(empty.variance(), variance);
}

// t(0.975; 3) = 3.182446305284263 (R: qt(0.975, 3)).
TEST(MeanEstimate, IsTheStudentInterval) {
  const std::vector<double> samples = {1.0, 2.0, 3.0, 4.0};
  const Estimate estimate = mean_estimate(samples);
  EXPECT_DOUBLE_EQ(estimate.value, 2.5);
  const double half = 3.182446305284263 * std::sqrt(5.0 / 3.0 / 4.0);
  EXPECT_NEAR(estimate.high - estimate.value, half, 1e-12);
  EXPECT_NEAR(estimate.value - estimate.low, half, 1e-12);
  EXPECT_LT(mean_estimate(samples, 0.5).high, estimate.high);
}

// 2,000 intervals: the share that covers has deviation √(0.95·0.05/2000) = 0.5 %; 93 to 97 % is ±4 of them.
TEST(MeanEstimate, CoversTheMeanAsOftenAsItSays) {
  int covered = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Estimate estimate = mean_estimate(normals_of(static_cast<std::uint64_t>(trial), 6, 3.0, 2.0));
    covered += estimate.low <= 3.0 && 3.0 <= estimate.high;
  }
  EXPECT_GE(covered, kTrials * 93 / 100);
  EXPECT_LE(covered, kTrials * 97 / 100);
}

TEST(MeanEstimate, RefusesImpossibleConfidence) {
  const std::vector<double> samples = {1.0, 2.0};
  for (const double confidence : {0.0, 1.0, -1.0, 95.0, std::nan("")}) {
    EXPECT_THROW(mean_estimate(samples, confidence), UsageError);
  }
}

TEST(MeanEstimate, OfANumberThatIsNoneIsNone) {
  const std::vector<double> samples = {1.0, std::nan(""), 2.0}, infinite = {1.0, kInfinity, 2.0};
  EXPECT_TRUE(std::isnan(mean_estimate(samples).value));
  EXPECT_TRUE(std::isnan(mean_estimate(infinite).low));
}

TEST(PairedDifference, SharedNoiseCancels) {
  const std::vector<double> noise = normals_of(5, 200, 0.0, 100.0), own = normals_of(6, 200, 0.0, 0.01);
  std::vector<double> a, b;
  for (std::size_t i = 0; i < noise.size(); ++i) {
    a.push_back(noise[i] + 1.0 + own[i]);
    b.push_back(noise[i]);
  }
  const Estimate paired = paired_difference(a, b);
  EXPECT_NEAR(paired.value, 1.0, 0.01);
  EXPECT_LT(paired.high - paired.low, 0.01);
  EXPECT_GT(mean_estimate(a).high - mean_estimate(a).low, 10.0);
  EXPECT_THROW(paired_difference(a, std::vector<double>{1.0}), UsageError);
}

double median(std::span<const double> samples) { return quantile(samples, 0.5); }

TEST(Bootstrap, OfTheMeanIsNearTheStudentInterval) {
  const std::vector<double> samples = normals_of(8, 400, 1.0);
  const auto mean = [](std::span<const double> x) { return mean_estimate(x).value; };
  const Estimate boot = bootstrap(samples, mean, NoiseKey(1)), student = mean_estimate(samples);
  EXPECT_EQ(boot.value, student.value);
  EXPECT_NEAR(boot.low, student.low, 0.015);
  EXPECT_NEAR(boot.high, student.high, 0.015);
}

TEST(Bootstrap, CoversTheMedian) {
  int covered = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::vector<double> samples = normals_of(static_cast<std::uint64_t>(trial) + 1000, 41, 2.0);
    const Estimate estimate = bootstrap(samples, median, NoiseKey(static_cast<std::uint64_t>(trial)), 400);
    covered += estimate.low <= 2.0 && 2.0 <= estimate.high;
  }
  EXPECT_GE(covered, kTrials * 91 / 100);
  EXPECT_LE(covered, kTrials * 99 / 100);
}

TEST(Bootstrap, IsAFunctionOfItsKey) {
  const std::vector<double> samples = normals_of(2, 30);
  const auto mean = [](std::span<const double> x) { return mean_estimate(x).value; };
  const Estimate a = bootstrap(samples, mean, NoiseKey(3)), b = bootstrap(samples, mean, NoiseKey(3));
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(bootstrap(samples, mean, NoiseKey(4)).low, a.low);
}

TEST(Bootstrap, OfFewSamplesHasNoInterval) {
  EXPECT_TRUE(std::isnan(bootstrap({}, median, NoiseKey(1)).value));
  const std::vector<double> one = {2.0};
  EXPECT_EQ(bootstrap(one, median, NoiseKey(1)).value, 2.0);
  EXPECT_TRUE(std::isnan(bootstrap(one, median, NoiseKey(1)).low));
  EXPECT_THROW(bootstrap(one, median, NoiseKey(1), 0), UsageError);
}

// At k = 0 the upper end is 1 − (α/2)^(1/n), in closed form; at k = n the mirror image.
TEST(ClopperPearson, HasItsClosedFormsAtTheEnds) {
  const Estimate none = clopper_pearson(0, 20);
  EXPECT_EQ(none.value, 0.0);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 1.0 - std::pow(0.025, 1.0 / 20.0), 1e-12);
  const Estimate all = clopper_pearson(20, 20);
  EXPECT_EQ(all.high, 1.0);
  EXPECT_NEAR(all.low, std::pow(0.025, 1.0 / 20.0), 1e-12);
}

double binomial_probability(std::size_t k, std::size_t n, double p) {
  const double log_choose = std::lgamma(double(n) + 1) - std::lgamma(double(k) + 1) - std::lgamma(double(n - k) + 1);
  return std::exp(log_choose + double(k) * std::log(p) + double(n - k) * std::log1p(-p));
}

TEST(ClopperPearson, ItsEndsLeaveExactlyTheTailsOfTheBinomialLaw) {
  const Estimate estimate = clopper_pearson(7, 30);
  double above = 0.0, below = 0.0;
  for (std::size_t k = 7; k <= 30; ++k) above += binomial_probability(k, 30, estimate.low);
  for (std::size_t k = 0; k <= 7; ++k) below += binomial_probability(k, 30, estimate.high);
  EXPECT_NEAR(above, 0.025, 1e-10);
  EXPECT_NEAR(below, 0.025, 1e-10);
}

// Not by simulation: the coverage is a finite sum.
TEST(ClopperPearson, NeverCoversLessThanItSays) {
  for (const std::size_t n : {5, 30, 100}) {
    for (const double p : {0.001, 0.02, 0.1, 0.35, 0.5, 0.9, 0.999}) {
      double coverage = 0.0;
      for (std::size_t k = 0; k <= n; ++k) {
        const Estimate estimate = clopper_pearson(k, n);
        if (estimate.low <= p && p <= estimate.high) coverage += binomial_probability(k, n, p);
      }
      EXPECT_GE(coverage, 0.95 - 1e-9) << n << " trials at " << p;
    }
  }
}

TEST(ClopperPearson, RefusesMoreSuccessesThanTrials) {
  EXPECT_THROW(clopper_pearson(4, 3), UsageError);
  EXPECT_TRUE(std::isnan(clopper_pearson(0, 0).value));
}

TEST(FitLogLog, FindsAnExactPower) {
  const std::vector<double> x = {1, 2, 4, 8, 16};
  std::vector<double> y;
  for (const double v : x) y.push_back(3.0 * std::pow(v, -0.5));
  const SlopeFit fit = fit_log_log(x, y);
  EXPECT_NEAR(fit.slope.value, -0.5, 1e-14);
  EXPECT_NEAR(fit.slope.high - fit.slope.low, 0.0, 1e-12);
  EXPECT_NEAR(fit.intercept, std::log(3.0), 1e-13);
  EXPECT_EQ(fit.slope.n, 5U);
}

// Residuals by hand: log y = (0, 1, 0) at log x = (0, 1, 2) → slope 0, residual sum 2/3 on 1 degree, s_xx = 2;
// t(0.975; 1) = 12.706204736.
TEST(FitLogLog, IntervalIsTheTextbooks) {
  const double e = std::exp(1.0);
  const SlopeFit fit = fit_log_log(std::vector<double>{1, e, e * e}, std::vector<double>{1, e, 1});
  EXPECT_NEAR(fit.slope.value, 0.0, 1e-14);
  EXPECT_NEAR(fit.slope.high, 12.706204736 * std::sqrt(2.0 / 3.0 / 2.0), 1e-8);
  EXPECT_NEAR(fit.slope.low, -fit.slope.high, 1e-12);
}

TEST(FitLogLog, CoversTheExponent) {
  int covered = 0;
  constexpr int kTrials = 2000;
  const std::vector<double> x = {10, 30, 100, 300, 1000};
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::vector<double> noise = normals_of(static_cast<std::uint64_t>(trial) + 77, x.size(), 0.0, 0.2);
    std::vector<double> y;
    for (std::size_t i = 0; i < x.size(); ++i) y.push_back(std::exp(noise[i]) / x[i]);
    const SlopeFit fit = fit_log_log(x, y);
    covered += fit.slope.low <= -1.0 && -1.0 <= fit.slope.high;
  }
  EXPECT_GE(covered, kTrials * 93 / 100);
  EXPECT_LE(covered, kTrials * 97 / 100);
}

TEST(FitLogLog, NamesThePointThatItCannotUse) {
  const std::vector<double> x = {1, 2, 3};
  EXPECT_THROW(fit_log_log(std::vector<double>{1, 2}, std::vector<double>{1, 2}), UsageError);
  EXPECT_THROW(fit_log_log(x, std::vector<double>{1, 2}), UsageError);
  EXPECT_THROW(fit_log_log(std::vector<double>{2, 2, 2}, x), UsageError);
  for (const double bad : {0.0, -1.0, kInfinity, std::nan("")}) {
    try {
      fit_log_log(x, std::vector<double>{1.0, bad, 1.0});
      FAIL() << "no error for " << bad;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("point 1"), std::string::npos) << error.what();
    }
  }
}

// numpy.quantile([3, 1, 2, 10], p).
TEST(Quantile, IsNumPys) {
  const std::vector<double> samples = {3, 1, 2, 10};
  EXPECT_EQ(quantile(samples, 0.0), 1.0);
  EXPECT_EQ(quantile(samples, 1.0), 10.0);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 7.9);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.1), 1.3);
  EXPECT_EQ(quantile(std::vector<double>{4.0}, 0.3), 4.0);
}

TEST(Quantile, HasNoValueWhereNoneExists) {
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(quantile(std::vector<double>{1.0, std::nan("")}, 0.5)));
  EXPECT_EQ(quantile(std::vector<double>{1.0, kInfinity, kInfinity}, 0.75), kInfinity);
  EXPECT_THROW(quantile(std::vector<double>{1.0}, 1.5), UsageError);
  EXPECT_THROW(quantile(std::vector<double>{1.0}, std::nan("")), UsageError);
}

}  // namespace
}  // namespace pianola
