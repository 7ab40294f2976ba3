#include "pianola/data/npz.hpp"

#include <gtest/gtest.h>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(NpzDataset, ArchivesOfNumpy) {
  for (const char* path : {"npz/d4rl.npz", "npz/compressed.npz"}) {
    const auto reader = open_dataset(test::golden(path));
    EXPECT_EQ(reader->info().format, "npz");
    EXPECT_EQ(reader->info().observation_bits, 32);
    test::expect_golden(*reader);
  }
  const auto ends = open_dataset(test::golden("npz/ends.npz"));  // big-endian rewards, actions in Fortran order
  test::expect_golden(*ends, {.next = false, .dones = false, .outcomes = false});
}

TEST(NpzDataset, WhatIsWrittenComesBack) {
  const test::TemporaryFolder folder;
  const auto writer = create_dataset(folder.file("a.npz"), test::rich_info());
  test::write_rich(*writer);
  EXPECT_TRUE(writer->lost().empty());
  test::expect_rich(*open_dataset(folder.file("a.npz")));
  EXPECT_EQ(open_dataset(folder.file("a.npz"), {.subset = "valid"})->read(0).name, "session 1");
  EXPECT_EQ(open_dataset(folder.file("a.npz"), {.observation = {"arm"}})->info().observation_dim, 3u);
}

TEST(NpzDataset, OtherArchivesAreNone) {
  const auto message =
      test::message_of<DataError>([] { (void)open_dataset(test::golden("zarr/packed.zarr.zip"), {.format = "npz"}); });
  EXPECT_NE(message.find("packed.zarr.zip"), std::string::npos);
  EXPECT_EQ(detect_npz(test::golden("zarr/packed.zarr.zip")), "the archive holds no .npy array");
  EXPECT_EQ(detect_npz(test::golden("rlds")), "it is no regular file");
}

}  // namespace
}  // namespace pianola
