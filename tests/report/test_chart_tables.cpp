#include "pianola/report/chart_tables.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

TEST(ChartTables, ShowEveryDataSetWithItsFields) {
  const Json spec = Json::parse(R"({"data":{"values":[{"x":1,"y":0.25,"s":"a"},{"x":2,"s":"b","z":null}]},
      "layer":[{"mark":"line"},{"data":{"values":[{"y":7,"label":"expert"}]}}]})");
  const auto tables = chart_tables(spec);
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].columns, (std::vector<std::string>{"x", "y", "s", "z"}));
  EXPECT_EQ(tables[0].rows[0], (std::vector<std::string>{"1", "0.25", "a", ""}));
  EXPECT_EQ(tables[0].rows[1], (std::vector<std::string>{"2", "", "b", "–"}));
  EXPECT_EQ(tables[0].numeric, (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(tables[1].rows[0], (std::vector<std::string>{"7", "expert"}));
}

TEST(ChartTables, FieldsAreNamedAsTheSpecSays) {
  const Json spec = Json::parse(R"({"data":{"values":[{"x":1,"y":2,"series":""}]},
      "usermeta":{"columns":{"x":"bins","series":""}}})");
  const auto tables = chart_tables(spec);
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].columns, (std::vector<std::string>{"bins", "y"}));
}

TEST(ChartTables, LongDataEndInACount) {
  Json values = Json::array();
  for (int i = 0; i < 3000; ++i) values.push_back({{"x", i}});
  const auto tables = chart_tables({{"data", {{"values", values}}}}, 10);
  ASSERT_EQ(tables[0].rows.size(), 11U);
  EXPECT_EQ(tables[0].rows[10][0], "… and 2,990 rows more, in the source of this page");
}

TEST(ChartTables, ValuesOfAnyKindHaveAText) {
  const Json spec = Json::parse(R"({"data":{"values":[{"a":true,"b":[1,2],"c":{"d":1}}, 5]}})");
  const auto tables = chart_tables(spec);
  EXPECT_EQ(tables[0].rows[0], (std::vector<std::string>{"true", "[1,2]", "{\"d\":1}"}));
  EXPECT_EQ(tables[0].rows[1], (std::vector<std::string>{"", "", ""}));
  EXPECT_TRUE(chart_tables(Json::parse(R"({"mark":"point"})")).empty());
  EXPECT_TRUE(chart_tables(Json::parse(R"({"data":{"values":[]}})")).empty());
}

}  // namespace
}  // namespace pianola
