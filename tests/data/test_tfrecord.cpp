#include "pianola/data/tfrecord.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

const char* const kFile = "rlds/golden-test.tfrecord-00000-of-00001";

TEST(TfRecord, ARecordOfTensorflow) {
  TfRecordFile file(test::golden(kFile));
  ASSERT_EQ(file.size(), 1u);
  const auto features = parse_tf_example(file.read(0), "a");
  EXPECT_EQ(features.at("steps/is_last").numbers, (std::vector<double>{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(features.at("steps/action").numbers.size(), 12u);
  EXPECT_EQ(features.at("steps/language_instruction").texts, 6u);
}

TEST(TfRecord, TruncatedAndDamagedFilesAreErrors) {
  const test::TemporaryFolder folder;
  const std::string whole = read_file(test::golden(kFile)), path = folder.file("a.tfrecord");
  const auto fails = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      TfRecordFile file(path);
      for (std::size_t i = 0; i < file.size(); ++i) (void)file.read(i);
      return false;
    } catch (const DataError& error) {
      return std::string(error.what()).find("a.tfrecord") != std::string::npos;
    }
  };
  for (std::size_t size = 1; size < whole.size(); size += 7) ASSERT_TRUE(fails(whole.substr(0, size))) << size;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    ASSERT_TRUE(fails(bytes)) << at;
  }
}

TEST(TfRecord, DamagedMessagesAreErrorsOrFeatures) {
  const std::string whole = TfRecordFile(test::golden(kFile)).read(0);
  int errors = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\xff', '\x00', '\x7a'}) {
      std::string bytes = whole;
      bytes[at] = byte;
      try {
        (void)parse_tf_example(bytes, "a");
      } catch (const DataError&) {
        ++errors;
      }
    }
    try {
      (void)parse_tf_example(std::string_view(whole).substr(0, at), "a");
    } catch (const DataError&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 100);
  EXPECT_TRUE(parse_tf_example("", "a").empty());
  // 2⁶³ in an Int64List; a length of 2⁶⁴ − 1.
  EXPECT_THROW(
      (void)parse_tf_example(
          std::string("\x0a\x12\x0a\x10\x0a\x00\x12\x0c\x1a\x0b\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 21)
              .substr(0, 20),
          "a"),
      DataError);
  EXPECT_THROW((void)parse_tf_example("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a"), DataError);
}

}  // namespace
}  // namespace pianola
