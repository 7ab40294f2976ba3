#include "pianola/quantizers/mulaw_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "property.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(MulawBins, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"mulaw:bins=17,m=4", "mulaw:bins=256,m=1,mu=255",
                                                                "mulaw:bins=2,m=1000,mu=1e-3"})),
                         case_name);

namespace {

double companded(const MulawBinsConfig& c, double u) {
  return std::copysign(std::log1p(c.mu * std::abs(u)) / std::log1p(c.mu * c.m), u);
}

TEST(MulawBins, CellsAreEqualOnTheCompandedScale) {
  test::property("the token is the cell of F(u), but for rounding at an edge", [] {
    MulawBinsConfig config;
    config.bins = *rc::gen::inRange(2, 2000);
    config.mu = std::exp2(*rc::gen::inRange(-5, 14));
    config.m = std::exp2(*rc::gen::inRange(-8, 12));
    const MulawBins bins(config, 1, 1);
    const double u = config.m * *rc::gen::inRange(-1000000, 1000001) * 1e-6;
    const double at = (companded(config, u) + 1.0) / 2.0 * config.bins;
    const double token = bins.axes()[0].token(u);
    RC_ASSERT(at >= token - 1e-9 && at <= token + 1.0 + 1e-9);
    const double middle = (companded(config, q(bins, u)) + 1.0) / 2.0 * config.bins;
    RC_ASSERT(std::abs(middle - (token + 0.5)) < 1e-9);
  });
}

TEST(MulawBins, GivesTheTokensOfTheOriginal) {
  std::ifstream file(PIANOLA_GOLDEN);
  ASSERT_TRUE(file.good());
  std::string word;
  while (file.peek() == '#') std::getline(file, word);
  const MulawBins bins({}, 1, 1);
  const float own[] = {0.0F, 256.0F, -256.0F, 300.0F, -1e6F, 1.0F, -1.0F, 0x1p-40F, -0x1p-40F};
  for (std::uint32_t i = 0; i < 12000; ++i) {
    file >> word;
    const float u = i < 9 ? own[i] : std::ldexp(golden_number(i), static_cast<int>(i % 17) - 9);
    std::vector<Token> token(1);
    std::vector<std::uint32_t> length(1);
    bins.encode(std::span(&u, 1), {}, {token, length});
    ASSERT_EQ(token[0], std::stoul(word, nullptr, 16)) << u;
  }
  for (std::size_t k = 0; k < 1024; ++k) {
    double centre = 0.0;
    file >> centre;
    // Settling in a cell moves a level by a float32 unit at most.
    ASSERT_NEAR(bins.axes()[0].representatives[k], centre, 2e-7 * std::abs(centre)) << "token " << k;
  }
}

TEST(MulawBins, IsExactlyAntisymmetric) {
  const MulawBins bins({}, 1, 1);
  const BinAxis& axis = bins.axes()[0];
  for (std::size_t k = 0; k < 1024; ++k) EXPECT_EQ(axis.representatives[k], -axis.representatives[1023 - k]);
  EXPECT_EQ(axis.edges[511], 0.0);
  EXPECT_TRUE(bins.info().projection);
}

TEST(MulawBins, DefaultsAreThoseOfGato) {
  const MulawBins bins({}, 1, 1);
  EXPECT_EQ(bins.info().vocabularies[0], 1024U);
  EXPECT_EQ(bins.info().spec, "mulaw");
  std::size_t inside = 0;
  for (const double at : bins.axes()[0].representatives) inside += std::abs(at) <= 1.0 ? 1 : 0;
  EXPECT_EQ(inside, 466U);
  EXPECT_LT(std::abs(q(bins, 0.01) - 0.01), 3e-4);
  EXPECT_GT(bins.info().epsilon_sup, 1.0);  // the outermost cells
  bool flags[3] = {};
  bins.saturated(std::vector<double>{256.0, -256.1, 1.0}, flags);
  EXPECT_FALSE(flags[0] || flags[2]);
  EXPECT_TRUE(flags[1]);
}

TEST(MulawBins, OptionsAreChecked) {
  EXPECT_NE(failure("mulaw:bins=1").find("2 … 65536"), std::string::npos);
  EXPECT_NE(failure("mulaw:mu=0").find("'mu'"), std::string::npos);
  EXPECT_NE(failure("mulaw:m=-1").find("'m'"), std::string::npos);
  EXPECT_NE(failure("mulaw:m=inf").find("'m'"), std::string::npos);
  EXPECT_NE(failure("mulaw:mu=nan"), "");
  EXPECT_NE(failure("mulaw:M=3").find("did you mean"), std::string::npos);
}

TEST(MulawBins, ExtremesStayFinite) {
  for (const char* spec : {"mulaw:mu=1e12,m=1e12", "mulaw:mu=1e-6,m=1e-12", "mulaw:bins=65536,mu=1e12,m=1e-12"}) {
    EXPECT_EQ(failure(spec), "") << spec;
  }
}

TEST(MulawBins, SizesOfAFileAreCheckedBeforeTheyAreTaken) {
  nlohmann::ordered_json saved = MulawBins({}, 1, 1).save();
  saved["spec"] = "mulaw:bins=65536";
  saved["action_dim"] = kMaxChunkValues;
  EXPECT_THROW(load_quantizer(saved, "x"), DataError);
}

}  // namespace
}  // namespace pianola::testing
