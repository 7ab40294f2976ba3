#include "pianola/quantizers/level_tokens.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

/// Two dimensions of 3 and 2 levels, chunks of two steps.
struct Fixture {
  UniformGrid grid{
      std::vector<float>{0, 0}, std::vector<float>{1, 1}, std::vector<std::uint32_t>{3, 2}, {10, 11, 12, 20, 21, 21}};
  QuantizerInfo info;
  Fixture() {
    info.action_dim = info.chunk = 2;
    info.max_tokens = 4;
    info.vocabularies = {3, 2, 3, 2};
  }
  std::vector<float> decode(std::vector<Token> tokens, std::vector<std::uint32_t> lengths,
                            std::vector<DecodeStatus>& status) const {
    std::vector<float> out(tokens.size());
    status.resize(lengths.size());
    decode_levels(grid, info, {tokens, lengths}, out, status);
    std::vector<float> without(tokens.size());
    decode_levels(grid, info, {tokens, lengths}, without, {});
    EXPECT_EQ(out, without) << "asking for the status changes no value";
    return out;
  }
};

TEST(LevelTokens, EachTokenIsALevelOfItsCoordinate) {
  std::vector<DecodeStatus> status;
  EXPECT_EQ(Fixture().decode({0, 1, 2, 0}, {4}, status), (std::vector<float>{10, 21, 12, 20}));
  EXPECT_EQ(status[0], DecodeStatus::exact);
}

TEST(LevelTokens, UnknownTokensAreTheLastAndMissingOnesTheMiddle) {
  std::vector<DecodeStatus> status;
  EXPECT_EQ(Fixture().decode({9, 2, 0, 0, 0, 0, 77, 77, 1, 1, 1, 1}, {4, 2, 4}, status),
            (std::vector<float>{12, 21, 10, 20, 10, 20, 11, 21, 11, 21, 11, 21}));
  EXPECT_EQ(status, (std::vector<DecodeStatus>{DecodeStatus::repaired, DecodeStatus::repaired, DecodeStatus::exact}));
  Fixture().decode({0, 0, 0, 0}, {5}, status);
  EXPECT_EQ(status[0], DecodeStatus::repaired) << "too long";
  Fixture().decode({0, 0, 0, 2}, {4}, status);
  EXPECT_EQ(status[0], DecodeStatus::repaired) << "beyond its own vocabulary";
}

}  // namespace
}  // namespace pianola
