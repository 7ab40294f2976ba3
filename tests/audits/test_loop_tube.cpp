#include "pianola/audits/loop_tube.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

std::unique_ptr<Quantizer> made(const std::string& spec, ActionRange range) {
  FitContext context;
  context.action_dim = range.low.size();
  context.range = std::move(range);
  context.key = NoiseKey(1);
  return make_quantizer(spec, context);
}

TEST(LoopTube, FindsWhereAQuantizerClips) {
  const auto range = clipping_range(*made("uniform:bins=9", {{-2.0, 0.5}, {1.0, 3.5}}));
  ASSERT_TRUE(range);
  EXPECT_NEAR(range->low[0], -2.0, 1e-6);
  EXPECT_NEAR(range->high[0], 1.0, 1e-6);
  EXPECT_NEAR(range->low[1], 0.5, 1e-6);
  EXPECT_NEAR(range->high[1], 3.5, 1e-6);
  EXPECT_FALSE(clipping_range(*made("trap", {{-1.0}, {1.0}}))) << "no binning";
}

TEST(LoopTube, GrowsFromNothingToItsLimit) {
  const std::vector<double> actions(40, 0.0), gains = [] {
    std::vector<double> out;
    for (int j = 0; j < 40; ++j) out.push_back(2.0 * std::pow(0.5, j));
    return out;
  }();
  const GainEnvelope envelope{2.0, 0.5, 4.0};
  const Tube exact = quantized_tube(actions, 1, 40, {gains, {}, 4.0}, 0.1, 0.3, std::nullopt);
  const Tube fitted = quantized_tube(actions, 1, 40, {{}, envelope, 4.0}, 0.1, 0.3, std::nullopt);
  const Tube summed = quantized_tube(actions, 1, 40, {{}, {}, 4.0}, 0.1, 0.3, std::nullopt);
  EXPECT_EQ(exact.deviations[0], 0.0);
  EXPECT_NEAR(exact.deviations[1], 0.2, 1e-12);
  EXPECT_NEAR(exact.deviations[39], 0.4, 1e-9) << "C/(1 − η)·ε";
  for (std::size_t h = 0; h < 40; ++h) {
    EXPECT_NEAR(fitted.deviations[h], exact.deviations[h], 1e-12);
    EXPECT_GE(summed.deviations[h], exact.deviations[h] - 1e-12);
  }
}

TEST(LoopTube, LeavingTheRangeCostsWhatIsClipped) {
  const ActionRange range{{-1.0}, {1.0}};
  const Tube tube = quantized_tube(std::vector<double>{1.5, 0.9, 0.0}, 1, 4, {{}, {}, 2.0}, 0.1, 0.5, range);
  EXPECT_NEAR(tube.errors[0], 0.1 + 0.5, 1e-12);
  const double d = 2.0 * 0.6;
  EXPECT_NEAR(tube.deviations[1], d, 1e-12);
  EXPECT_NEAR(tube.errors[1], 0.1 + (0.9 + 0.5 * d - 1.0), 1e-12);
  EXPECT_NEAR(tube.errors[3], 0.1, 1e-12) << "the last action goes on";
}

}  // namespace
}  // namespace pianola
