#include "pianola/quantizers/zoom.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Zoom, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"zoom:bins=3", "zoom:bins=64,a=2",
                                                                "zoom:grow=4,shrink=0.3,smallest=0.01,largest=3"})),
                         case_name);

namespace {

Zoom zoom_of(int bins, std::optional<double> a, std::size_t chunk = 1) {
  ZoomConfig config;
  config.bins = bins;
  config.a = a;
  return Zoom(config, chunk, {{-1.0}, {1.0}});
}

TEST(Zoom, EncoderAndDecoderKeepTheSameScale) {
  test::property("tokens alone carry the scale", [] {
    const Zoom zoom = zoom_of(*rc::gen::inRange(3, 40), std::nullopt, *rc::gen::inRange<std::size_t>(1, 5));
    std::vector<double> encoder(1), decoder(1), player(1);
    for (int i = 0; i < 60; ++i) {
      std::vector<float> chunk(zoom.info().chunk);
      for (float& u : chunk)
        u = std::ldexp(static_cast<float>(*rc::gen::inRange(-100, 101)), *rc::gen::inRange(-20, 8));
      const std::vector<double> wide(chunk.begin(), chunk.end());
      std::vector<Token> tokens(chunk.size());
      std::vector<std::uint32_t> lengths(1);
      std::vector<float> decoded(chunk.size());
      std::vector<double> played(chunk.size());
      zoom.encode(chunk, {.memory = encoder}, {tokens, lengths});
      zoom.decode({tokens, lengths}, {.memory = decoder}, decoded, {});
      zoom.quantize(wide, {.memory = player}, played);
      RC_ASSERT(encoder == decoder);
      RC_ASSERT(encoder == player);
      for (std::size_t t = 0; t < played.size(); ++t) RC_ASSERT(static_cast<float>(played[t]) == decoded[t]);
    }
  });
}

TEST(Zoom, FollowsActionByActionWhatEncodesByChunks) {
  test::property("one action after the other moves the memory as a chunk does", [] {
    const auto chunk = *rc::gen::inRange<std::size_t>(1, 5);
    const Zoom zoom(ZoomConfig{}, chunk, {{-1.0, 0.0, 2.0}, {1.0, 5.0, 2.0}});
    std::vector<double> by_chunk(3), by_action(3), features(3);
    for (int i = 0; i < 20; ++i) {
      std::vector<float> actions(3 * chunk);
      for (float& u : actions) u = std::ldexp(static_cast<float>(*rc::gen::inRange(-9, 10)), *rc::gen::inRange(-9, 5));
      std::vector<Token> tokens(actions.size());
      std::vector<std::uint32_t> length(1);
      zoom.encode(actions, {.memory = by_chunk}, {tokens, length});
      for (std::size_t h = 0; h < chunk; ++h) zoom.follow(std::span(actions).subspan(3 * h, 3), by_action);
      RC_ASSERT(by_chunk == by_action);
      zoom.observe_memory(by_action, features);
      RC_ASSERT(std::abs(features[1] - std::log(zoom.scale(by_action, 1) / 2.5)) < 1e-12);
      RC_ASSERT(features[2] == 0.0);
    }
  });
}

TEST(Zoom, OutermostTokensGrowAndInnerOnesShrink) {
  const Zoom zoom = zoom_of(5, std::nullopt);
  std::vector<double> memory(1), out(1);
  EXPECT_EQ(zoom.scale(memory, 0), 1.0);
  const auto play = [&](double u) {
    zoom.quantize(std::vector<double>{u}, {.memory = memory}, out);
    return out[0];
  };
  EXPECT_NEAR(play(100.0), 0.8, 1e-15);  // the outermost cell's centre
  EXPECT_EQ(zoom.scale(memory, 0), 2.0);
  EXPECT_EQ(play(0.1), 0.0);
  EXPECT_DOUBLE_EQ(zoom.scale(memory, 0), 1.6);
  for (int i = 0; i < 200; ++i) static_cast<void>(play(0.0));
  EXPECT_EQ(zoom.scale(memory, 0), 1e-6) << "not below the smallest";
  for (int i = 0; i < 200; ++i) static_cast<void>(play(1e30));
  EXPECT_EQ(zoom.scale(memory, 0), 1e12) << "not above the largest";
}

/// The largest |x| in the second half of x' = a·x + q(−a·x).
double settled(double a, const Zoom& zoom, double start) {
  std::vector<double> memory(1), out(1);
  double x = start, worst = 0.0;
  for (int h = 0; h < 2000; ++h) {
    zoom.quantize(std::vector<double>{-a * x}, {.memory = memory}, out);
    x = a * x + out[0];
    if (h >= 1000) worst = std::max(worst, std::abs(x));
  }
  return worst;
}

TEST(Zoom, BringsAnUnstableLoopToRestFromFarOutside) {
  for (const double a : {1.05, 1.5, 2.0, 7.5}) {
    const int bins = static_cast<int>(std::floor(a)) + 3;
    const Zoom zoom = zoom_of(bins, a);
    for (const double start : {0.3, 1.0, 37.0, -1000.0}) EXPECT_LT(settled(a, zoom, start), 1e-4) << a << ", " << start;
  }
}

// The control: a range that does not move loses what starts outside it, however fine.
TEST(Zoom, AScaleThatStaysLosesTheLoop) {
  ZoomConfig config;
  config.bins = 4096;
  config.largest = 1.0;
  EXPECT_GT(settled(2.0, Zoom(config, 1, {{-1.0}, {1.0}}), 37.0), 1e6);
}

TEST(Zoom, CountsWhatLiesBeyondTheScaleOfItsMemory) {
  const Zoom zoom = zoom_of(9, std::nullopt, 3);
  std::vector<double> memory{4.0};
  const std::vector<double> actions{3.0, 5.0, 2.0};  // scales 4, 3.2 … of which the second is exceeded
  EXPECT_EQ(zoom.count_saturated(actions, {.memory = memory}), 1U);
  EXPECT_EQ(memory[0], 4.0) << "looking does not advance it";
}

TEST(Zoom, OptionsAreChecked) {
  EXPECT_EQ(failure("zoom"), "");
  EXPECT_NE(failure("zoom:bins=2").find("3 … 65536"), std::string::npos);
  EXPECT_NE(failure("zoom:grow=1").find("2 would do"), std::string::npos);
  EXPECT_NE(failure("zoom:shrink=1").find("contract"), std::string::npos);
  EXPECT_NE(failure("zoom:bins=4,a=2").find("5 bins"), std::string::npos);
  EXPECT_NE(failure("zoom:bins=9,a=2,shrink=0.1").find("or more"), std::string::npos);
  EXPECT_NE(failure("zoom:bins=9,a=3,grow=2").find("outrun"), std::string::npos);
  const std::string outrun = failure("zoom:a=1.5,grow=1.2");
  EXPECT_NE(outrun.find("grows by 1.2 is outrun by a plant that grows by 1.5"), std::string::npos) << outrun;
  EXPECT_NE(outrun.find("take a larger 'grow': 4"), std::string::npos) << outrun;
  EXPECT_NE(failure("zoom:smallest=0").find("'smallest'"), std::string::npos);
  EXPECT_NE(failure("zoom:largest=0.5").find("'largest'"), std::string::npos);
}

TEST(Zoom, AScaleThatShrinksBelowAllNumbersStaysPositive) {
  ZoomConfig config;
  config.shrink = 0.25;
  config.smallest = 1e-320;
  const Zoom zoom(config, 1, {{-1e-10}, {1e-10}});
  std::vector<double> memory(1), out(1);
  for (int i = 0; i < 1000; ++i) zoom.quantize(std::vector<double>{0.0}, {.memory = memory}, out);
  EXPECT_GT(memory[0], 0.0);
  EXPECT_LT(memory[0], 1e-300);
  zoom.quantize(std::vector<double>{1.0}, {.memory = memory}, out);
  EXPECT_EQ(zoom.scale(memory, 0), 2.0 * std::numeric_limits<double>::min()) << "from there on it grows again";
}

TEST(Zoom, AConstantDimensionHasOneToken) {
  const Zoom zoom({}, 1, {{2.0, -1.0}, {2.0, 1.0}});
  EXPECT_EQ(zoom.info().vocabularies, (std::vector<std::uint32_t>{1, 15}));
  std::vector<double> out(2);
  zoom.quantize(std::vector<double>{5.0, 0.0}, {}, out);
  EXPECT_EQ(out[0], 2.0);
}

}  // namespace
}  // namespace pianola::testing
