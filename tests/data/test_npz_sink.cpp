#include "pianola/data/npz_sink.hpp"

#include <gtest/gtest.h>

#include "data/limited_disk.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/zip_archive.hpp"

namespace pianola {
namespace {

std::vector<FlatColumn> columns() { return {{"a", 2, false, "float32"}, {"b", 1, true, "int8"}}; }

void write(const std::string& path, double last) {
  NpzSink sink(path);
  sink.open(columns());
  const std::vector<double> a{1, 2, 3, 4}, b{5, last};
  const std::span<const double> values[] = {a, b};
  sink.append(values, 2);
  sink.append(values, 2);
  const std::vector<std::size_t> ends{2, 4};
  sink.finish(ends, "{}");
}

TEST(NpzSink, ArraysOfAllRows) {
  const test::TemporaryFolder folder;
  write(folder.file("a.npz"), 6);
  const ZipArchive archive(folder.file("a.npz"));
  ASSERT_EQ(archive.members().size(), 4u);
  const std::string bytes = archive.read(*archive.find("a.npy"));
  EXPECT_EQ(parse_npy_header(bytes, "a").shape, (std::vector<std::size_t>{4, 2}));
  EXPECT_EQ(bytes.size(), parse_npy_header(bytes, "a").size + 32);
  EXPECT_EQ(parse_npy_header(archive.read(*archive.find("b.npy")), "a").shape, std::vector<std::size_t>{4});
  EXPECT_EQ(archive.read(*archive.find(kNpzNote)), "{}");
  EXPECT_EQ(folder.files(), 1u) << "temporary files are gone";
}

TEST(NpzSink, AFullDiskAndNumbersThatDoNotFit) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(write(folder.file("a.npz"), 0.5), DataError);
  EXPECT_THROW(
      {
        const test::LimitedDisk disk(100);
        write(folder.file("a.npz"), 6);
      },
      ResourceError);
  EXPECT_EQ(folder.files(), 0u);
}

}  // namespace
}  // namespace pianola
