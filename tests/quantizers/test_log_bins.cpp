#include "pianola/quantizers/log_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(LogBins, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"log:bins=3", "log:bins=11,a=1.05",
                                                                "log:bins=11,a=1.5,gain=1.1", "log:bins=15,ratio=0.2",
                                                                "log:dead=0.1,low=-3,high=2"})),
                         case_name);

namespace {

TEST(LogBins, RelativeErrorIsBoundedOutsideTheDeadZone) {
  test::property("|q(u) − u| ≤ δ|u|", [] {
    LogBinsConfig config;
    config.bins = 2 * *rc::gen::inRange(1, 40) + 1;
    config.ratio = *rc::gen::inRange(20, 99) * 0.01;
    const double reach = std::exp2(*rc::gen::inRange(-8, 8));
    const LogBins bins(config, 1, {reach});
    const double dead = reach * std::pow(*config.ratio, (config.bins - 1) / 2);
    const double u = reach * *rc::gen::inRange(-1000000, 1000001) * 1e-6;
    const double error = std::abs(q(bins, u) - u);
    if (std::abs(u) > dead * (1.0 + 1e-6)) {
      RC_ASSERT(error <= bins.relative_error() * std::abs(u) * (1.0 + 1e-6));
    } else {
      RC_ASSERT(error <= dead * (1.0 + 1e-6));
    }
    RC_ASSERT(error <= bins.info().epsilon_sup * (1.0 + 1e-6));
  });
}

TEST(LogBins, LevelsOfAnUnstableGain) {
  LogBinsConfig config;
  config.bins = 7;
  config.a = -3.0;
  const LogBins bins(config, 1, {2.0});
  EXPECT_DOUBLE_EQ(bins.ratio(), 0.5);
  EXPECT_DOUBLE_EQ(bins.relative_error(), 1.0 / 3.0);
  const BinAxis& axis = bins.axes()[0];
  const std::vector<double> edges{-1.0, -0.5, -0.25, 0.25, 0.5, 1.0};
  ASSERT_EQ(axis.edges.size(), edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) EXPECT_DOUBLE_EQ(axis.edges[i], edges[i]);
  EXPECT_EQ(axis.representatives[3], 0.0);
  for (std::size_t k = 0; k < 7; ++k) EXPECT_EQ(axis.representatives[k], -axis.representatives[6 - k]);
  EXPECT_NEAR(axis.representatives[6], 4.0 / 3.0, 1e-12);
  EXPECT_NEAR(bins.info().epsilon_sup, 2.0 / 3.0, 1e-12);
}

/// Largest |x'|/|x| of x' = a·x + q(−k·x) over states from the dead zone to saturation.
double worst_growth(LogBinsConfig config, double a, double k) {
  config.bins = 21;
  const LogBins bins(config, 1, {std::abs(k)});
  double worst = 0.0;
  for (double x = 1.01 * std::pow(bins.ratio(), 10); x < 1.0; x *= 1.0001) {
    worst = std::max(worst, std::abs(a * x + q(bins, -k * x)) / x);
  }
  return worst;
}

// Below it most states still come to rest, but x² is no longer a Lyapunov function: x = q·a/(a − 1) is never left.
TEST(LogBins, EveryStepContractsDownToTheTheoreticalRatioAndNotBelow) {
  for (const double a : {1.05, 1.5, 2.0}) {
    const double coarsest = (a - 1.0) / (a + 1.0);
    EXPECT_NEAR(worst_growth({.ratio = coarsest}, a, a), 1.0, 1e-3) << a;
    EXPECT_LT(worst_growth({.ratio = 1.2 * coarsest}, a, a), 1.0 - 1e-3) << a;
    EXPECT_GT(worst_growth({.ratio = 0.8 * coarsest}, a, a), 1.0 + 1e-3) << a;
  }
}

// The regulator's gain on a = 1.5 is 1.087. Gains on either side of a, and a plant that alternates.
TEST(LogBins, EveryGainHasACoarsestRatioOfItsOwn) {
  struct Loop {
    double a, k;
  };
  for (const auto& [a, k] : {Loop{1.5, 1.087}, Loop{1.5, 1.5}, Loop{1.5, 2.2}, Loop{3.0, 2.5}, Loop{-1.5, -1.087}}) {
    EXPECT_NEAR(worst_growth({.a = a, .gain = k}, a, k), 1.0, 2e-3) << a << ", " << k;
    const double ratio = LogBins({.a = a, .gain = k}, 1, {1.0}).ratio();
    EXPECT_GT(worst_growth({.ratio = 0.8 * ratio}, a, k), 1.0 + 1e-3) << a << ", " << k;
  }
  EXPECT_GT(worst_growth({.a = 1.5}, 1.5, 1.087), 1.1) << "a= alone is for the dead-beat expert";
  EXPECT_DOUBLE_EQ(LogBins({.a = 1.5, .gain = 1.5}, 1, {1.0}).ratio(), LogBins({.a = 1.5}, 1, {1.0}).ratio());
}

TEST(LogBins, OptionsAreChecked) {
  EXPECT_EQ(failure("log"), "");
  EXPECT_NE(failure("log:bins=4").find("5 would do"), std::string::npos);
  EXPECT_NE(failure("log:bins=1").find("odd"), std::string::npos);
  EXPECT_NE(failure("log:ratio=0").find("'ratio'"), std::string::npos);
  EXPECT_NE(failure("log:ratio=-0.5").find("between 0 and 1"), std::string::npos);
  EXPECT_NE(failure("log:ratio=1").find("'ratio'"), std::string::npos);
  for (const char* spec : {"log:ratio=0", "log:ratio=-0.3", "log:dead=1"}) {
    EXPECT_NE(failure(spec).find("would do"), std::string::npos) << failure(spec);
  }
  const std::string weak = failure("log:a=1.5,gain=0.3");
  EXPECT_NE(weak.find("a − k = 1.2"), std::string::npos) << weak;
  EXPECT_NE(weak.find("between 0.5 and 2.5"), std::string::npos) << weak;
  EXPECT_NE(failure("log:a=-1.5,gain=1.5").find("between -2.5 and -0.5"), std::string::npos);
  EXPECT_NE(failure("log:gain=1").find("goes with a="), std::string::npos);
  EXPECT_NE(failure("log:a=0.9").find("unstable"), std::string::npos);
  EXPECT_NE(failure("log:a=2,ratio=0.5").find("both"), std::string::npos);
  EXPECT_NE(failure("log:dead=0").find("'dead'"), std::string::npos);
  EXPECT_NE(failure("log:bins=1001,ratio=0.5").find("float32"), std::string::npos);
}

TEST(LogBins, OneTokenWhereNothingIsPlayed) {
  const LogBins bins({}, 1, {0.0, 1.0});
  EXPECT_EQ(bins.info().vocabularies, (std::vector<std::uint32_t>{1, 31}));
}

}  // namespace
}  // namespace pianola::testing
