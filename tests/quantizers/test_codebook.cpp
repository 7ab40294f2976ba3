#include "pianola/quantizers/codebook.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

// Twenty codes of two numbers: two panels, the second with four codes.
TEST(Codebook, PanelsHoldCodesAndTheirCentredNegatives) {
  std::vector<float> codes(40);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<float>(i * i % 7);
  const Codebook book(codes, 2);
  ASSERT_EQ(book.size(), 20U);
  for (std::size_t j = 0; j < book.size(); ++j) {
    const std::size_t panel = j / 16 * 3 * 16, at = j % 16;
    float half = 0.0F;
    for (std::size_t d = 0; d < 2; ++d) {
      EXPECT_EQ(book.squares()[panel + (1 + d) * 16 + at], book.code(j)[d]);
      const float centred = book.code(j)[d] - book.origin()[d];
      EXPECT_FLOAT_EQ(book.products()[panel + (1 + d) * 16 + at], -centred);
      half += 0.5F * centred * centred;
    }
    EXPECT_NEAR(book.products()[panel + at], half, 1e-5F);
    EXPECT_EQ(book.squares()[panel + at], 0.0F);
    EXPECT_LE(half, book.largest() * 1.0001F);
  }
  for (std::size_t at = 4; at < 16; ++at) {
    EXPECT_GT(book.squares()[3 * 16 + at], 1e37F);
    EXPECT_GT(book.products()[3 * 16 + at], 1e37F);
  }
}

TEST(Codebook, OriginIsTheMean) {
  const Codebook book({1, 10, 3, 20}, 2);
  EXPECT_EQ(book.origin()[0], 2.0F);
  EXPECT_EQ(book.origin()[1], 15.0F);
}

}  // namespace
}  // namespace pianola
