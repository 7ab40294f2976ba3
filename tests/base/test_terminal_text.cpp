#include "pianola/base/terminal_text.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(TerminalText, WidthsOfScripts) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("ε_sup ≤ ½"), 9U);
  EXPECT_EQ(display_width("‖x − x*‖"), 8U);
  EXPECT_EQ(display_width("日本語"), 6U);
  EXPECT_EQ(display_width("e\u0301"), 1U) << "a combining accent takes no column";
  EXPECT_EQ(display_width("🎹"), 2U);
}

TEST(TerminalText, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_code_point(text, c);
    std::string_view rest = text;
    ASSERT_EQ(next_code_point(rest), c);
    ASSERT_TRUE(rest.empty());
  }
}

TEST(TerminalText, IllFormedBytesAreReplacedOneByOne) {
  EXPECT_EQ(clean_text("a\xff"
                       "b"),
            "a\uFFFDb");
  EXPECT_EQ(clean_text("\xc0\x80"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(clean_text("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(clean_text("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond U+10FFFF";
  EXPECT_EQ(clean_text("\xe2\x82"), "\uFFFD\uFFFD") << "cut off";
}

TEST(TerminalText, ControlCharactersCannotReachTheTerminal) {
  EXPECT_EQ(clean_text("a\x1b[2Jb\n\tc\x7f"), "a [2Jb  c ");
  EXPECT_EQ(clean_text("\u0085\u2028"), "  ");
}

TEST(TerminalText, CutsAtTheEndOrInTheMiddle) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5), "abcd…");
  EXPECT_EQ(cut_to_width("abcdef", 1), "…");
  EXPECT_EQ(cut_to_width("abcdef", 0), "");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…") << "half a wide character cannot be shown";
  EXPECT_EQ(cut_middle("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(cut_middle("abcdefgh", 4), "ab…h");
  EXPECT_EQ(cut_middle("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(cut_middle("abcdefgh", 1), "…");
  EXPECT_EQ(cut_middle("abcdefgh", 0), "");
}

TEST(TerminalText, CutTextFitsAndIsClean) {
  test::property([](const std::string& text, std::uint8_t width) {
    for (const std::string& cut : {cut_to_width(text, width), cut_middle(text, width)}) {
      RC_ASSERT(display_width(cut) <= width);
      RC_ASSERT(clean_text(cut) == cut);
    }
    RC_ASSERT(clean_text(clean_text(text)) == clean_text(text));
  });
}

}  // namespace
}  // namespace pianola
