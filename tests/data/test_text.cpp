#include "pianola/data/text.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

std::string message_of(const std::string& text) {
  try {
    decode_utf8(text, "t.txt");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Text, IsTheNextCharacterGivenTheOneBefore) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("abc.txt");
  write_file(path, "bañana\n");
  const auto reader = open_dataset(path);
  EXPECT_EQ(reader->info().format, "text");
  EXPECT_EQ(reader->info().attributes.at("characters"), "\nabnñ");  // by code point
  const Trajectory t = reader->read(0);
  EXPECT_EQ(t.steps, 6U);
  EXPECT_EQ(t.observations, (std::vector<double>{2, 1, 4, 1, 3, 1}));
  EXPECT_EQ(t.actions, (std::vector<double>{1, 4, 1, 3, 1, 0}));
}

TEST(Text, DecodesEveryLengthOfUtf8) {
  EXPECT_EQ(decode_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E", ""),
            (std::vector<char32_t>{U'a', U'\u00E9', U'\u20AC', U'\U0001D11E'}));
  EXPECT_EQ(decode_utf8(std::string("\0x", 2), ""), (std::vector<char32_t>{0, U'x'}));
  EXPECT_EQ(encode_utf8(U'a') + encode_utf8(U'\u00E9') + encode_utf8(U'\u20AC') + encode_utf8(U'\U0001D11E'),
            "a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E");
}

TEST(Text, WhatIsNoUtf8IsAnErrorThatNamesTheByte) {
  for (const char* bad : {"ab\xFF", "ab\x80", "ab\xC0\x80", "ab\xE0\x80\x80", "ab\xED\xA0\x80", "ab\xF4\x90\x80\x80",
                          "ab\xC3", "ab\xE2\x82", "ab\xC3(", "ab\xF8\x88\x80\x80"}) {
    EXPECT_NE(message_of(bad).find("t.txt: byte 2 "), std::string::npos) << message_of(bad);
  }
  EXPECT_EQ(message_of("ab\xEF\xBF\xBD"), "");
}

TEST(Text, RefusesTextsThatAreTooShortAndOptionsTheyDoNotHave) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  write_file(path, "a");
  EXPECT_THROW(open_dataset(path), DataError);
  write_file(path, "ab");
  EXPECT_THROW(open_dataset(path, {.observation = {"x"}}), UsageError);
  EXPECT_EQ(open_dataset(path, {.actions_only = true})->info().observation_dim, 0U);
}

}  // namespace
}  // namespace pianola
