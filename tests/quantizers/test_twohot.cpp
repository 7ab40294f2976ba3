#include "pianola/quantizers/twohot.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/quantizers/dither.hpp"
#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(TwoHot, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"twohot:bins=9", "twohot:bins=9,smoothing=gaussian",
                                                                "twohot:bins=33,smoothing=spatial,sigma=2",
                                                                "twohot:bins=5,quantile=0.05"})),
                         case_name);

namespace {

TwoHot make(int bins, const std::string& smoothing, double sigma, double low, double high) {
  TwoHotConfig config;
  config.bins = bins;
  config.smoothing = smoothing;
  config.sigma = sigma;
  return TwoHot(config, 1, {{low}, {high}});
}

std::vector<float> law(const Quantizer& quantizer, float u) {
  std::vector<float> p(quantizer.info().vocabularies[0], 7.0F);
  quantizer.targets({&u, 1}, 0, p);
  return p;
}

double mean(const Quantizer& quantizer, float u) {
  const std::vector<float> p = law(quantizer, u);
  double sum = 0.0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    sum += static_cast<double>(p[k]) * static_cast<double>(quantizer.levels(0)[k]);
  }
  return sum;
}

TEST(TwoHot, SharesTheActionBetweenItsNeighbours) {
  const TwoHot twohot = make(5, "twohot", 0.75, -1.0, 1.0);
  EXPECT_EQ(law(twohot, -0.375F), (std::vector<float>{0.0F, 0.75F, 0.25F, 0.0F, 0.0F}));
  EXPECT_EQ(law(twohot, 0.5F), (std::vector<float>{0.0F, 0.0F, 0.0F, 1.0F, 0.0F}));
  EXPECT_EQ(law(twohot, 3.0F), (std::vector<float>{0.0F, 0.0F, 0.0F, 0.0F, 1.0F}));  // clipped
}

TEST(TwoHot, IsTheLawOfDither) {
  test::property("twohot's targets are dither's, and their mean is the action", [] {
    const double low = *rc::gen::inRange(-1000, 1000) / 100.0, length = *rc::gen::inRange(1, 1000) / 100.0;
    const int bins = *rc::gen::inRange(2, 300);
    const TwoHot twohot = make(bins, "twohot", 0.75, low, low + length);
    const Dither dither({bins, false, {}}, 1, {{low}, {low + length}});
    const float u = static_cast<float>(low + length * *rc::gen::inRange(-200, 1201) * 1e-3);
    const std::vector<float> a = law(twohot, u), b = law(dither, u);
    for (std::size_t k = 0; k < a.size(); ++k) RC_ASSERT(std::abs(a[k] - b[k]) <= 1e-6F);
    const double clipped = std::clamp(static_cast<double>(u), low, low + length);
    RC_ASSERT(std::abs(mean(twohot, u) - clipped) <= 1e-6 * (std::abs(low) + length));
  });
}

TEST(TwoHot, GaussianIsTheMassOfTheTruncatedNormalInEachCell) {
  const TwoHot hl = make(8, "gaussian", 0.75, 0.0, 8.0);  // cells of width 1
  for (const double u : {0.0, 0.1, 2.5, 3.9, 8.0}) {
    const auto below = [&](double x) { return 0.5 * std::erfc(-(x - u) / (0.75 * std::sqrt(2.0))); };
    const std::vector<float> p = law(hl, static_cast<float>(u));
    for (std::size_t k = 0; k < 8; ++k) {
      const double x = static_cast<double>(k), mass = (below(x + 1.0) - below(x)) / (below(8.0) - below(0.0));
      EXPECT_NEAR(p[k], mass, 1e-6) << u << " " << k;
    }
  }
}

TEST(TwoHot, GaussianMeansAreTheActionsInsideAndDrawnInwardsAtTheEnds) {
  const TwoHot hl = make(32, "gaussian", 0.75, 0.0, 32.0);
  for (int i = 0; i <= 1000; ++i) {
    const float u = 4.0F + 0.024F * static_cast<float>(i);
    EXPECT_NEAR(mean(hl, u), static_cast<double>(u), 2e-5);
  }
  EXPECT_GT(mean(hl, 0.0F), 0.3);
  EXPECT_LT(mean(hl, 0.0F), 0.8 * 0.75 + 0.1);
  EXPECT_NEAR(mean(hl, 32.0F), 32.0 - mean(hl, 0.0F), 1e-5);
}

TEST(TwoHot, SpatialWeighsByDistanceToTheLevel) {
  const TwoHot spatial = make(5, "spatial", 2.0, -1.0, 1.0);
  const std::vector<float> p = law(spatial, 0.1F);
  for (std::size_t k = 0; k + 1 < 5; ++k) {
    const double a = 0.1 - (-1.0 + 0.5 * static_cast<double>(k)), b = a - 0.5;
    EXPECT_NEAR(std::log(p[k + 1] / p[k]), (a * a - b * b) / (2.0 * 4.0 * 0.25), 1e-5) << k;
  }
}

TEST(TwoHot, NarrowTargetsBecomeTheNearestLevelAndNeverVanish) {
  for (const char* smoothing : {"gaussian", "spatial"}) {
    for (const double sigma : {0.01, 0.75, 1000.0}) {
      const TwoHot soft = make(7, smoothing, sigma, -1.0, 1.0);
      for (const float u : {-1e6F, -1.0F, -0.49F, 0.0F, 0.3333F, 1.0F, 1e6F}) {
        const std::vector<float> p = law(soft, u);
        double sum = 0.0;
        for (const float share : p) sum += share;
        EXPECT_NEAR(sum, 1.0, 1e-5) << smoothing << sigma << " " << u;
        if (sigma > 0.1) continue;
        double q = u;
        soft.quantize(std::span(&q, 1), {}, std::span(&q, 1));
        EXPECT_NEAR(mean(soft, u), q, 0.17) << u;
        EXPECT_GE(*std::max_element(p.begin(), p.end()), 0.49F) << u;
      }
    }
  }
}

TEST(TwoHot, TheLargestShareIsThatOfTheToken) {
  test::property("argmax of targets is encode's token, but for ties", [] {
    const auto smoothing = *rc::gen::element(std::string("twohot"), std::string("gaussian"), std::string("spatial"));
    const TwoHot soft = make(*rc::gen::inRange(2, 100), smoothing, *rc::gen::inRange(1, 300) * 0.01, -1.0, 1.0);
    const float u = static_cast<float>(*rc::gen::inRange(-1100, 1101)) * 1e-3F;
    std::vector<Token> token(1);
    std::vector<std::uint32_t> lengths(1);
    soft.encode({&u, 1}, {}, {token, lengths});
    const std::vector<float> p = law(soft, u);
    RC_ASSERT(p[token[0]] >= *std::max_element(p.begin(), p.end()) * (1.0F - 1e-3F));
  });
}

TEST(TwoHot, EncodesAsUniformBinsDo) {
  const TwoHot twohot = make(9, "twohot", 0.75, -1.0, 1.0), hl = make(9, "gaussian", 0.75, -1.0, 1.0);
  EXPECT_EQ(twohot.levels(0).front(), -1.0F);
  EXPECT_NEAR(hl.levels(0).front(), -1.0 + 1.0 / 9.0, 1e-7);
  EXPECT_DOUBLE_EQ(twohot.info().epsilon_sup, 1.0 / 8.0);
  EXPECT_DOUBLE_EQ(hl.info().epsilon_sup, 1.0 / 9.0);
  EXPECT_EQ(twohot.info().spec, "twohot:bins=9");
  EXPECT_EQ(hl.info().spec, "twohot:bins=9,smoothing=gaussian");
  EXPECT_TRUE(twohot.info().projection);
}

TEST(TwoHot, ConstantDimensionsHaveOneToken) {
  const TwoHot twohot({9, "gaussian", 0.75, "", {}}, 1, {{0.25, 0.0}, {0.25, 1.0}});
  std::vector<float> p(1);
  twohot.targets(std::vector<float>{9.0F, 0.4F}, 0, p);
  EXPECT_EQ(p[0], 1.0F);
}

TEST(TwoHot, OptionsAreChecked) {
  EXPECT_NE(failure("twohot:bins=1").find("quantizer 'twohot': option 'bins'"), std::string::npos);
  EXPECT_NE(failure("twohot:smoothing=gausian").find("did you mean 'gaussian'?"), std::string::npos);
  for (const char* spec : {"twohot:sigma=0", "twohot:sigma=-1", "twohot:sigma=2000"}) {
    EXPECT_NE(failure(spec).find("'sigma' must lie in"), std::string::npos) << spec;
  }
  EXPECT_NE(failure("twohot:low=1,high=0").find("low ≤ high"), std::string::npos);
}

}  // namespace
}  // namespace pianola::testing
