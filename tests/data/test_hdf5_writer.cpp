#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "data/limited_disk.hpp"
#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(Hdf5Writer, NumbersAndAttributesComeBack) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  const std::vector<double> exact{0.1, -0.0, 1e300, std::numeric_limits<double>::denorm_min(), 5.0, 6.0};
  const std::vector<double> narrow{0.5, -0.0, 3.0f, static_cast<double>(0.1f)};
  Hdf5Writer writer(path);
  writer.group("/a/b");
  writer.numbers("/a/b/exact", exact, 3, Hdf5Width::exact);
  writer.numbers("/a/compact", narrow, 2, Hdf5Width::compact);
  writer.numbers("/a/too_wide", exact, 0, Hdf5Width::compact);
  writer.numbers("/flags", std::vector<double>{0.0, 1.0}, 0, Hdf5Width::flags);
  writer.attribute("/a", "text", "größer — 大");
  writer.attribute("/a", "empty", "");
  writer.attribute("/a/b", "count", std::int64_t{-5});
  writer.attribute("/a/b", "range", std::span<const double>(narrow));
  EXPECT_FALSE(std::filesystem::exists(path)) << "nothing appears before finish()";
  writer.finish();
  EXPECT_EQ(folder.files(), 1u);
  const Hdf5File file(path);
  EXPECT_EQ(file.read("/a/b/exact"), exact);
  EXPECT_TRUE(std::signbit(file.read("/a/b/exact")[1]));
  EXPECT_EQ(file.dataset("/a/b/exact").dims_text(), "[2, 3]");
  EXPECT_EQ(file.read("/a/compact"), narrow);
  EXPECT_EQ(file.dataset("/a/compact").bits(), 32);
  EXPECT_EQ(file.read("/a/too_wide"), exact);
  EXPECT_EQ(file.dataset("/a/too_wide").bits(), 64) << "float32 would have lost something";
  EXPECT_EQ(file.read("/flags"), (std::vector<double>{0.0, 1.0}));
  EXPECT_EQ(file.attribute("/a", "text"), "größer — 大");
  EXPECT_EQ(file.attribute("/a", "empty"), "");
  EXPECT_EQ(file.attribute("/a/b", "count"), "-5");
  EXPECT_EQ(file.numbers("/a/b", "range"), narrow);
}

/// Seconds since 1970, 0 where none are stored.
std::int64_t modified(hid_t file, const char* place) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  EXPECT_GE(H5Oget_info_by_name3(file, place, &info, H5O_INFO_TIME, H5P_DEFAULT), 0);
#else
  H5O_info_t info;
  EXPECT_GE(H5Oget_info_by_name2(file, place, &info, H5O_INFO_TIME, H5P_DEFAULT), 0);
#endif
  return info.mtime;
}

TEST(Hdf5Writer, NothingKnowsWhenItWasWritten) {
  const test::TemporaryFolder folder;
  const auto write = [&](const std::string& name) {
    Hdf5Writer writer(folder.file(name));
    writer.group("/a");
    writer.numbers("/a/b/x", test::halves(10), 0, Hdf5Width::exact);
    writer.attribute("/a", "text", "some");
    writer.finish();
    std::ifstream in(folder.file(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_TRUE(write("one.hdf5") == write("two.hdf5"));
  const hid_t file = H5Fopen(folder.file("one.hdf5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  for (const char* place : {"/a", "/a/b", "/a/b/x"}) {  // seconds since 1970: equal bytes alone would pass in a hurry
    EXPECT_EQ(modified(file, place), 0) << place;
  }
  H5Fclose(file);
}

TEST(Hdf5Writer, UnfinishedLeavesNothing) {
  const test::TemporaryFolder folder;
  {
    Hdf5Writer writer(folder.file("a.hdf5"));
    writer.numbers("/x", test::halves(100), 0, Hdf5Width::exact);
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(Hdf5Writer, AFullDiskIsAResourceErrorAndTheOldFileStays) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  std::ofstream(path) << "old";
  for (const rlim_t bytes : {0, 500, 3000, 9000, 79000}) {
    const std::string message = message_of<ResourceError>([&] {
      const test::LimitedDisk disk(bytes);
      Hdf5Writer writer(path);
      for (int i = 0; i < 10; ++i) writer.numbers("/g/x" + std::to_string(i), test::halves(1000), 0, Hdf5Width::exact);
      writer.finish();
    });
    expect_parts(message, {"a.hdf5", "File too large", "free some space", "untouched"});
    EXPECT_EQ(folder.files(), 1u) << "no temporary file stays";
  }
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "old");
}

TEST(Hdf5Writer, AFolderThatIsMissing) {
  expect_parts(message_of<ResourceError>([] { Hdf5Writer writer("/no/such/folder/a.hdf5"); }),
               {"/no/such/folder/a.hdf5", "No such file or directory); make the folder first"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
