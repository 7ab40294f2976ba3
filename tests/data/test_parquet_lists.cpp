#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_lists.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/parquet_writer.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(ParquetLists, ManyRowsAndGroups) {
  const test::TemporaryFolder folder;
  ParquetWriter writer(folder.file("a.parquet"), {{"lists", "float64", 0, true}, {"n", "int32"}, {"text", "string"}});
  std::vector<std::vector<double>> all;
  for (std::size_t group = 0; group < 3; ++group) {
    std::vector<std::vector<double>> lists(3000);
    for (std::size_t i = 0; i < lists.size(); ++i) lists[i].assign((i + group) % 4, static_cast<double>(i));
    const std::vector<double> numbers(lists.size(), 5.0);
    const std::vector<std::string> texts(lists.size(), "t");
    writer.write(lists.size(), std::vector<ParquetValues>{std::span<const std::vector<double>>(lists),
                                                          std::span(numbers), std::span(texts)});
    all.insert(all.end(), lists.begin(), lists.end());
  }
  writer.finish();
  const ParquetFile file(folder.file("a.parquet"));
  EXPECT_EQ(parquet_lists(file, "lists"), all);
  EXPECT_EQ(parquet_lists(file, "n"), std::vector<std::vector<double>>(9000, {5.0}));
  EXPECT_EQ(parquet_texts(file, "text").size(), 9000u);
  expect_parts(message_of<DataError>([&] { (void)parquet_texts(file, "n"); }), {"'n' must hold texts", "int32"});
  expect_parts(message_of<DataError>([&] { (void)parquet_lists(file, "text"); }), {"'text' must hold numbers"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
