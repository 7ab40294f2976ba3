#include "pianola/data/zip_archive.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

TEST(ZipArchive, CyclicRedundancyOfTheStandardCheckString) { EXPECT_EQ(crc32("123456789"), 0xCBF43926u); }

TEST(ZipArchive, StoredAndDeflatedMembersFromAnyPlace) {
  const ZipArchive plain(test::golden("npz/d4rl.npz")), packed(test::golden("npz/compressed.npz"));
  ASSERT_NE(plain.find("actions.npy"), nullptr);
  ASSERT_NE(packed.find("actions.npy"), nullptr);
  EXPECT_EQ(packed.find("actions.npy")->method, 8);
  EXPECT_EQ(plain.find("nothing"), nullptr);
  const std::string bytes = plain.read(*plain.find("actions.npy"));
  EXPECT_EQ(packed.read(*packed.find("actions.npy")), bytes);
  for (const ZipArchive* archive : {&plain, &packed}) {
    ZipCursor cursor(archive->path(), *archive->find("actions.npy"));
    for (const std::size_t at : {100u, 30u, 0u, 31u, 200u}) {
      std::string part(20, '\0');
      cursor.read(at, part);
      EXPECT_EQ(part, bytes.substr(at, 20)) << at;
    }
    std::string part(20, '\0');
    EXPECT_THROW(cursor.read(bytes.size() - 19, part), DataError);
  }
}

TEST(ZipArchive, EveryTruncationIsAnErrorThatNamesTheFile) {
  const test::TemporaryFolder folder;
  const std::string whole = read_file(test::golden("npz/compressed.npz")), path = folder.file("a.npz");
  for (std::size_t size = 0; size < whole.size(); size += 13) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    const std::string message = test::message_of<DataError>([&] {
      const ZipArchive archive(path);
      for (const ZipMember& member : archive.members()) (void)archive.read(member);
    });
    ASSERT_NE(message.find("a.npz"), std::string::npos) << size;
  }
}

TEST(ZipArchive, FlippedBytesAreErrorsOrTheSameBytes) {
  const test::TemporaryFolder folder;
  const std::string whole = read_file(test::golden("npz/compressed.npz")), path = folder.file("a.npz");
  const std::string wanted =
      ZipArchive(test::golden("npz/compressed.npz")).read(ZipArchive(test::golden("npz/compressed.npz")).members()[0]);
  int errors = 0;
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      const ZipArchive archive(path);
      const ZipMember* member = archive.find("observations.npy");
      if (member != nullptr) {
        ASSERT_EQ(archive.read(*member), wanted) << at;
      }
    } catch (const DataError&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 50);
}

TEST(ZipArchive, Signature) {
  EXPECT_TRUE(has_zip_signature(test::golden("npz/d4rl.npz")));
  EXPECT_FALSE(has_zip_signature(test::golden("zarr")));
  EXPECT_FALSE(has_zip_signature("/no/such/file"));
}

}  // namespace
}  // namespace pianola
