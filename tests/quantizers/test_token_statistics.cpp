#include "pianola/quantizers/token_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "pianola/quantizers/discrete.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

/// A scheme that is nothing but its description: tokens of chunks, not scalar, of any length.
class Described final : public Quantizer {
 public:
  explicit Described(QuantizerInfo info) : info_(std::move(info)) {}
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float>, const CodecContext&, TokenBatch) const override {}
  void decode(const TokenBatch&, const CodecContext&, std::span<float>,
              std::span<DecodeStatus>) const noexcept override {}
  [[nodiscard]] nlohmann::ordered_json save() const override { return {}; }

 private:
  QuantizerInfo info_;
};

Described variable(std::vector<std::uint32_t> vocabularies) {
  QuantizerInfo info;
  info.action_dim = 1;
  info.chunk = 2;
  info.max_tokens = vocabularies.size();
  info.fixed_length = false;
  info.vocabularies = std::move(vocabularies);
  return Described(info);
}

void add(TokenStatistics& statistics, std::vector<Token> tokens) { statistics.add(tokens); }

TEST(TokenStatistics, EntropyAndPerplexityOfFairCoins) {
  const Discrete coins({}, 1, {2, 4});
  TokenStatistics statistics(coins);
  for (Token k = 0; k < 8; ++k) add(statistics, {k % 2, k % 4});
  EXPECT_DOUBLE_EQ(statistics.entropy(), 3.0);
  EXPECT_DOUBLE_EQ(statistics.bits(), 3.0);
  EXPECT_DOUBLE_EQ(statistics.perplexity(), std::exp2(1.5));
  EXPECT_DOUBLE_EQ(statistics.used_fraction(), 1.0);
  EXPECT_EQ(statistics.max_tokens(), 2U);
}

TEST(TokenStatistics, ConstantTokensHaveNoEntropy) {
  const Discrete discrete({}, 1, {4});
  TokenStatistics statistics(discrete);
  for (int i = 0; i < 5; ++i) add(statistics, {3});
  EXPECT_EQ(statistics.entropy(), 0.0);
  EXPECT_EQ(statistics.perplexity(), 1.0);
  EXPECT_EQ(statistics.used_fraction(), 0.25);
  EXPECT_EQ(statistics.repeat_rate(), 1.0);
}

TEST(TokenStatistics, ScalarTokensFollowTheStepBefore) {
  const Discrete discrete({}, 2, {4, 4});  // (step, dimension)
  TokenStatistics statistics(discrete);
  statistics.begin_trajectory();
  add(statistics, {0, 1, 0, 2});  // dimension 0 repeats, dimension 1 does not
  add(statistics, {3, 2, 3, 3});  // 3 after 0; 2 after 2 repeats; 3 repeats; 3 after 2
  EXPECT_DOUBLE_EQ(statistics.repeat_rate(), 3.0 / 6.0);
  statistics.begin_trajectory();
  add(statistics, {3, 3, 0, 0});  // the first step follows nothing
  EXPECT_DOUBLE_EQ(statistics.repeat_rate(), 3.0 / 8.0);
}

TEST(TokenStatistics, OtherTokensFollowTheSamePositionOfTheChunkBefore) {
  const Described scheme = variable({8, 8});
  TokenStatistics statistics(scheme);
  add(statistics, {1, 1});
  add(statistics, {1, 2});
  add(statistics, {5});
  add(statistics, {5, 2});  // the second position has no predecessor
  EXPECT_DOUBLE_EQ(statistics.repeat_rate(), 2.0 / 4.0);
}

TEST(TokenStatistics, LengthsVary) {
  const Described scheme = variable({8, 4, 2});
  TokenStatistics statistics(scheme);
  add(statistics, {1});
  add(statistics, {2, 0, 1});
  EXPECT_DOUBLE_EQ(statistics.mean_tokens(), 2.0);
  EXPECT_EQ(statistics.max_tokens(), 3U);
  EXPECT_DOUBLE_EQ(statistics.bits(), (3.0 + 6.0) / 2.0);
  EXPECT_DOUBLE_EQ(statistics.entropy(), 1.0 + 1.0 / (4.0 * std::numbers::ln2));  // position 0 alone, in both chunks
  EXPECT_DOUBLE_EQ(statistics.used_fraction(), 4.0 / 14.0);
}

TEST(TokenStatistics, HugeVocabulariesTakeMemoryOfWhatIsSeen) {
  const Described scheme = variable({0xFFFFFFFFU});
  TokenStatistics statistics(scheme);
  for (Token k = 0; k < 4; ++k) add(statistics, {0xFFFFFFF0U + k});
  EXPECT_DOUBLE_EQ(statistics.entropy(), 2.0 + 3.0 / (8.0 * std::numbers::ln2));
}

// ---------------------------------------------------------------- which positions speak one code

std::vector<TokenRun> runs_of(const std::string& spec, std::size_t dim, std::size_t chunk) {
  const auto sample = testing::make_sample("walk");
  FitContext context = testing::context_of(sample.actions, chunk);
  context.action_dim = dim;
  return token_runs_of(*make_quantizer(spec, context));
}

TEST(TokenOrder, SchemesSayHowTheirTokensLie) {
  struct Case {
    const char* spec;
    std::size_t positions, period;
    bool by_step;
  };
  for (const Case& c :
       {Case{"uniform:bins=9", 12, 3, true}, Case{"quantile:bins=9", 12, 3, true},
        Case{"dither:bins=9,subtractive=true", 12, 3, true}, Case{"kmeans:k=9", 4, 1, true},
        Case{"kmeans:k=9,joint=chunk", 1, 1, false}, Case{"kdisks:k=9", 4, 1, true}, Case{"zoom", 12, 3, true},
        Case{"log", 12, 3, true}, Case{"rvq:layers=4,codes=4", 4, 4, false}, Case{"fsq:levels=5", 12, 3, true},
        Case{"fsq:levels=5,packed=true", 4, 1, true}, Case{"fsq:encoder=pca,levels=5x5", 2, 2, false},
        Case{"twohot:smoothing=spatial,codebook='kmeans:k=9'", 4, 1, true},
        Case{"beast:bases=2,degree=1", 6, 6, false}}) {
    const auto runs = runs_of(c.spec, 3, 4);
    ASSERT_EQ(runs.size(), 1U) << c.spec;
    EXPECT_EQ(runs[0].positions, c.positions) << c.spec;
    EXPECT_EQ(runs[0].period, c.period) << c.spec;
    EXPECT_EQ(runs[0].by_step, c.by_step) << c.spec;
  }
  EXPECT_EQ(runs_of("fast:vocabulary=300", 3, 4)[0].period, 1U);
}

/// Tokens of steps, whatever the chunk: how data are cut changes nothing that is counted.
TEST(TokenStatistics, CodebooksOfStepsAreTheSameForEveryChunk) {
  const auto sample = testing::make_sample("walk");
  const auto rows = sample.actions;
  std::vector<double> rates, entropies;
  for (const std::size_t chunk : {1U, 4U}) {
    const auto quantizer = make_quantizer("kmeans:k=4", testing::context_of(rows, chunk));
    TokenStatistics statistics(*quantizer);
    statistics.begin_trajectory();
    const std::vector<Token> tokens{0, 0, 1, 1, 1, 2, 3, 3};
    for (std::size_t i = 0; i < tokens.size(); i += chunk) statistics.add(std::span(tokens).subspan(i, chunk));
    EXPECT_DOUBLE_EQ(statistics.repeat_rate(), 4.0 / 7.0) << chunk;
    EXPECT_DOUBLE_EQ(statistics.used_fraction(), 1.0) << chunk;
    EXPECT_DOUBLE_EQ(statistics.tokens_per_code(), 2.0) << chunk;
    entropies.push_back(statistics.entropy() / static_cast<double>(chunk));
  }
  EXPECT_DOUBLE_EQ(entropies[0], entropies[1]);
}

TEST(TokenStatistics, StepsOfADimensionShareItsCode) {
  const Discrete discrete({}, 2, {4, 4});
  TokenStatistics statistics(discrete);
  add(statistics, {0, 3, 1, 3});  // dimension 0: 0, 1, 2, 3; dimension 1: 3 only
  add(statistics, {2, 3, 3, 3});
  EXPECT_DOUBLE_EQ(statistics.used_fraction(), 5.0 / 8.0);
}

TEST(TokenStatistics, CorrectionTakesMostOfTheBiasAway) {
  const Discrete die({}, 1, {64});
  double plain = 0.0, corrected = 0.0;
  constexpr int kSamples = 200;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    TokenStatistics statistics(die);
    for (std::uint64_t i = 0; i < 256; ++i) {
      add(statistics, {static_cast<Token>(32.0 * uniform(NoiseKey(sample), i, 0))});  // half of the codes, evenly
    }
    corrected += statistics.entropy() / kSamples;
    plain += (statistics.entropy() - statistics.entropy_correction()) / kSamples;
  }
  EXPECT_LT(plain, 5.0 - 0.07);  // (32 − 1)/(2·256·ln 2) = 0.087
  EXPECT_NEAR(corrected, 5.0, 0.01);
}

TEST(TokenStatistics, ExpectedUseIsToldOnlyOfEnoughTokens) {
  const Discrete die({}, 1, {64});
  TokenStatistics few(die), many(die);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto token = static_cast<Token>(16.0 * uniform(NoiseKey(5), i, 0));
    if (i < 100) add(few, {token});
    add(many, {token});
  }
  EXPECT_TRUE(std::isnan(few.expected_fraction()));
  EXPECT_DOUBLE_EQ(many.expected_fraction(), 0.25);
}

TEST(TokenStatistics, CodeLengthsAreTheEntropyOnAverage) {
  const Discrete pair({}, 1, {4, 8});
  TokenStatistics statistics(pair);
  double bits = 0.0;
  const auto tokens = [](std::uint64_t i) {
    return std::vector<Token>{static_cast<Token>(i % 3), static_cast<Token>(i * i % 8)};
  };
  for (std::uint64_t i = 0; i < 100; ++i) add(statistics, tokens(i));
  for (std::uint64_t i = 0; i < 100; ++i) bits += statistics.code_length(tokens(i)) / 100.0;
  EXPECT_NEAR(bits, statistics.entropy() - statistics.entropy_correction(), 1e-12);
}

TEST(TokenStatistics, NoPredecessorNoRate) {
  const Discrete discrete({}, 1, {4});
  TokenStatistics statistics(discrete);
  add(statistics, {1});
  EXPECT_TRUE(std::isnan(statistics.repeat_rate()));
}

}  // namespace
}  // namespace pianola
