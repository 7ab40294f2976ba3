// The defaults of the interface, on a toy scheme that uses every door: variable length, memory and noise.
#include "pianola/quantizers/quantizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// One dimension, chunks of two. The token of a step is the whole number nearest to the difference from the last value
/// decoded (memory), + 8, dithered if there is a key; a second step equal to the first is left out.
class DifferenceCoder final : public Quantizer {
 public:
  DifferenceCoder() {
    info_.spec = "differences";
    info_.action_dim = 1;
    info_.chunk = 2;
    info_.max_tokens = 2;
    info_.fixed_length = false;
    info_.memory_size = 1;
    info_.vocabularies = {17, 17};
    info_.random = true;
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const override {
    const std::size_t n = checked_chunks(info_, chunks, batch);
    for (std::size_t i = 0; i < n; ++i) {
      double last = context.memory.empty() ? 0.0 : context.memory[i];
      for (std::size_t p = 0; p < 2; ++p) {
        const double shift = context.key == nullptr
                                 ? 0.5
                                 : uniform(*context.key, context.ids[i], context.h[i], static_cast<std::uint32_t>(p));
        const double step = std::clamp(std::floor(chunks[2 * i + p] - last + shift), -8.0, 8.0);
        batch.tokens[2 * i + p] = static_cast<Token>(step + 8.0);
        last += step;
      }
      batch.lengths[i] = batch.tokens[2 * i + 1] == 8 ? 1 : 2;
      if (!context.memory.empty()) context.memory[i] = last;
    }
  }
  void decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
      double last = context.memory.empty() ? 0.0 : context.memory[i];
      for (std::size_t p = 0; p < 2; ++p) {
        if (p < batch.lengths[i]) last += static_cast<double>(batch.tokens[2 * i + p]) - 8.0;
        chunks[2 * i + p] = static_cast<float>(last);
      }
      if (!context.memory.empty()) context.memory[i] = last;
      if (!status.empty()) status[i] = DecodeStatus::exact;
    }
  }
  [[nodiscard]] nlohmann::ordered_json save() const override {
    return {{"format_version", 1}, {"spec", "differences"}};
  }

 private:
  QuantizerInfo info_;
};

TEST(Quantizer, QuantizeIsDecodeOfEncodeAndMemoryAdvancesOnce) {
  const DifferenceCoder coder;
  const std::vector<double> actions{3.2, 5.1, -1.0, -0.6};
  std::vector<double> out(4), memory{1.0, -1.0};
  coder.quantize(actions, {nullptr, {}, {}, memory}, out);
  EXPECT_EQ(out, (std::vector<double>{3.0, 5.0, -1.0, -1.0}));
  EXPECT_EQ(memory, (std::vector<double>{5.0, -1.0}));
}

TEST(Quantizer, QuantizeRejectsPartsOfChunks) {
  const DifferenceCoder coder;
  std::vector<double> actions(3), out(3);
  EXPECT_THROW(coder.quantize(actions, {}, out), UsageError);
}

TEST(Quantizer, AllowedEndsAtMaxTokens) {
  const DifferenceCoder coder;
  bool mask[17] = {};
  coder.allowed({}, mask);
  EXPECT_EQ(std::count(std::begin(mask), std::end(mask), true), 17);
  const std::vector<Token> whole{8, 9};
  coder.allowed(whole, mask);
  EXPECT_EQ(std::count(std::begin(mask), std::end(mask), true), 0);
}

TEST(Quantizer, TargetsAreOneHotWithinTheSequence) {
  const DifferenceCoder coder;
  std::vector<float> p(17, 0.5F);
  coder.targets(std::vector<float>{2.0F, 2.0F}, 0, p);
  EXPECT_EQ(p[10], 1.0F);
  EXPECT_EQ(std::count(p.begin(), p.end(), 0.0F), 16);
  coder.targets(std::vector<float>{2.0F, 2.0F}, 1, p);  // the second token is left out
  EXPECT_EQ(std::count(p.begin(), p.end(), 0.0F), 17);
}

TEST(Quantizer, DefaultsSayNothingIsScalarAndNothingSaturates) {
  const DifferenceCoder coder;
  EXPECT_TRUE(coder.levels(0).empty());
  EXPECT_TRUE(coder.cell_widths(0).empty());
  bool flags[2] = {true, true};
  coder.saturated(std::vector<double>{1e9, 0.0}, flags);
  EXPECT_FALSE(flags[0] || flags[1]);
}

TEST(Quantizer, NoiseComesFromKeyIdAndStep) {
  const DifferenceCoder coder;
  const NoiseKey key(4);
  const std::vector<float> chunks{0.5F, 1.0F};
  std::vector<std::vector<Token>> seen;
  for (const std::uint64_t id : {0, 0, 1, 2, 3, 4, 5}) {
    const std::vector<std::uint64_t> ids{id};
    const std::vector<std::uint32_t> h{0};
    std::vector<Token> tokens(2);
    std::vector<std::uint32_t> lengths(1);
    coder.encode(chunks, {&key, ids, h, {}}, {tokens, lengths});
    seen.push_back(tokens);
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_FALSE(std::all_of(seen.begin(), seen.end(), [&](const auto& t) { return t == seen[0]; }));
}

TEST(Quantizer, FingerprintIsOfWhatIsSaved) {
  const DifferenceCoder coder;
  EXPECT_EQ(coder.fingerprint().size(), 32U);
  EXPECT_EQ(coder.fingerprint(), DifferenceCoder().fingerprint());
}

TEST(Quantizer, CheckedChunksNamesSizes) {
  const DifferenceCoder coder;
  std::vector<Token> tokens(3);
  std::vector<std::uint32_t> lengths(2);
  try {
    static_cast<void>(checked_chunks(coder.info(), std::vector<float>(4), {tokens, lengths}));
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "quantizer 'differences': 2 chunks need 4 tokens and 2 lengths, got 3 and 2");
  }
}

}  // namespace
}  // namespace pianola
