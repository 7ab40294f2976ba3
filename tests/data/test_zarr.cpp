#include "pianola/data/zarr.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(Zarr, DatasetsOfZarrInEveryCompressor) {
  for (const char* name :
       {"none.zarr", "zstd.zarr", "zlib.zarr", "blosc_lz4.zarr", "blosc_zstd.zarr", "packed.zarr.zip"}) {
    const auto reader = open_dataset(test::golden(std::string("zarr/") + name));
    EXPECT_EQ(reader->info().format, "zarr") << name;
    test::expect_golden(*reader, {.rewards = false, .next = false, .dones = false, .outcomes = false});
    EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"n_contacts", 1, "int64"}}));
    EXPECT_EQ(reader->info().unread, std::vector<std::string>{"img: no vector a step"});
    EXPECT_EQ(reader->info().action_bits, 32);
    EXPECT_EQ(open_dataset(test::golden(std::string("zarr/") + name), {.observation = {"n_contacts", "state"}})
                  ->info()
                  .observation_dim,
              4u);
  }
}

TEST(Zarr, WhatIsWrittenComesBack) {
  const test::TemporaryFolder folder;
  const auto writer = create_dataset(folder.file("a.zarr"), test::rich_info());
  test::write_rich(*writer);
  EXPECT_TRUE(writer->lost().empty());
  test::expect_rich(*open_dataset(folder.file("a.zarr")));
  EXPECT_THROW((void)create_dataset(folder.file("a.zarr"), test::rich_info()), ResourceError);
}

TEST(Zarr, EpisodesThatDoNotAddUpAndMissingPieces) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.zarr");
  std::filesystem::copy(test::golden("zarr/none.zarr"), path, std::filesystem::copy_options::recursive);
  std::filesystem::remove(path + "/data/state/2.0");
  test::expect_parts(test::message_of<DataError>([&] { (void)open_dataset(path); }),
                     {"a.zarr", "data/state/2.0", "missing"});
  std::filesystem::remove(path + "/meta/episode_ends/.zarray");
  test::expect_parts(test::message_of<DataError>([&] { (void)open_dataset(path); }),
                     {"zarr: it has no array meta/episode_ends"});
}

}  // namespace
}  // namespace pianola
