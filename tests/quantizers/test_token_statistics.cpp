#include "pianola/quantizers/token_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/quantizers/discrete.hpp"

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
  EXPECT_DOUBLE_EQ(statistics.entropy(), 1.0);  // position 0 alone, in both chunks
  EXPECT_DOUBLE_EQ(statistics.used_fraction(), 4.0 / 14.0);
}

TEST(TokenStatistics, HugeVocabulariesTakeMemoryOfWhatIsSeen) {
  const Described scheme = variable({0xFFFFFFFFU});
  TokenStatistics statistics(scheme);
  for (Token k = 0; k < 4; ++k) add(statistics, {0xFFFFFFF0U + k});
  EXPECT_DOUBLE_EQ(statistics.entropy(), 2.0);
}

TEST(TokenStatistics, NoPredecessorNoRate) {
  const Discrete discrete({}, 1, {4});
  TokenStatistics statistics(discrete);
  add(statistics, {1});
  EXPECT_TRUE(std::isnan(statistics.repeat_rate()));
}

}  // namespace
}  // namespace pianola
