#include "pianola/quantizers/compatible_bins.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "property.hpp"
#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(CompatibleBins, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases(
                             {"uniform:mode=openvla", "uniform:mode=openvla,vocab=300", "uniform:mode=torchrl_tail",
                              "uniform:mode=torchrl,bins=100", "uniform:mode=rt1", "uniform:mode=octo",
                              "uniform:mode=openpi,low=-2,high=3", "uniform:mode=rt1,bins=2,range=data"})),
                         case_name);

namespace {

std::unique_ptr<Quantizer> make(const std::string& spec, std::size_t dim = 1, const ActionSource* data = nullptr) {
  FitContext context;
  context.action_dim = dim;
  context.range = {std::vector<double>(dim, -0.4), std::vector<double>(dim, 0.4)};
  context.data = data;
  return make_quantizer(spec, context);
}

std::string failure(const std::string& spec, std::size_t dim = 1, const ActionSource* data = nullptr) {
  try {
    make(spec, dim, data);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CompatibleBins, TheTableIsTheFormula) {
  test::property("encode gives the formula's token for any float", [] {
    const std::string mode = *rc::gen::elementOf(compatible_mode_names());
    CompatibleBinsConfig config;
    config.mode = mode;
    config.bins = *rc::gen::inRange(2, 300);
    CompatibleAxis::Facts facts;
    facts.low = std::ldexp(*rc::gen::inRange(-1000, 1001), *rc::gen::inRange(-60, 20));
    facts.high = facts.low + std::ldexp(*rc::gen::inRange(0, 1000), *rc::gen::inRange(-60, 20));
    const auto bins = static_cast<std::uint32_t>(config.bins);
    const CompatibleAxis original(compatible_mode(mode), bins, facts);
    const CompatibleBins table(config, 1, {facts});
    std::vector<float> values;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const auto dice = NoiseKey(facts.low > 0.0 ? 1 : 2).block(i, bins, 0);
      const auto any = std::bit_cast<float>(dice[0]);
      values.push_back(std::isfinite(any) ? any : 0.0F);
      const double share = (dice[1] % 1300) / 1000.0 - 0.15;
      values.push_back(static_cast<float>(facts.low + share * (facts.high - facts.low)));
    }
    const std::vector<Token> tokens = encode(table, values);
    for (std::size_t i = 0; i < values.size(); ++i) RC_ASSERT(tokens[i] == original.token(values[i]));
    for (std::uint32_t k = 0; k < bins; ++k) {
      RC_ASSERT(table.levels(0)[k] == static_cast<float>(original.representative(k)));
    }
  });
}

TEST(CompatibleBins, IdsCountDownFromTheVocabulary) {
  const auto bins = make("uniform:mode=openvla,low=-1,high=1,vocab=32000,mask=0");
  EXPECT_EQ(encode(*bins, {-1.0F, 0.0F, 1.0F, 7.0F}), (std::vector<Token>{31999, 31872, 31744, 31744}));
  EXPECT_EQ(bins->info().vocabularies[0], 32000U);
  std::vector<Token> tokens{31999, 31744, 31743, 5, 4000000000U};
  std::vector<std::uint32_t> lengths(5, 1);
  std::vector<float> out(5);
  std::vector<DecodeStatus> status(5);
  bins->decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out[0], out[4]);
  EXPECT_EQ(out[1], out[2]);
  EXPECT_EQ(out[1], out[3]);
  EXPECT_EQ(status, (std::vector<DecodeStatus>{DecodeStatus::exact, DecodeStatus::exact, DecodeStatus::repaired,
                                               DecodeStatus::repaired, DecodeStatus::repaired}));
  const auto allowed = std::make_unique<bool[]>(32000);
  bins->allowed({}, {allowed.get(), 32000});
  EXPECT_EQ(std::count(allowed.get(), allowed.get() + 32000, true), 256);
  EXPECT_TRUE(allowed[31999] && allowed[31744] && !allowed[31743]);
}

TEST(CompatibleBins, QuantilesAreTheDefaultWhereTheOriginalTakesThem) {
  std::vector<double> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(i / 1000.0);
  const MemoryActions data(1, {values});
  const auto range = [&](const char* spec) {
    const auto bins = make(spec, 1, &data);
    const BinAxis& axis = dynamic_cast<const EdgeBins&>(*bins).axes()[0];
    return std::pair(axis.low, axis.high);
  };
  EXPECT_EQ(range("uniform:mode=openvla"), std::pair(0.01, 0.99));
  EXPECT_EQ(range("uniform:mode=openpi"), std::pair(0.01, 0.99));
  EXPECT_EQ(range("uniform:mode=openvla,range=system"), std::pair(-0.4, 0.4));
  EXPECT_EQ(range("uniform:mode=openvla,quantile=0.1"), std::pair(0.1, 0.9));
  EXPECT_EQ(range("uniform:mode=openvla,mask=0"), std::pair(-1.0, 1.0));
  EXPECT_EQ(range("uniform:mode=rt1"), std::pair(-0.4, 0.4));
  EXPECT_NE(failure("uniform:mode=openvla").find("dataset"), std::string::npos);
}

TEST(CompatibleBins, ConstantDimensionsAreThoseOfTheData) {
  std::vector<double> rows;
  for (int i = 0; i < 1000; ++i) rows.insert(rows.end(), {0.5, i == 3 ? 1.0 : 0.5});
  const MemoryActions data(2, {rows});
  const auto bins = make("uniform:mode=openvla", 2, &data);
  // The second dimension's quantiles agree and its data do not: the original's spike.
  EXPECT_EQ(encode(*bins, {0.6F, 0.6F, 0.4F, 0.4F}), (std::vector<Token>{127, 255, 127, 0}));
}

TEST(CompatibleBins, ProjectionIsClaimedOnlyWhereItHolds) {
  EXPECT_FALSE(make("uniform:mode=rt1")->info().projection);
  EXPECT_FALSE(make("uniform:mode=openvla,range=system")->info().projection);
  EXPECT_TRUE(make("uniform:mode=octo")->info().projection);
  EXPECT_TRUE(make("uniform:mode=torchrl")->info().projection);
}

TEST(CompatibleBins, EpsilonSupIsWhatTheOriginalCanBeOff) {
  EXPECT_NEAR(make("uniform:mode=torchrl,bins=100")->info().epsilon_sup, 0.004, 1e-7);
  EXPECT_NEAR(make("uniform:mode=rt1,bins=101")->info().epsilon_sup, 0.008, 1e-6);  // a whole cell
  EXPECT_NEAR(make("uniform:mode=openvla,range=system")->info().epsilon_sup, 0.4 / 255.0, 1e-6);
}

TEST(CompatibleBins, OptionsAreChecked) {
  EXPECT_NE(failure("uniform:mode=openvl").find("did you mean 'openvla'"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=rt1,vocab=32000").find("'vocab'"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=openvla,range=system,vocab=255").find("256 …"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=openvla,range=system,vocab=-1").find("'vocab'"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=openvla,range=system,mask='1;0'").find("'mask'"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=openvla,range=system,mask=0.5").find("'mask'"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=octo,bins=1").find("2 … 65536"), std::string::npos);
  EXPECT_NE(failure("uniform:mode=octo,representatives=ends").find("representatives"), std::string::npos);
  EXPECT_NE(failure("uniform:vocab=3").find("vocab"), std::string::npos);
}

TEST(CompatibleBins, SizesOfAFileAreCheckedBeforeTheyAreTaken) {
  nlohmann::ordered_json saved = make("uniform:mode=rt1")->save();
  saved["spec"] = "uniform:bins=65536,mode=rt1";
  saved["action_dim"] = 1 << 10;
  saved["low"] = saved["constant"] = std::vector<int>(1 << 10, 0);
  saved["high"] = std::vector<int>(1 << 10, 1);
  EXPECT_THROW(load_quantizer(saved, "x"), DataError);
}

}  // namespace
}  // namespace pianola::testing
