#include "pianola/data/csv_table.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(CsvTable, CellsAndQuotes) {
  std::vector<std::string> cells;
  EXPECT_TRUE(split_csv(R"(a,"b,c","d ""e""",,)", cells));
  EXPECT_EQ(cells, (std::vector<std::string>{"a", "b,c", "d \"e\"", "", ""}));
  EXPECT_FALSE(split_csv(R"(a,"b)", cells));
  for (const char* text : {"plain", "a,b", "say \"x\"", ""}) {
    EXPECT_TRUE(split_csv(csv_cell(text), cells));
    EXPECT_EQ(cells, std::vector<std::string>{text});
  }
}

TEST(CsvTable, RowsFromAnyPlace) {
  const test::TemporaryFolder folder;
  {
    std::ofstream file(folder.file("a.csv"));
    file << "x,word,y\r\n";
    for (int i = 0; i < 5000; ++i) file << i << ",w," << 0.5 * i << (i % 2 == 0 ? "\r\n" : "\n");
  }
  CsvTable table(folder.file("a.csv"));
  table.leave_out(1);
  ASSERT_EQ(table.rows(), 5000u);
  for (const std::size_t row : {4999u, 0u, 1023u, 1024u, 3000u}) {
    EXPECT_EQ(table.numbers(row)[0], static_cast<double>(row));
    EXPECT_EQ(table.numbers(row)[2], 0.5 * static_cast<double>(row));
  }
}

TEST(CsvTable, BadRowsAreNamed) {
  const test::TemporaryFolder folder;
  const auto refusal = [&](const std::string& text) {
    std::ofstream(folder.file("a.csv")) << text;
    return message_of<DataError>([&] {
      CsvTable table(folder.file("a.csv"));
      for (std::size_t i = 0; i < table.rows(); ++i) (void)table.numbers(i);
    });
  };
  expect_parts(refusal(""), {"a.csv", "header"});
  expect_parts(refusal("a,b\n1,2\n3\n"), {"a.csv, row 1", "1 fields", "header has 2"});
  expect_parts(refusal("a,b\n1,\"2\n"), {"open quote"});
  expect_parts(refusal("a,b\n1,2\n1,2x\n"), {"row 1", "column 'b'", "'2x'"});
  expect_parts(refusal("a,b\n1,\n"), {"column 'b'", "''"});
  EXPECT_THROW(CsvTable(folder.file("no.csv")), DataError);
}

}  // namespace
}  // namespace pianola
