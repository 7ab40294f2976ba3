#include "pianola/quantizers/joint_codebook.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

/// Three codes of two dimensions, the second one weighing twice.
JointCodes three_codes(std::size_t chunk = 1, bool whole = false) {
  JointCodes codes;
  codes.spec = "kmeans:k=3";
  codes.action_dim = 2;
  codes.chunk = chunk;
  codes.whole_chunks = whole;
  codes.scale = {1.0, 2.0};
  codes.box = {{-1, -1}, {2, 2}};
  codes.counts = {5, 0, 1};
  codes.codes = {0, 0, 1, 0, 0, 1};
  if (whole) codes.codes = {0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1};
  return codes;
}

TEST(JointCodebook, EncodesTheNearestScaledCode) {
  const JointCodebook book(three_codes(2));
  std::vector<Token> tokens(4);
  std::vector<std::uint32_t> lengths(2);
  book.encode(std::vector<float>{0.6F, 0.4F, 0.6F, 0.6F, 0.4F, 0.6F, 0.4F, 0.4F}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{1, 2, 2, 0}));
  EXPECT_EQ(lengths, (std::vector<std::uint32_t>{2, 2}));
  EXPECT_EQ(book.info().vocabularies, (std::vector<std::uint32_t>{3, 3}));
  EXPECT_EQ(book.dead_codes(), 1U);
  EXPECT_TRUE(book.levels(0).empty());
}

TEST(JointCodebook, WholeChunksHaveOneToken) {
  const JointCodebook book(three_codes(2, true));
  EXPECT_EQ(book.info().max_tokens, 1U);
  std::vector<Token> tokens(1);
  std::vector<std::uint32_t> lengths(1);
  book.encode(std::vector<float>{0.9F, 0.0F, 0.4F, 0.0F}, {}, {tokens, lengths});
  EXPECT_EQ(tokens[0], 1U);
  std::vector<float> chunk(4);
  book.decode({tokens, lengths}, {}, chunk, {});
  EXPECT_EQ(chunk, (std::vector<float>{1, 0, 1, 0}));
  EXPECT_NEAR(book.info().epsilon_sup, std::hypot(2.0, 2.0), 1e-6);  // per step, to the farthest corner
}

TEST(JointCodebook, UnknownAndMissingTokensDecodeToTheMiddle) {
  const JointCodebook book(three_codes(2));
  std::vector<Token> tokens{7, 2};
  std::vector<std::uint32_t> lengths{1};
  std::vector<float> chunk(4);
  std::vector<DecodeStatus> status(1);
  book.decode({tokens, lengths}, {}, chunk, status);
  EXPECT_EQ(chunk, (std::vector<float>(4, 0.0F)));
  EXPECT_EQ(status[0], DecodeStatus::repaired);
}

TEST(JointCodebook, OffsetsAreTheRest) {
  const JointCodebook book(three_codes());
  const std::vector<float> actions{0.75F, 0.25F};
  std::vector<Token> tokens(1);
  std::vector<std::uint32_t> lengths(1);
  const TokenBatch batch{tokens, lengths};
  book.encode(actions, {}, batch);
  std::vector<float> offsets(2), played(2);
  book.offsets(actions, batch, offsets);
  EXPECT_EQ(offsets, (std::vector<float>{-0.25F, 0.25F}));
  book.add_offsets(batch, offsets, played);
  EXPECT_EQ(played, actions);
}

TEST(JointCodebook, SaturationIsOutsideTheBox) {
  const JointCodebook book(three_codes());
  bool flags[4] = {};
  book.saturated(std::vector<double>{-1.0, 2.1, -1.1, 0.0}, flags);
  EXPECT_EQ((std::vector<bool>(flags, flags + 4)), (std::vector<bool>{false, true, true, false}));
}

TEST(JointCodebook, ContentsAreChecked) {
  const auto refused = [](const auto& spoil) {
    JointCodes codes = three_codes();
    spoil(codes);
    EXPECT_THROW(JointCodebook{codes}, UsageError);
  };
  refused([](JointCodes& c) { c.codes.pop_back(); });
  refused([](JointCodes& c) { c.codes.clear(); });
  refused([](JointCodes& c) { c.codes[1] = std::nanf(""); });
  refused([](JointCodes& c) { c.codes[1] = 1e20F; });
  refused([](JointCodes& c) { c.counts.push_back(1); });
  refused([](JointCodes& c) { c.scale[0] = -1.0; });
  refused([](JointCodes& c) { c.scale[0] = 1e35; });
  refused([](JointCodes& c) { c.box.low[1] = 3.0; });
  refused([](JointCodes& c) { c.box.high[1] = 1e300; });
  refused([](JointCodes& c) { c.offset_rms = {1.0}; });
  refused([](JointCodes& c) { c.chunk = 0; });
  refused([](JointCodes& c) { c.action_dim = 0; });
}

TEST(JointCodebook, ReadsWhatItSaves) {
  JointCodes codes = three_codes();
  codes.offset_rms = {0.5, 0.25};
  const auto saved = JointCodebook(codes).save();
  const JointCodes again = JointCodebook::read(SavedFields(saved), 3, false, true);
  EXPECT_EQ(again.codes, codes.codes);
  EXPECT_EQ(again.counts, codes.counts);
  EXPECT_EQ(again.offset_rms, codes.offset_rms);
  EXPECT_THROW(JointCodebook::read(SavedFields(saved), 4, false, true), DataError);
  EXPECT_THROW(JointCodebook::read(SavedFields(saved), std::size_t{1} << 40, false, true), DataError);
}

}  // namespace
}  // namespace pianola
