#include "pianola/data/zarr_sink.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/limited_disk.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/zarr_array.hpp"
#include "pianola/data/zarr_store.hpp"

namespace pianola {
namespace {

void write(const std::string& path, std::size_t steps) {
  ZarrSink sink(path);
  const FlatColumn columns[] = {{"a", 3, false, "float64"}, {"b", 1, true, "int8"}};
  sink.open(columns);
  std::vector<double> a(3 * steps), b(steps);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<double>(i);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<double>(i % 100);
  const std::span<const double> values[] = {a, b};
  sink.append(values, steps);
  const std::vector<std::size_t> ends{steps};
  sink.finish(ends, "{}");
}

TEST(ZarrSink, ManyChunks) {
  const test::TemporaryFolder folder;
  constexpr std::size_t kSteps = 7000;  // more than two chunks of 64 KiB
  write(folder.file("a.zarr"), kSteps);
  const auto store = open_zarr_store(folder.file("a.zarr"));
  ZarrArray array(*store, "a", "data/a", "a");
  ASSERT_EQ(array.rows(), kSteps);
  EXPECT_TRUE(store->has("data/a/2.0"));
  std::vector<double> out(3 * kSteps);
  array.read(0, out);
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], static_cast<double>(i));
  ZarrArray flags(*store, "a", "data/b", "b");
  EXPECT_TRUE(flags.field().shape.empty());
  EXPECT_EQ(flags.field().type, "int8");
}

TEST(ZarrSink, AFullDiskLeavesNothing) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(
      {
        const test::LimitedDisk disk(100);
        write(folder.file("a.zarr"), 7000);
      },
      ResourceError);
  EXPECT_EQ(folder.files(), 0u);
}

}  // namespace
}  // namespace pianola
