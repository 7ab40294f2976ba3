#include "pianola/quantizers/token_error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/quantizers/discrete.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/uniform_bins.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

TokenError measure(const Quantizer& quantizer, const ActionSource& data, std::uint64_t seed,
                   std::size_t samples = 4000) {
  ChunkWalk walk(quantizer, NoiseKey(seed));
  const WalkCount count = walk.run(data, "test", [](const ChunkBlock&) {});
  TokenErrors errors(quantizer, NoiseKey(seed), count.chunks, samples);
  walk.run(data, "test", [&](const ChunkBlock& block) { errors.visit(block); });
  return errors.result();
}

// With two tokens the wrong one is the other one: the error is exactly the distance between the two levels.
TEST(TokenErrors, OneOfTwoTokens) {
  const UniformBins bins({2, "ends", {}}, 2, {{-1.0, 0.0}, {1.0, 2.0}});
  const MemoryActions data(2, {{-1, 0, 1, 2, 1, 0, 0.2, 0.3}});
  const TokenError error = measure(bins, data, 1);
  EXPECT_EQ(error.n, 4000U);
  EXPECT_EQ(error.median, 2.0);
  EXPECT_EQ(error.p90, 2.0);
  EXPECT_EQ(error.undecodable_fraction, 0.0);
}

// From token 0 of K the wrong one is uniform on 1 … K − 1, in units of the spacing.
TEST(TokenErrors, WrongTokensAreUniform) {
  const UniformBins bins({101, "ends", {}}, 1, {{0.0}, {100.0}});
  const MemoryActions data(1, {{0.0, 0.0}});
  const TokenError error = measure(bins, data, 2, 20000);
  EXPECT_NEAR(error.median, 50.5, 2.0);  // 4 standard errors: 4·50/√20000·… ≤ 2
  EXPECT_NEAR(error.p90, 90.1, 1.0);
}

TEST(TokenErrors, SameKeySameNumbers) {
  const auto sample = testing::make_sample("walk");
  const UniformBins bins({17, "centre", {}}, 4, {{-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}});
  const TokenError a = measure(bins, sample.actions, 3), b = measure(bins, sample.actions, 3),
                   c = measure(bins, sample.actions, 4);
  EXPECT_EQ(a.median, b.median);
  EXPECT_EQ(a.p90, b.p90);
  EXPECT_NEAR(a.median, c.median, 0.2);
}

TEST(TokenErrors, ConstantDimensionsHaveNoWrongToken) {
  const UniformBins constant({4, "centre", {}}, 1, {{0.5}, {0.5}});
  const MemoryActions data(1, {{0.5, 0.5}});
  const TokenError none = measure(constant, data, 1);
  EXPECT_EQ(none.n, 0U);
  EXPECT_TRUE(std::isnan(none.median));
  const UniformBins half({2, "ends", {}}, 1, {{0.5, 0.0}, {0.5, 1.0}});
  const TokenError some = measure(half, MemoryActions(2, {{0.5, 0.0}}), 1);
  EXPECT_EQ(some.n, 4000U);
  EXPECT_EQ(some.median, 1.0);
}

/// Wraps `discrete`; an odd sum of a chunk's tokens cannot be decoded.
class Parity final : public Quantizer {
 public:
  Parity() : inner_({}, 2, {4}) {}
  [[nodiscard]] const QuantizerInfo& info() const override { return inner_.info(); }
  void encode(std::span<const float> chunks, const CodecContext& c, TokenBatch batch) const override {
    inner_.encode(chunks, c, batch);
  }
  void decode(const TokenBatch& batch, const CodecContext& c, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    inner_.decode(batch, c, chunks, status);
    for (std::size_t i = 0; i < status.size(); ++i) {
      if ((batch.tokens[2 * i] + batch.tokens[2 * i + 1]) % 2 == 1) status[i] = DecodeStatus::repaired;
    }
  }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {}; }

 private:
  Discrete inner_;
};

TEST(TokenErrors, CountsWhatCannotBeDecoded) {
  const TokenError error = measure(Parity(), MemoryActions(1, {{0, 0, 1, 1, 3, 1}}), 5, 9000);
  EXPECT_NEAR(error.undecodable_fraction, 2.0 / 3.0, 0.02);  // two of the three other tokens have another parity
}

TEST(TokenErrors, FastSaysWhatItRepaired) {
  const testing::Sample sample = testing::make_sample("walk");
  const auto fast = make_quantizer("fast:vocabulary=90", testing::context_of(sample.actions, 4));
  const TokenError error = measure(*fast, sample.actions, 6);
  ASSERT_TRUE(error.fast.has_value());
  EXPECT_GT(error.undecodable_fraction, 0.0);
  EXPECT_EQ(error.fast->unknown_tokens, 0.0) << "wrong ones are drawn from the vocabulary";
  EXPECT_GT(error.fast->missing_symbols, 0.0);
  EXPECT_GT(error.fast->surplus_symbols, 0.0);
  const double sum = error.fast->missing_symbols + error.fast->surplus_symbols + error.fast->broken_bytes;
  EXPECT_LE(error.undecodable_fraction, sum + 1e-12);
  EXPECT_LE(std::max(error.fast->missing_symbols, error.fast->surplus_symbols), error.undecodable_fraction);
  EXPECT_FALSE(measure(UniformBins({2, "ends", {}}, 1, {{0.0}, {1.0}}), MemoryActions(1, {{0.0, 1.0}}), 6).fast);
}

}  // namespace
}  // namespace pianola
