// The defaults of the interface, on a toy scheme that uses every door: variable length, memory and noise.
#include "pianola/quantizers/quantizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "pianola/base/error.hpp"
#include "quantizers/difference_coder.hpp"

namespace pianola {
namespace {

using testing::DifferenceCoder;

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
