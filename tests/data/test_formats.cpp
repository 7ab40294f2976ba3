#include "pianola/data/formats.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

DatasetInfo one_dimension() {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  return info;
}

TEST(Formats, EntriesAreComplete) {
  std::set<std::string> names;
  for (const FormatEntry& entry : formats()) {
    EXPECT_FALSE(entry.summary.empty());
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " twice";
    EXPECT_NE(entry.detect, nullptr);
    EXPECT_EQ(entry.can_read, entry.open != nullptr);
    EXPECT_EQ(entry.can_write, entry.create != nullptr);
  }
}

TEST(Formats, MissingFile) {
  expect_parts(message_of<DataError>([] { (void)open_dataset("/no/such/file.hdf5"); }),
               {"/no/such/file.hdf5", "no such file", "check the path"});
}

#ifdef PIANOLA_WITH_HDF5

TEST(Formats, NoFormatFitsSaysWhyForEach) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("notes.md")) << "not a dataset";
  expect_parts(message_of<DataError>([&] { (void)open_dataset(folder.file("notes.md")); }),
               {"notes.md", "robomimic: it does not begin with HDF5's signature"});
  expect_parts(message_of<DataError>([&] { (void)open_dataset(folder.file("")); }),
               {"robomimic: it is no regular file"});
}

TEST(Formats, FormatByExtensionOrName) {
  const test::TemporaryFolder folder;
  EXPECT_NE(create_dataset(folder.file("a.hdf5"), one_dimension()), nullptr);
  EXPECT_NE(create_dataset(folder.file("a.h5"), one_dimension()), nullptr);
  EXPECT_NE(create_dataset(folder.file("a.data"), one_dimension(), "robomimic"), nullptr);
  expect_parts(message_of<UsageError>([&] { (void)create_dataset(folder.file("a.dat"), one_dimension()); }),
               {"a.dat", "'.dat'", ".hdf5 (robomimic)"});
  expect_parts(
      message_of<UsageError>([&] { (void)create_dataset(folder.file("a.hdf5"), one_dimension(), "robomimik"); }),
      {"no format named 'robomimik'", "did you mean 'robomimic'?"});
  EXPECT_EQ(folder.files(), 0u) << "unfinished files leave nothing";
}

#else

TEST(Formats, ABuildWithoutHdf5SaysSo) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("a.hdf5"), std::ios::binary) << "\x89HDF\r\n\x1a\n";
  expect_parts(message_of<DataError>([&] { (void)open_dataset(folder.file("a.hdf5")); }),
               {"a.hdf5", "this build has no HDF5", "PIANOLA_WITH_HDF5=ON"});
  expect_parts(message_of<UsageError>([&] { (void)create_dataset(folder.file("b.hdf5"), one_dimension()); }),
               {"this build has no HDF5"});
  expect_parts(message_of<UsageError>([&] { (void)create_dataset(folder.file("b"), one_dimension(), "robomimic"); }),
               {"this build has no HDF5"});
}

#endif

}  // namespace
}  // namespace pianola
