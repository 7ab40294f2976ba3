#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_numbers.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/parquet_writer.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

/// A file with x: float32[dim], n: int64; row r holds r·dim … and r. One row group for each of `groups`.
std::string write_rows(const std::string& path, std::size_t dim, std::span<const std::size_t> groups) {
  ParquetWriter writer(path, {{"x", "float32", dim}, {"n", "int64"}});
  double next = 0.0, row = 0.0;
  for (const std::size_t rows : groups) {
    std::vector<double> x(rows * dim), n(rows);
    for (double& value : x) value = next++;
    for (double& value : n) value = row++;
    writer.write(rows, std::vector<ParquetValues>{std::span<const double>(x), std::span<const double>(n)});
  }
  writer.finish();
  return path;
}

TEST(ParquetNumbers, ReadsWithinAndAcrossRowGroupsIntoAnyColumns) {
  const test::TemporaryFolder folder;
  const ParquetFile file(write_rows(folder.file("a.parquet"), 3, std::vector<std::size_t>{2, 5, 1}));
  ParquetNumbers x(file, "x", {3});
  std::vector<double> out(8 * 4, -1.0);
  x.read(8, out, 4, 1);
  for (std::size_t r = 0; r < 8; ++r) {
    EXPECT_EQ(out[r * 4], -1.0);
    for (std::size_t d = 0; d < 3; ++d) EXPECT_EQ(out[r * 4 + 1 + d], static_cast<double>(r * 3 + d));
  }
  expect_parts(message_of<DataError>([&] { x.read(1, out, 4, 1); }), {"column 'x'", "ends at row 8"});
}

TEST(ParquetNumbers, AnyOrderOfReadingGivesTheSameRows) {
  const test::TemporaryFolder folder;
  const ParquetFile file(write_rows(folder.file("a.parquet"), 2, std::vector<std::size_t>{4, 6000, 1, 300}));
  test::property([&] {
    ParquetNumbers x(file, "x", {2});
    for (int i = 0; i < 6; ++i) {
      const auto first = *rc::gen::inRange<std::size_t>(0, file.rows());
      const auto rows = *rc::gen::inRange<std::size_t>(0, file.rows() - first + 1);
      x.seek(first);
      std::vector<double> out(rows * 2), expected(rows * 2);
      x.read(rows, out, 2, 0);
      std::iota(expected.begin(), expected.end(), static_cast<double>(first * 2));
      RC_ASSERT(out == expected);
      RC_ASSERT(x.row() == first + rows);
    }
  });
}

TEST(ParquetNumbers, ShapesThatDoNotFit) {
  const test::TemporaryFolder folder;
  const ParquetFile file(write_rows(folder.file("a.parquet"), 3, std::vector<std::size_t>{5000}));
  std::vector<double> out(20000);
  expect_parts(message_of<DataError>([&] { ParquetNumbers(file, "x", {2}).read(10, out, 2, 0); }),
               {"column 'x'", "row 1", "shape [2]"});
  expect_parts(message_of<DataError>([&] { ParquetNumbers(file, "x", {4}).read(10, out, 4, 0); }),
               {"column 'x'", "row 0", "value 3 is missing", "shape [4]"});
  expect_parts(message_of<DataError>([&] { ParquetNumbers(file, "n", {4}); }), {"one value a row", "[4]"});
  expect_parts(message_of<DataError>([&] { ParquetNumbers(file, "y", {}); }), {"no column 'y'", "it has: x, n"});
  expect_parts(message_of<UsageError>([&] { ParquetNumbers(file, "n", {}).seek(5001); }), {"no row 5001"});
}

TEST(ParquetNumbers, RaggedRowsAreNamed) {
  const test::TemporaryFolder folder;
  const auto error_of = [&](std::vector<std::vector<double>> rows) {
    const std::string path = folder.file("ragged.parquet");
    ParquetWriter writer(path, {{"x", "float32", 0, true}});
    writer.write(rows.size(), std::vector<ParquetValues>{std::span<const std::vector<double>>(rows)});
    writer.finish();
    std::vector<double> out(rows.size() * 2);
    return message_of<DataError>([&] { ParquetNumbers(ParquetFile(path), "x", {2}).read(rows.size(), out, 2, 0); });
  };
  expect_parts(error_of({{1, 2}, {3}, {4, 5}}), {"row 1", "value 1 is missing"});
  expect_parts(error_of({{1, 2}, {3, 4, 5}, {6, 7}}), {"row 2", "begins or ends a list"});
  expect_parts(error_of({{1, 2}, {}, {4, 5}}), {"row 1", "null, or an empty list"});
  expect_parts(error_of({{1, 2}, {3, 4, 5}}), {"row 1", "more values than its shape"});
  expect_parts(error_of({{1, 2}, {3}}), {"ends within row 1"});
}

TEST(ParquetNumbers, IntegersThatNoDoubleHolds) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("wide.parquet");
  ParquetWriter writer(path, {{"n", "int64"}});
  const std::vector<double> n{9007199254740992.0, 9007199254740994.0};
  writer.write(2, std::vector<ParquetValues>{std::span<const double>(n)});
  writer.finish();
  std::vector<double> out(2);
  expect_parts(message_of<DataError>([&] { ParquetNumbers(ParquetFile(path), "n", {}).read(2, out, 1, 0); }),
               {"column 'n'", "row 1", "9007199254740994", "2^53"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
