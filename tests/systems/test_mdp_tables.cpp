#include "pianola/systems/mdp_tables.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

const std::string kCoin = R"(
format_version = 1
horizon = 7
actions = [0, 1.0]
initial = [0.5, 0.5]
reward = [[1, 0], [0, 1]]
transition = [[[0.5, 0.5], [0.25, 0.75]],
              [[1, 0], [0, 1]]]
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string data_error(const std::string& toml) {
  try {
    parse_mdp(toml, "coin.toml");
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(MdpTables, AreReadAsWritten) {
  const MdpTables tables = parse_mdp(kCoin, "coin.toml");
  EXPECT_EQ(tables.states, 2U);
  EXPECT_EQ(tables.horizon, 7U);
  EXPECT_EQ(tables.actions, (std::vector<double>{0.0, 1.0}));
  ASSERT_EQ(tables.stages.size(), 1U);
  EXPECT_EQ(tables.stages[0].transition, (std::vector<double>{0.5, 0.5, 0.25, 0.75, 1, 0, 0, 1}));
  EXPECT_EQ(tables.stages[0].reward, (std::vector<double>{1, 0, 0, 1}));
  EXPECT_TRUE(tables.stages[0].expert.empty());
}

TEST(MdpTables, StagesFollowEachOtherAndTheLastOneStays) {
  const MdpTables tables = parse_mdp(R"(
actions = [0, 1]
initial = [1]
[[stage]]
reward = [[1, 0]]
transition = [[[1], [1]]]
expert = [[0.5, 0.5]]
[[stage]]
reward = [[0, 2]]
transition = [[[1], [1]]]
expert = [[0, 1]]
)",
                                     "two.toml");
  EXPECT_EQ(tables.stage(0).reward[0], 1.0);
  EXPECT_EQ(tables.stage(1).reward[1], 2.0);
  EXPECT_EQ(tables.stage(99).expert[1], 1.0);
}

TEST(MdpTables, SaysWhereAFileIsWrong) {
  const auto names = [&](const std::string& toml, const char* what) {
    const std::string message = data_error(toml);
    EXPECT_NE(message.find(what), std::string::npos) << message;
    EXPECT_EQ(message.rfind("coin.toml", 0), 0U) << message;
  };
  names(replaced(kCoin, "[0.25, 0.75]", "[0.25, 0.7]"), "'transition' row 1");
  names(replaced(kCoin, "[0.25, 0.75]", "[-0.25, 1.25]"), "-0.25");
  names(replaced(kCoin, "[0.25, 0.75]", "[0.75]"), "'transition' has 7 numbers, but needs 8");
  names(replaced(kCoin, "[[1, 0], [0, 1]]", "[[1, nan], [0, 1]]"), "state 0, action 1");
  names(replaced(kCoin, "[[1, 0], [0, 1]]", "[[1, 'x'], [0, 1]]"), "line 6");
  names(replaced(kCoin, "actions", "action"), "did you mean 'actions'");
  names(replaced(kCoin, "[0, 1.0]", "[1, 0]"), "ascend");
  names(replaced(kCoin, "[0, 1.0]", "[1]"), "at least two");
  names(replaced(kCoin, "horizon = 7", "horizon = 0"), "horizon");
  names(replaced(kCoin, "format_version = 1", "format_version = 2"), "format_version");
  names(replaced(kCoin, "initial = [0.5, 0.5]", ""), "'initial' is missing");
  names(kCoin + "[[stage]]\nreward = [1]\n", "stands beside");
  names("[", "coin.toml");
  EXPECT_THROW(read_mdp("/nowhere/coin.toml"), DataError);
}

}  // namespace
}  // namespace pianola
