#include "pianola/cli/keyed_comparison.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pianola::cli {
namespace {

PartReport part(const std::string& value, double own, double shared, bool is_same = false) {
  PartReport row;
  row.value = value;
  row.own.spec = "uniform:bins=4";
  row.own.bits_per_action = 2.0;
  row.own.trajectories = 3;
  row.own.steps = 1200;
  row.own.epsilon_in = {own, own, own, 3};
  row.shared = {shared, shared, shared, 3};
  row.is_same = is_same;
  return row;
}

KeyedComparison two_robots() { return {"mixed.hdf5", "robot", 1, {part("g1", 0.125, 3.25), part("so100", 2.5, 2.5)}}; }

TEST(KeyedComparison, TheTableHasARowAPart) {
  const Table table = keyed_comparison_table(two_robots());
  ASSERT_NO_THROW(check_table(table));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.columns[0], "robot");
  EXPECT_EQ(table.rows[0][0], "g1");
  EXPECT_EQ(table.rows[0][3], "1200");
  EXPECT_NE(table.rows[0][5].find("0.125"), std::string::npos) << table.rows[0][5];
  EXPECT_NE(table.rows[0][6].find("3.25"), std::string::npos) << table.rows[0][6];
}

TEST(KeyedComparison, RowsNameTheirPart) {
  const nlohmann::ordered_json rows = to_json(two_robots());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["spec"], "uniform:bins=4");
  EXPECT_EQ(rows[0]["by"], "robot");
  EXPECT_EQ(rows[1]["part"], "so100");
  EXPECT_EQ(rows[0]["epsilon_in_fitted_to_all"]["value"], 3.25);
  EXPECT_EQ(rows[0]["same_as_fitted_to_all"], false);
}

TEST(KeyedComparison, WhereTheAttributeMakesNoDifferenceThatIsSaid) {
  const std::string words = "each robot has the quantizer of all";
  KeyedComparison comparison = two_robots();
  comparison.rows[1].is_same = true;
  EXPECT_EQ(keyed_comparison_text(comparison).find(words), std::string::npos) << "one of the two differs";
  comparison.rows[0].is_same = true;
  EXPECT_NE(keyed_comparison_text(comparison).find(words), std::string::npos);
  comparison.rows.pop_back();
  EXPECT_NE(keyed_comparison_text(comparison).find("all trajectories have robot 'g1'"), std::string::npos);
}

TEST(KeyedComparison, ThePageHasTheTable) {
  const std::string html = keyed_comparison_page(two_robots(), "pianola quantize").html();
  for (const char* text : {"Quantizers by robot", "mixed.hdf5", "so100", "fitted to all"}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace pianola::cli
