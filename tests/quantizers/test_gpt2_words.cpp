#include "pianola/quantizers/gpt2_words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "property.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {
namespace {

/// Lengths of the words of a text.
std::vector<std::size_t> lengths(std::span<const std::uint32_t> text) {
  std::vector<std::uint8_t> begins(text.size(), 7);
  gpt2_words(text, begins);
  std::vector<std::size_t> out;
  for (const std::uint8_t begin : begins) {
    if (begin != 0) out.push_back(0);
    if (out.empty()) ADD_FAILURE() << "no word begins at the start";
    ++out.back();
  }
  return out;
}

std::vector<std::size_t> lengths_of(const std::string& text) {
  return lengths(std::vector<std::uint32_t>(text.begin(), text.end()));
}

TEST(Gpt2Words, EnglishIsCutAsPublished) {
  EXPECT_EQ(lengths_of("Hello my friend, how"), (std::vector<std::size_t>{5, 3, 7, 1, 4}));
  EXPECT_EQ(lengths_of("it's we've I'd"), (std::vector<std::size_t>{2, 2, 3, 3, 2, 2}));
  EXPECT_EQ(lengths_of("a  b"), (std::vector<std::size_t>{1, 1, 2}));
  EXPECT_EQ(lengths_of("a\t b\n"), (std::vector<std::size_t>{1, 1, 2, 1}));
  EXPECT_EQ(lengths_of("x12!'s"), (std::vector<std::size_t>{1, 2, 2, 1}));
  EXPECT_EQ(lengths_of(""), (std::vector<std::size_t>{}));
}

TEST(Gpt2Words, GoldenTexts) {
  std::ifstream golden = open_golden(PIANOLA_GOLDEN);
  std::string line;
  std::uint32_t number = 0;
  for (; std::getline(golden, line); ++number) {
    std::string ours;
    for (const std::size_t length : lengths(golden_text(number, 40))) ours.push_back(kBase64[length]);
    ASSERT_EQ(ours, line) << "text " << number;
  }
  EXPECT_EQ(number, 4000U);
}

TEST(Gpt2Words, AnyNumbersAreCut) {
  test::property("every character belongs to a word", [] {
    const auto text = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
    std::size_t sum = 0;
    for (const std::size_t length : lengths(text)) sum += length;
    RC_ASSERT(sum == text.size());
  });
}

}  // namespace
}  // namespace pianola::testing
