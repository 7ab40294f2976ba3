#include "pianola/quantizers/dither.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "pianola/base/statistics.hpp"
#include "pianola/quantizers/dither_noise.hpp"
#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Dither, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"dither:bins=2", "dither:bins=17,subtractive=true",
                                                                "dither:bins=5,quantile=0.05",
                                                                "dither:bins=33,low=-2,high=3"})),
                         case_name);

namespace {

constexpr double kUlp = std::numeric_limits<double>::epsilon();

Dither make(int bins, bool subtractive, double low, double high, std::size_t chunk = 1) {
  return Dither({bins, subtractive, {}}, chunk, {{low}, {high}});
}

/// n draws of q(u), of trajectories 0 … n − 1.
std::vector<double> draws(const Dither& dither, std::span<const double> u, std::size_t n, const NoiseKey& key) {
  std::vector<double> actions(n * u.size()), out(actions.size());
  for (std::size_t i = 0; i < actions.size(); ++i) actions[i] = u[i % u.size()];
  std::vector<std::uint64_t> ids(n);
  std::iota(ids.begin(), ids.end(), std::uint64_t{0});
  const std::vector<std::uint32_t> h(n, 3);
  dither.quantize(actions, {&key, ids, h, {}}, out);
  return out;
}

std::vector<float> law(const Quantizer& quantizer, std::span<const float> chunk, std::size_t position) {
  std::vector<float> p(quantizer.info().vocabularies[position]);
  quantizer.targets(chunk, position, p);
  return p;
}

double total_variation(const std::vector<float>& p, const std::vector<float>& q) {
  double sum = 0.0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    sum += std::abs(static_cast<double>(p[k]) - static_cast<double>(q[k]));
  }
  return 0.5 * sum;
}

// ---------------------------------------------------------------- the error laws

TEST(Dither, IsUnbiasedInsideTheRange) {
  const Dither dither = make(5, false, -1.0, 1.0);  // Δ = ½
  for (const double u : {-1.0, -0.93, -0.5, -0.13, 0.0, 0.31, 0.74, 1.0}) {
    const std::vector<double> q = draws(dither, {&u, 1}, 20000, NoiseKey(8));
    const Estimate mean = mean_estimate(q, 0.999);
    EXPECT_LE(mean.low, u) << u;
    EXPECT_GE(mean.high, u) << u;
    for (const double level : q) EXPECT_LT(std::abs(level - u), 0.5) << u;
    const double f = 2.0 * (u + 1.0) - std::floor(2.0 * (u + 1.0));
    RunningMean spread;
    for (const double level : q) spread.add(level);
    EXPECT_NEAR(spread.variance(), f * (1.0 - f) * 0.25, 0.004) << u;
  }
}

// The test above has power: rounding to the nearest level is biased by far more than the interval is wide.
TEST(Dither, TheNearestLevelIsBiased) {
  const UniformBins ends({5, "ends", {}}, 1, {{-1.0}, {1.0}});
  const double u = -0.13;
  double q = 0.0;
  ends.quantize(std::span(&u, 1), {}, std::span(&q, 1));
  EXPECT_GT(std::abs(q - u), 0.1);
}

TEST(Dither, TheSubtractiveErrorIsUniformWhateverTheActionIs) {
  const Dither dither = make(5, true, -1.0, 1.0);
  for (const double u : {-1.0, -0.93, -0.5, 0.31, 1.0}) {
    std::vector<double> error = draws(dither, {&u, 1}, 20000, NoiseKey(8));
    for (double& q : error) q -= u;
    std::sort(error.begin(), error.end());
    EXPECT_GE(error.front(), -0.25 - 4.0 * kUlp);
    EXPECT_LE(error.back(), 0.25 + 4.0 * kUlp);
    double distance = 0.0;  // Kolmogorov–Smirnov
    for (std::size_t i = 0; i < error.size(); ++i) {
      distance = std::max(distance, std::abs((error[i] + 0.25) / 0.5 - (static_cast<double>(i) + 0.5) / 20000.0));
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(20000.0)) << u;  // level 0.001
  }
}

TEST(Dither, BothModesHaveTheSameTokens) {
  const Dither plain = make(9, false, 0.0, 1.0), subtractive = make(9, true, 0.0, 1.0);
  const NoiseKey key(4);
  std::vector<float> u(100);
  std::vector<std::uint64_t> ids(100);
  std::vector<std::uint32_t> h(100), lengths(100);
  std::vector<Token> a(100), b(100);
  for (std::size_t i = 0; i < 100; ++i) {
    u[i] = static_cast<float>(uniform(NoiseKey(1), i, 0));
    ids[i] = i;
  }
  plain.encode(u, {&key, ids, h, {}}, {a, lengths});
  subtractive.encode(u, {&key, ids, h, {}}, {b, lengths});
  EXPECT_EQ(a, b);
}

TEST(Dither, EpsilonSupIsTheSupremum) {
  const Dither plain({5, false, {}}, 1, {{-1.0, 0.0}, {1.0, 3.0}}), subtractive({5, true, {}}, 1, {{-1.0}, {1.0}});
  EXPECT_DOUBLE_EQ(plain.info().epsilon_sup, std::hypot(0.5, 0.75));
  EXPECT_DOUBLE_EQ(subtractive.info().epsilon_sup, 0.25);
  double worst = 0.0;
  for (const double u : {-0.4999, 0.0001, 0.9999}) {
    for (const double q : draws(subtractive, {&u, 1}, 20000, NoiseKey(8))) worst = std::max(worst, std::abs(q - u));
  }
  EXPECT_NEAR(worst, 0.25, 1e-3);
}

// ---------------------------------------------------------------- laws of tokens and total variation

TEST(Dither, TargetsAreTheLawOfTheTokens) {
  const Dither dither({7, false, {}}, 2, {{-1.0, 0.0}, {1.0, 3.0}});
  const std::vector<float> chunk{-0.3F, 1.1F, 0.95F, 0.02F};
  const std::size_t n = 20000;
  std::vector<float> chunks(n * 4);
  std::vector<std::uint64_t> ids(n);
  std::vector<std::uint32_t> h(n), lengths(n);
  std::vector<Token> tokens(n * 4);
  for (std::size_t i = 0; i < n; ++i) {
    ids[i] = i;
    std::copy(chunk.begin(), chunk.end(), chunks.begin() + static_cast<std::ptrdiff_t>(4 * i));
  }
  const NoiseKey key(6);
  dither.encode(chunks, {&key, ids, h, {}}, {tokens, lengths});
  for (std::size_t p = 0; p < 4; ++p) {
    const std::vector<float> expected = law(dither, chunk, p);
    std::vector<std::size_t> counts(7);
    for (std::size_t i = 0; i < n; ++i) ++counts[tokens[4 * i + p]];
    for (std::size_t k = 0; k < 7; ++k) {
      const Estimate share = clopper_pearson(counts[k], n, 0.9999);
      EXPECT_LE(share.low, expected[k] + 1e-6) << p << " " << k;
      EXPECT_GE(share.high, expected[k] - 1e-6) << p << " " << k;
    }
  }
}

TEST(Dither, TheMeanOfTheLawIsTheAction) {
  test::property("Σ p_k·ℓ_k = u inside the range, and its clipped value outside", [] {
    const double low = *rc::gen::inRange(-1000, 1000) / 100.0, length = *rc::gen::inRange(1, 1000) / 100.0;
    const Dither dither = make(*rc::gen::inRange(2, 300), false, low, low + length);
    const float u = static_cast<float>(low + length * *rc::gen::inRange(-200, 1200) * 1e-3);
    const std::vector<float> p = law(dither, {&u, 1}, 0);
    double mean = 0.0;
    for (std::size_t k = 0; k < p.size(); ++k) {
      mean += static_cast<double>(p[k]) * static_cast<double>(dither.levels(0)[k]);
    }
    const double clipped = std::clamp(static_cast<double>(u), low, low + length);
    RC_ASSERT(std::abs(mean - clipped) <= 1e-6 * (std::abs(low) + length));
  });
}

TEST(Dither, TotalVariationIsBoundedByTheDistanceInSpacings) {
  test::property("TV ≤ |u − u'|/Δ, with equality inside a cell", [] {
    const int bins = *rc::gen::inRange(2, 40);
    const double low = *rc::gen::inRange(-100, 100) / 10.0, length = *rc::gen::inRange(1, 100) / 10.0;
    const Dither dither = make(bins, false, low, low + length);
    const double spacing = dither.spacings()[0];
    const float u = static_cast<float>(low + length * *rc::gen::inRange(0, 100001) * 1e-5);
    const float v = static_cast<float>(u + spacing * *rc::gen::inRange(-2000, 2001) * 1e-3);
    const double tv = total_variation(law(dither, {&u, 1}, 0), law(dither, {&v, 1}, 0));
    const double distance = std::abs(static_cast<double>(u) - static_cast<double>(v)) / spacing;
    RC_ASSERT(tv <= distance + 1e-6);
    const auto cell = [&](float x) { return std::floor((static_cast<double>(x) - low) / spacing); };
    if (cell(u) == cell(v) && v >= low && v <= low + length) RC_ASSERT(std::abs(tv - distance) <= 1e-5);
  });
}

/// Exact, over all tokens of both dimensions.
double joint_variation(const Dither& dither, std::span<const float> u, std::span<const float> v) {
  const std::vector<float> a = law(dither, u, 0), b = law(dither, u, 1), c = law(dither, v, 0), d = law(dither, v, 1);
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      sum += std::abs(static_cast<double>(a[i]) * static_cast<double>(b[j]) -
                      static_cast<double>(c[i]) * static_cast<double>(d[j]));
    }
  }
  return 0.5 * sum;
}

TEST(Dither, TotalVariationOfSeveralDimensions) {
  const Dither dither({9, false, {}}, 1, {{-1.0, 0.0}, {1.0, 4.0}});  // Δ = ¼ and ½
  double largest = 0.0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const NoiseKey key(2);
    std::vector<float> u(2), v(2);
    double bound = 0.0, stay = 1.0;
    for (std::size_t d = 0; d < 2; ++d) {
      const double low = d == 0 ? -1.0 : 0.0, spacing = dither.spacings()[d];
      u[d] = static_cast<float>(low + 8.0 * spacing * uniform(key, i, 0, static_cast<std::uint32_t>(d)));
      v[d] = u[d] + static_cast<float>(spacing * (uniform(key, i, 1, static_cast<std::uint32_t>(d)) - 0.5));
      v[d] = std::clamp(v[d], static_cast<float>(low), static_cast<float>(low + 8.0 * spacing));
      const double distance = std::abs(static_cast<double>(u[d]) - static_cast<double>(v[d])) / spacing;
      bound += distance;
      stay *= std::max(0.0, 1.0 - distance);
    }
    const double tv = joint_variation(dither, u, v);
    ASSERT_LE(tv, 1.0 - stay + 1e-6);
    ASSERT_LE(tv, bound + 1e-6);
    largest = std::max(largest, tv / bound);
  }
  EXPECT_GT(largest, 0.95) << "the bound must be within reach";
}

// ---------------------------------------------------------------- noise

TEST(Dither, WithoutAKeyItIsTheNearestLevel) {
  test::property("both modes, in float and in double", [] {
    const int bins = *rc::gen::inRange(2, 300);
    const Dither plain = make(bins, false, -1.0, 1.0), subtractive = make(bins, true, -1.0, 1.0);
    const UniformBins ends({bins, "ends", {}}, 1, {{-1.0}, {1.0}});
    const double u = *rc::gen::inRange(-1200, 1201) * 1e-3;
    std::vector<double> a(1), b(1), c(1);
    plain.quantize(std::span(&u, 1), {}, a);
    subtractive.quantize(std::span(&u, 1), {}, b);
    ends.quantize(std::span(&u, 1), {}, c);
    RC_ASSERT(a == b);
    if (a == c) return;
    RC_ASSERT(std::abs(std::abs(a[0] - u) - std::abs(c[0] - u)) <= 1e-12);  // in the middle of two levels
  });
}

TEST(Dither, NoiseIsThatOfTheTrajectoryAndTheStep) {
  const Dither dither = make(5, false, -1.0, 1.0, 3);
  const NoiseKey key(12);
  const std::vector<double> u(3, 0.2);
  std::vector<double> out(3);
  const std::uint64_t id = 77;
  const std::uint32_t h = 5;
  dither.quantize(u, {&key, {&id, 1}, {&h, 1}, {}}, out);
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(out[p], std::floor((0.2 + 1.0) / 0.5 + dither_noise(key, id, h, p)) * 0.5 - 1.0) << p;
  }
}

TEST(Dither, NoiseNeedsTrajectoriesAndSteps) {
  const Dither dither = make(5, true, -1.0, 1.0);
  const NoiseKey key(1);
  const std::vector<std::uint64_t> ids{1};
  std::vector<double> u(1), out(1);
  std::vector<Token> tokens(1);
  std::vector<std::uint32_t> lengths{1};
  EXPECT_THROW(dither.quantize(u, {&key, ids, {}, {}}, out), UsageError);
  EXPECT_THROW(dither.encode(std::vector<float>{0.0F}, {&key, {}, {}, {}}, {tokens, lengths}), UsageError);
  std::vector<float> decoded(1);
  tokens = {4};
  dither.decode({tokens, lengths}, {&key, {}, {}, {}}, decoded, {});  // nothing to take off
  EXPECT_EQ(decoded[0], 1.0F);
}

// ---------------------------------------------------------------- ranges

TEST(Dither, ActionsBeyondTheRangeAreClippedAndCounted) {
  const Dither dither = make(5, false, -1.0, 1.0);
  for (const double u : {1.0, 1.3, 1e9, std::numeric_limits<double>::infinity()}) {
    for (const double q : draws(dither, {&u, 1}, 100, NoiseKey(8))) EXPECT_EQ(q, 1.0);
  }
  bool flags[2] = {};
  dither.saturated(std::vector<double>{1.0, 1.3}, flags);
  EXPECT_FALSE(flags[0]);
  EXPECT_TRUE(flags[1]);
}

TEST(Dither, ConstantDimensionsHaveOneTokenAndNoNoise) {
  const Dither dither({16, true, {}}, 1, {{0.25, 0.0}, {0.25, 1.0}});
  EXPECT_EQ(dither.info().vocabularies, (std::vector<std::uint32_t>{1, 16}));
  const std::vector<double> u{3.0, 0.4};
  const std::vector<double> q = draws(dither, u, 50, NoiseKey(8));
  for (std::size_t i = 0; i < q.size(); i += 2) EXPECT_EQ(q[i], 0.25);
  EXPECT_NEAR(dither.info().epsilon_sup, 0.5 / 15.0, 1e-15);
}

TEST(Dither, RangesOfAnySizeStayInside) {
  test::property("levels and tokens are defined for the ends of any range", [] {
    const int exponent = *rc::gen::inRange(-320, 112);  // the bounds stay within ±1e36
    const double low = std::ldexp(*rc::gen::inRange(-100, 101), exponent);
    const double high = low + std::ldexp(*rc::gen::inRange(0, 101), exponent + *rc::gen::inRange(-60, 1));
    const Dither dither = make(*rc::gen::inRange(2, 300), false, low, high);
    for (const double u : {low, 0.5 * low + 0.5 * high, high}) {
      for (const double q : draws(dither, {&u, 1}, 20, NoiseKey(3))) {
        RC_ASSERT(q >= low && q <= high);
        RC_ASSERT(std::abs(q - u) <= dither.info().epsilon_sup * (1.0 + 1e-9) + 4.0 * kUlp * std::abs(u));
      }
    }
  });
}

TEST(Dither, OptionsAreChecked) {
  FitContext context = unit_context();
  for (const char* spec : {"dither:bins=1", "dither:bins=65537", "dither:bins=-3"}) {
    EXPECT_NE(failure(spec, context).find("quantizer 'dither': option 'bins' must lie in 2 … 65536"), std::string::npos)
        << spec;
  }
  EXPECT_NE(failure("dither:subtractive=maybe", context).find("'subtractive'"), std::string::npos);
  EXPECT_NE(failure("dither:low=1,high=0", context).find("low ≤ high"), std::string::npos);
  context.range = {};
  EXPECT_NE(failure("dither", context).find("needs a range"), std::string::npos);
  const MemoryActions broken(1, {{0.0, std::nan("")}});
  context.data = &broken;
  EXPECT_NE(failure("dither:range=data", context).find("trajectory 0, row 1, dimension 0"), std::string::npos);
}

TEST(Dither, SpecShowsTheBinsAndWhatDiffersFromTheDefaults) {
  EXPECT_EQ(make(256, false, 0.0, 1.0).info().spec, "dither:bins=256");
  EXPECT_EQ(make(17, true, 0.0, 1.0).info().spec, "dither:bins=17,subtractive=true");
  EXPECT_TRUE(make(17, true, 0.0, 1.0).levels(0).empty());
  EXPECT_TRUE(make(17, false, 0.0, 1.0).info().random);
}

}  // namespace
}  // namespace pianola::testing
