#include "pianola/report/wrapped_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/base/terminal_text.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using Lines = std::vector<std::string>;

TEST(WrappedText, TextThatFitsStaysAsItIs) {
  EXPECT_EQ(wrap_text("", {.width = 5}), Lines{""});
  EXPECT_EQ(wrap_text("a  b ", {.width = 5}), Lines{"a  b "});
}

TEST(WrappedText, LinesBreakAtBlanks) {
  EXPECT_EQ(wrap_text("one two three four", {.width = 9}), (Lines{"one two", "three", "four"}));
  EXPECT_EQ(wrap_text("one two three four", {.width = 9, .indent = 2}), (Lines{"one two", "  three", "  four"}));
}

TEST(WrappedText, LongWordsBreakAfterCommasElseAnywhere) {
  EXPECT_EQ(wrap_text("uniform:bins=17,representatives=ends", {.width = 22, .indent = 2}),
            (Lines{"uniform:bins=17,", "  representatives=ends"}));
  EXPECT_EQ(wrap_text("quantized uniform:bins=17,representatives=ends", {.width = 26}),
            (Lines{"quantized uniform:bins=17,", "representatives=ends"}));
  EXPECT_EQ(wrap_text("abcdefgh", {.width = 3}), (Lines{"abc", "def", "gh"}));
}

TEST(WrappedText, LongWordsCanStayWhole) {
  EXPECT_EQ(wrap_text("see /a/long/path.hdf5, row 3", {.width = 10, .break_words = false}),
            (Lines{"see", "/a/long/path.hdf5,", "row 3"}));
}

TEST(WrappedText, WidthsAreColumns) {
  EXPECT_EQ(wrap_text("日本 語", {.width = 4}), (Lines{"日本", "語"}));
  EXPECT_EQ(wrap_text("日本", {.width = 1}), (Lines{"日", "本"}));
}

TEST(WrappedText, OneStringHasANewlineAfterEachLine) { EXPECT_EQ(wrapped("one two", {.width = 3}), "one\ntwo\n"); }

TEST(WrappedText, LosesNothingAndFits) {
  test::property([](const std::string& text, std::uint8_t width, std::uint8_t indent) {
    const WrapOptions options{.width = width + 2U, .indent = indent};
    std::string got, wanted = clean_text(text);
    for (const std::string& line : wrap_text(text, options)) {
      RC_ASSERT(display_width(line) <= options.width);
      got += line;
    }
    std::erase(got, ' ');
    std::erase(wanted, ' ');
    RC_ASSERT(got == wanted);
  });
}

}  // namespace
}  // namespace pianola
