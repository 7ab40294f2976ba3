#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_writer.hpp"

#include <gtest/gtest.h>

#include "data/limited_disk.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/parquet_lists.hpp"
#include "pianola/data/parquet_numbers.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(ParquetWriter, EveryTypeComesBack) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.parquet");
  const std::vector<std::string> types{"float32", "float64", "bool",   "int8",   "int16", "int32",
                                       "int64",   "uint8",   "uint16", "uint32", "uint64"};
  const std::vector<double> values{0.0, 1.0, 1.0};
  std::vector<ParquetField> fields;
  for (const std::string& type : types) fields.push_back({type, type});
  ParquetWriter writer(path, fields, {{"huggingface", "{}"}});
  writer.write(3, std::vector<ParquetValues>(types.size(), std::span<const double>(values)));
  writer.finish();
  const ParquetFile file(path);
  ASSERT_EQ(file.rows(), 3u);
  for (std::size_t i = 0; i < types.size(); ++i) {
    EXPECT_EQ(file.columns()[i].type, types[i]);
    std::vector<double> read(3);
    ParquetNumbers(file, types[i], {}).read(3, read, 1, 0);
    EXPECT_EQ(read, values) << types[i];
  }
}

TEST(ParquetWriter, TextsAndListsOfAnyLength) {
  const test::TemporaryFolder folder;
  const std::vector<std::string> texts{"a", "", "β"};
  const std::vector<std::vector<double>> numbers{{1.5}, {}, {2.0, 3.0}};
  const std::vector<std::vector<std::string>> lists{{"x", "y"}, {}, {"z"}};
  ParquetWriter writer(folder.file("a.parquet"),
                       {{"texts", "string"}, {"numbers", "float64", 0, true}, {"lists", "string", 0, true}});
  writer.write(3, std::vector<ParquetValues>{std::span(texts), std::span(numbers), std::span(lists)});
  writer.finish();
  const ParquetFile file(folder.file("a.parquet"));
  EXPECT_EQ(parquet_texts(file, "texts"), (std::vector<std::vector<std::string>>{{"a"}, {""}, {"β"}}));
  EXPECT_EQ(parquet_lists(file, "numbers"), numbers);
  EXPECT_EQ(parquet_texts(file, "lists"), lists);
}

TEST(ParquetWriter, ValuesThatATypeCannotHold) {
  const test::TemporaryFolder folder;
  const auto error_of = [&](const char* type, double value) {
    ParquetWriter writer(folder.file("a.parquet"), {{"x", type}});
    const std::vector<double> values{0.0, value};
    return message_of<DataError>([&] { writer.write(2, std::vector<ParquetValues>{std::span(values)}); });
  };
  expect_parts(error_of("int64", 1.5), {"a.parquet", "column 'x'", "row 1", "1.5 is no int64"});
  expect_parts(error_of("uint8", 256.0), {"256 is no uint8"});
  expect_parts(error_of("int8", -129.0), {"-129 is no int8"});
  expect_parts(error_of("bool", 2.0), {"2 is no bool"});
  expect_parts(error_of("int64", 9.3e18), {"is no int64"});
  expect_parts(message_of<UsageError>([&] {
                 ParquetWriter(folder.file("a.parquet"), {{"x", "float23"}});
               }),
               {"float23", "did you mean 'float32'"});
}

TEST(ParquetWriter, AFullDiskIsNamed) {
  const test::TemporaryFolder folder;
  const std::vector<double> values(std::size_t{1} << 18, 0.1);
  std::vector<double> noise(values);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<double>(i) * 1.1;
  ParquetWriter writer(folder.file("a.parquet"), {{"x", "float64"}});
  const test::LimitedDisk limit(4096);
  expect_parts(message_of<ResourceError>([&] {
                 writer.write(noise.size(), std::vector<ParquetValues>{std::span<const double>(noise)});
                 writer.finish();
               }),
               {"a.parquet"});
  expect_parts(message_of<ResourceError>([&] {
                 ParquetWriter(folder.file("no/a.parquet"), {{"x", "bool"}});
               }),
               {"no/a.parquet", "make the folder first"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
