#include "pianola/quantizers/residual_codebooks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "property.hpp"
#include "quantizers/golden_numbers.hpp"

namespace pianola::testing {
namespace {

constexpr std::size_t kDim = 6, kLayers = 3, kCodes = 16;

ResidualCodebooks golden_codebooks() {
  std::vector<float> codes = golden_numbers(10'000'000, kLayers * kCodes * kDim);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = std::ldexp(codes[i], -static_cast<int>(i / (kCodes * kDim)));
  return ResidualCodebooks(kLayers, kCodes, kDim, std::move(codes));
}

std::vector<Token> read_golden() {
  std::ifstream file(PIANOLA_GOLDEN);
  std::vector<Token> tokens;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    for (const char c : line) {
      if (c != ' ') tokens.push_back(static_cast<Token>(std::stoul(std::string(1, c), nullptr, 16)));
    }
  }
  return tokens;
}

TEST(ResidualCodebooks, GoldenVectorsOfResidualVQ) {
  const auto wanted = read_golden();
  ASSERT_EQ(wanted.size(), 10000U * kLayers) << "cannot read " PIANOLA_GOLDEN;
  const auto rows = golden_numbers(0, 10000 * kDim);
  std::vector<Token> tokens(wanted.size());
  golden_codebooks().encode(rows, tokens);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < tokens.size(); i += kLayers) {
    differ += !std::equal(tokens.begin() + static_cast<std::ptrdiff_t>(i),
                          tokens.begin() + static_cast<std::ptrdiff_t>(i + kLayers),
                          wanted.begin() + static_cast<std::ptrdiff_t>(i));
  }
  EXPECT_EQ(differ, 0U);
}

TEST(ResidualCodebooks, EncodeGivesTheTokensOfTheReference) {
  test::property("any sizes, ties and huge numbers included", [] {
    const auto dim = static_cast<std::size_t>(*rc::gen::inRange(1, 40));
    const auto layers = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 40));
    const auto n = static_cast<std::size_t>(*rc::gen::inRange(0, 700));
    const bool coarse = *rc::gen::arbitrary<bool>();  // few values: many ties
    const auto seed = static_cast<std::uint32_t>(*rc::gen::inRange(0, 1000000));
    auto codes = golden_numbers(seed, layers * count * dim), rows = golden_numbers(seed + 77777, n * dim);
    for (auto* numbers : {&codes, &rows}) {
      for (float& x : *numbers) x = coarse ? std::floor(x) : x;
    }
    const ResidualCodebooks books(layers, count, dim, codes);
    std::vector<Token> fast(n * layers), slow(n * layers);
    books.encode(rows, fast);
    books.encode_reference(rows, slow);
    RC_ASSERT(fast == slow);
  });
}

TEST(ResidualCodebooks, DecodeIsTheSumOfCodes) {
  const ResidualCodebooks books(2, 2, 2, {1, 2, 3, 4, 10, 20, 30, 40});
  const std::vector<Token> tokens{1, 0, 1, 7, 0, 99, 5, 5, 0, 1, 1, 1};
  const std::vector<std::uint32_t> lengths{2, 1, 2, 0, 2, 77};
  std::vector<float> rows(12);
  books.decode(tokens, lengths, rows);
  EXPECT_EQ(rows, (std::vector<float>{13, 24, 3, 4, 31, 42, 2, 3, 31, 42, 33, 44}));
}

TEST(ResidualCodebooks, RowsWithinRoundingOfABorderAreDecidedByTheDefinition) {
  const std::size_t dim = 40;
  std::vector<float> codes(3 * dim, 0.0F);
  codes[0] = codes[dim + 1] = 1.0F;  // unit vectors, far from the origin below
  for (float& c : codes) c += 1000.0F;
  const ResidualCodebooks books(1, 3, dim, codes);
  std::vector<float> rows(8 * dim, 1000.0F);
  for (std::size_t i = 0; i < 8; ++i) {
    rows[i * dim] += 0.75F;
    rows[i * dim + 1] += 0.75F + (i % 2 == 0 ? 1.0F : -1.0F) * static_cast<float>(i / 2) * 0x1p-10F;
  }
  std::vector<Token> fast(8), slow(8);
  books.encode(rows, fast);
  books.encode_reference(rows, slow);
  EXPECT_EQ(fast, slow);
  EXPECT_EQ(fast[0], 0U);  // a tie
  EXPECT_EQ(fast[2], 1U);
}

TEST(ResidualCodebooks, HugeAndTinyNumbersAreExactToo) {
  for (const float scale : {1e-30F, 1e-18F, 1e12F, 1e18F, 1e19F}) {
    auto codes = golden_numbers(5, 2 * 20 * 30), rows = golden_numbers(9999, 50 * 30);
    for (auto* numbers : {&codes, &rows}) {
      for (float& x : *numbers) x *= scale;
    }
    const ResidualCodebooks books(2, 20, 30, codes);
    std::vector<Token> fast(100), slow(100);
    books.encode(rows, fast);
    books.encode_reference(rows, slow);
    EXPECT_EQ(fast, slow) << scale;
  }
}

TEST(ResidualCodebooks, EachLayerOfGoodCodesReducesTheError) {
  const ResidualCodebooks books(2, 3, 1, {-1, 0, 1, -0.25F, 0, 0.25F});
  std::vector<Token> tokens(2);
  books.encode(std::vector<float>{0.7F}, tokens);
  EXPECT_EQ(tokens, (std::vector<Token>{2, 0}));
}

TEST(ResidualCodebooks, RowsThatAreNotFiniteHaveSomeTokens) {
  const auto books = golden_codebooks();
  std::vector<float> rows(2 * kDim, std::nanf(""));
  rows[kDim] = HUGE_VALF;
  std::vector<Token> tokens(2 * kLayers, 99);
  books.encode(rows, tokens);
  for (const Token t : tokens) EXPECT_LT(t, kCodes);
}

}  // namespace
}  // namespace pianola::testing
