#include "pianola/quantizers/gpt2_classes.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace pianola {
namespace {

TEST(Gpt2Classes, AsciiIsAsOneExpects) {
  for (std::uint32_t c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), number = c >= '0' && c <= '9';
    const bool space = c == ' ' || (c >= 9 && c <= 13);
    const auto expected = letter   ? Gpt2Class::letter
                          : number ? Gpt2Class::number
                          : space  ? Gpt2Class::space
                                   : Gpt2Class::other;
    EXPECT_EQ(gpt2_class(c), expected) << c;
  }
}

TEST(Gpt2Classes, OtherScriptsHaveLettersNumbersAndSpaces) {
  for (const std::uint32_t c : {0xAAU, 0xE9U, 0x3B1U, 0x4E00U, 0xAC00U, 0x10400U, 0x20000U}) {
    EXPECT_EQ(gpt2_class(c), Gpt2Class::letter) << c;
  }
  for (const std::uint32_t c : {0xB2U, 0xBCU, 0x660U, 0x2160U, 0x1D7CEU})
    EXPECT_EQ(gpt2_class(c), Gpt2Class::number) << c;
  for (const std::uint32_t c : {0x85U, 0xA0U, 0x1680U, 0x2003U, 0x2028U, 0x3000U}) {
    EXPECT_EQ(gpt2_class(c), Gpt2Class::space) << c;
  }
  for (const std::uint32_t c : {0U, 0x1CU, 0x7FU, 0xADU, 0x200BU, 0x1F600U})
    EXPECT_EQ(gpt2_class(c), Gpt2Class::other) << c;
}

TEST(Gpt2Classes, WhatIsNoCodePointIsOther) {
  for (const std::uint32_t c : {0xD800U, 0xDFFFU, 0x110000U, 0xFFFFFFFEU, 0xFFFFFFFFU}) {
    EXPECT_EQ(gpt2_class(c), Gpt2Class::other) << c;
  }
}

TEST(Gpt2Classes, ThereAreAsManyLettersAsUnicodeHas) {
  std::size_t letters = 0, numbers = 0, spaces = 0;
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    letters += gpt2_class(c) == Gpt2Class::letter;
    numbers += gpt2_class(c) == Gpt2Class::number;
    spaces += gpt2_class(c) == Gpt2Class::space;
  }
  EXPECT_GT(letters, 130'000U);
  EXPECT_GT(numbers, 1'800U);
  EXPECT_EQ(spaces, 25U);
}

}  // namespace
}  // namespace pianola
