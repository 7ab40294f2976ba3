#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/parquet_numbers.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

std::string small_file(const std::string& path) {
  ParquetWriter writer(path, {{"x", "float32", 3}, {"n", "int64"}, {"text", "string"}});
  const std::vector<double> x{1, 2, 3, 4, 5, 6}, n{7, 8};
  const std::vector<std::string> texts{"a", "b"};
  writer.write(2, std::vector<ParquetValues>{std::span(x), std::span(n), std::span(texts)});
  writer.finish();
  return path;
}

TEST(ParquetFile, ListsItsColumns) {
  const test::TemporaryFolder folder;
  const ParquetFile file(small_file(folder.file("a.parquet")));
  ASSERT_EQ(file.columns().size(), 3u);
  EXPECT_EQ(file.rows(), 2u);
  EXPECT_EQ(file.column("x").type, "float32");
  EXPECT_EQ(file.column("x").depth, 1u);
  EXPECT_TRUE(file.column("n").is_number);
  EXPECT_TRUE(file.column("text").is_text);
  EXPECT_EQ(file.find("y"), nullptr);
  expect_parts(message_of<DataError>([&] { (void)file.column("y"); }), {"a.parquet", "'y'", "x, n, text"});
  expect_parts(message_of<DataError>([&] { ParquetNumbers(file, "text", {}); }),
               {"'text' must hold numbers", "string"});
}

TEST(ParquetFile, WhatIsNoParquet) {
  const test::TemporaryFolder folder;
  expect_parts(message_of<DataError>([&] { ParquetFile(folder.file("no.parquet")); }), {"no.parquet", "No such file"});
  std::ofstream(folder.file("empty.parquet"));
  expect_parts(message_of<DataError>([&] { ParquetFile(folder.file("empty.parquet")); }), {"empty.parquet", "damaged"});
  std::ofstream(folder.file("text.parquet")) << std::string(100, 'x');
  expect_parts(message_of<DataError>([&] { ParquetFile(folder.file("text.parquet")); }), {"text.parquet", "damaged"});
}

/// Every length of a cut file, and every byte changed, is an error or reads within bounds; run under ASan by hand too.
TEST(ParquetFile, CutsAndChangedBytes) {
  const test::TemporaryFolder folder;
  const std::string whole = read_file(small_file(folder.file("a.parquet")));
  const auto try_to_read = [&](const std::string& content) {
    std::ofstream(folder.file("b.parquet"), std::ios::binary) << content;
    try {
      const ParquetFile file(folder.file("b.parquet"));
      std::vector<double> out(6);
      ParquetNumbers(file, "x", {3}).read(std::min<std::size_t>(file.rows(), 2), out, 3, 0);
      ParquetNumbers(file, "n", {}).read(std::min<std::size_t>(file.rows(), 2), out, 1, 0);
      return true;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("b.parquet"), std::string::npos) << error.what();
      return false;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 7) EXPECT_FALSE(try_to_read(whole.substr(0, size))) << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    (void)try_to_read(changed);
  }
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
