#include "pianola/report/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/terminal_text.hpp"
#include "property.hpp"

namespace pianola {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  const Table table{{"name", "n"}, {{"a", "1"}, {"long one", "1,000"}}, {false, true}};
  EXPECT_EQ(format_table(table),
            "name          n\n"
            "────────  ─────\n"
            "a             1\n"
            "long one  1,000\n");
}

TEST(Table, ColumnsAreMeasuredInColumnsNotBytes) {
  const Table table{{"‖x‖", "y"}, {{"日本", "1"}, {"ε", "2"}}, {}};
  const auto lines = lines_of(format_table(table));
  EXPECT_EQ(lines[2], "日本  1");
  EXPECT_EQ(lines[3], "ε     2");
}

TEST(Table, LongWordsAreWrappedAndNumbersStandOnTheFirstLine) {
  const Table table{{"controller", "return"},
                    {{"quantized uniform:bins=17,representatives=centre", "1.5"}, {"expert", "-2.5"}},
                    {false, true}};
  EXPECT_EQ(format_table(table, 36),
            "controller                  return\n"
            "──────────────────────────  ──────\n"
            "quantized uniform:bins=17,     1.5\n"
            "  representatives=centre\n"
            "expert                        -2.5\n");
}

TEST(Table, PartsOfSpecsStayWholeWhereTheyFit) {
  Table table{{"quantizer"}, {{"uniform:bins=1024,representatives=centre"}}, {false}};
  for (int i = 0; i < 9; ++i) {
    table.columns.push_back("column " + std::to_string(i));
    table.rows[0].emplace_back("1.234 ± 0.5");
    table.numeric.push_back(true);
  }
  for (const std::size_t width : {40U, 60U, 80U, 100U}) {
    const std::string text = format_table(table, width);
    EXPECT_NE(text.find("uniform:bins=1024,"), std::string::npos) << text;
    EXPECT_NE(text.find("representatives=centre"), std::string::npos) << text;
  }
  const std::string narrow = format_table(table, 30);  // 24 and 13 do not fit
  EXPECT_EQ(narrow.find("representatives=centre"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("uniform:bins="), std::string::npos) << narrow;
}

TEST(Table, ASecondColumnOfWordsKeepsItsPartsToo) {
  const Table table{{"name", "quantizer", "n"},
                    {{"one", "uniform:bins=102400,atoms=true,representatives=centre", "1,234,567"}},
                    {false, false, true}};
  const std::string text = format_table(table, 31);
  EXPECT_NE(text.find("representatives=centre"), std::string::npos) << text;
}

TEST(Table, TitlesOfNumbersAreWrappedBeforeWordsAreCut) {
  const Table table{{"name", "saturated fraction"}, {{std::string(30, 'x'), "1"}}, {false, true}};
  EXPECT_EQ(format_table(table, 41),
            "                                saturated\n"
            "name                             fraction\n"
            "──────────────────────────────  ─────────\n"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx          1\n");
}

TEST(Table, ColumnsThatDoNotFitFollowBelow) {
  const Table table{{"name", "a", "b"}, {{"n", "11,111", "22,222"}}, {false, true, true}};
  EXPECT_EQ(format_table(table, 14),
            "name       a\n"
            "────  ──────\n"
            "n     11,111\n"
            "\n"
            "name       b\n"
            "────  ──────\n"
            "n     22,222\n");
}

Table any_table(const std::vector<std::string>& cells, std::size_t columns) {
  Table table;
  table.columns.assign(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(columns));
  for (std::size_t i = 0; i + columns <= cells.size(); i += columns) {
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(i);
    table.rows.emplace_back(first, first + static_cast<std::ptrdiff_t>(columns));
  }
  return table;
}

TEST(Table, FitsEveryWidthWithAnyContent) {
  test::property([](const std::vector<std::string>& cells, std::uint8_t width, bool numeric) {
    if (cells.empty()) return;
    const std::size_t columns = *rc::gen::inRange<std::size_t>(1, cells.size() + 1);
    Table table = any_table(cells, columns);
    table.numeric.assign(columns, numeric);
    for (const std::string& line : lines_of(format_table(table, width))) RC_ASSERT(display_width(line) <= width);
  });
}

TEST(Table, NoCharacterIsLost) {
  test::property([] {
    const auto cells = *rc::gen::nonEmpty<std::vector<std::string>>(
        rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::inRange('+', 'z'))));
    const std::size_t columns = *rc::gen::inRange<std::size_t>(1, std::min<std::size_t>(4, cells.size()) + 1);
    const Table table = any_table(cells, columns);
    std::string got = format_table(table, 80), wanted;
    for (const std::string& cell : table.columns) wanted += cell;
    for (const auto& row : table.rows) {
      for (const std::string& cell : row) wanted += cell;
    }
    std::erase_if(got, [](char c) { return c < '+' || c >= 'z'; });
    std::sort(got.begin(), got.end());
    std::sort(wanted.begin(), wanted.end());
    RC_ASSERT(got == wanted);
  });
}

TEST(Table, AHundredColumnsAreTheDefault) {
  const Table table{{"a", "b"}, {{std::string(300, 'x'), std::string(300, 'y')}}, {}};
  for (const std::string& line : lines_of(format_table(table))) EXPECT_LE(display_width(line), 100U);
}

TEST(Table, NarrowColumnsKeepTheirTextWhenOneIsWide) {
  const Table table{{"name", "n"}, {{std::string(300, 'x'), "12,345"}}, {false, true}};
  EXPECT_TRUE(lines_of(format_table(table, 50))[2].ends_with("  12,345"));
}

TEST(Table, EmptyTablesAndRaggedRows) {
  EXPECT_EQ(format_table({}), "");
  EXPECT_EQ(lines_of(format_table({{"a"}, {}, {}})).size(), 2U);
  try {
    format_table({{"a", "b"}, {{"1", "2"}, {"1"}}, {}});
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "table of 2 columns: row 1 has 1 cells");
  }
  EXPECT_THROW(check_table({{"a", "b"}, {}, {true}}), UsageError);
}

}  // namespace
}  // namespace pianola
