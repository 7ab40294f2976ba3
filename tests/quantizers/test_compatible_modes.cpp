// test_compatible_modes.golden.txt lists the files in golden/ that hold what the original tools did.
#include "pianola/quantizers/compatible_modes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "quantizers/compatible_golden.hpp"

namespace pianola::testing {
namespace {

class CompatibleModes : public ::testing::TestWithParam<std::string> {};

TEST_P(CompatibleModes, GiveTheOriginalsTokensAndNumbers) {
  std::size_t compared = 0;
  for (const CompatibleGolden& golden : read_compatible_golden(PIANOLA_GOLDEN, GetParam())) {
    const CompatibleAxis axis(compatible_mode(golden.mode), golden.bins, golden.facts);
    SCOPED_TRACE(std::to_string(golden.bins) + " bins from " + std::to_string(golden.facts.low) + " to " +
                 std::to_string(golden.facts.high));
    for (std::uint32_t k = 0; k < golden.bins; ++k) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(axis.representative(k) + 0.0),
                std::bit_cast<std::uint64_t>(golden.decoded[k] + 0.0))
          << "token " << k;
    }
    for (std::size_t i = 0; i < golden.actions.size(); ++i) {
      EXPECT_EQ(axis.token(golden.actions[i]), golden.tokens[i]) << "action " << golden.actions[i];
    }
    compared += golden.actions.size();
  }
  EXPECT_GE(compared, 10000U);
}

INSTANTIATE_TEST_SUITE_P(All, CompatibleModes, ::testing::ValuesIn(compatible_mode_names()),
                         [](const auto& instance) { return instance.param; });

TEST(CompatibleModes, TokensAreMonotoneAndInTheVocabulary) {
  test::property("a larger action never has a smaller token", [] {
    const std::string mode = *rc::gen::elementOf(compatible_mode_names());
    CompatibleAxis::Facts facts;
    facts.low = std::ldexp(*rc::gen::inRange(-1000, 1001), *rc::gen::inRange(-120, 100));
    facts.high = facts.low + std::ldexp(*rc::gen::inRange(0, 1000), *rc::gen::inRange(-120, 100));
    facts.normalised = *rc::gen::arbitrary<bool>();
    const auto bins = *rc::gen::inRange<std::uint32_t>(2, 300);
    const CompatibleAxis axis(compatible_mode(mode), bins, facts);
    float before = -std::numeric_limits<float>::max();
    const auto span = static_cast<float>(facts.high - facts.low);
    for (const float share : {-2.0F, -1e-6F, 0.0F, 0.1F, 0.5F, 0.999F, 1.0F, 1.1F, 1e30F}) {
      const float u =
          std::max(before, std::min(static_cast<float>(facts.low) + share * span, std::numeric_limits<float>::max()));
      RC_ASSERT(axis.token(before) <= axis.token(u));
      RC_ASSERT(axis.token(u) < bins);
      RC_ASSERT(std::isfinite(static_cast<float>(axis.representative(axis.token(u)))));
      before = u;
    }
  });
}

TEST(CompatibleModes, RT1IsBiasedLow) {
  const CompatibleAxis axis(CompatibleMode::rt1, 256, {});
  double bias = 0.0, worst = 0.0;
  for (int i = -9999; i < 10000; ++i) {
    const auto u = static_cast<float>(i * 1e-4);
    const double error = axis.representative(axis.token(u)) - u;
    bias += error / 19999.0;
    worst = std::min(worst, error);
  }
  EXPECT_NEAR(bias, -1.0 / 255.0, 1e-5);
  EXPECT_NEAR(worst, -2.0 / 255.0, 1e-4);
}

TEST(CompatibleModes, OnlyTheBoundHasOpenVLAsLastToken) {
  const CompatibleAxis axis(CompatibleMode::openvla, 256, {-1.0, 1.0, false, false});
  EXPECT_EQ(axis.token(std::nextafter(1.0F, 0.0F)), 254U);
  EXPECT_EQ(axis.token(1.0F), 255U);
  EXPECT_EQ(axis.representative(255), axis.representative(254));
}

TEST(CompatibleModes, OpenVLAsConstantDimensionsAreInTheMiddle) {
  const CompatibleAxis axis(CompatibleMode::openvla, 256, {0.5, 0.5, true, true});
  for (const float u : {-1e30F, 0.5F, 1e30F}) EXPECT_EQ(axis.token(u), 127U);
  EXPECT_EQ(axis.representative(127), 0.5);
}

TEST(CompatibleModes, NamesAreChecked) {
  EXPECT_EQ(compatible_mode("octo"), CompatibleMode::octo);
  EXPECT_THROW(compatible_mode("openvl"), UsageError);
}

}  // namespace
}  // namespace pianola::testing
