#include "pianola/bounds/trap_constants.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace pianola {
namespace {

TEST(TrapConstants, EachBrokenConditionIsNamed) {
  const std::vector<std::pair<TrapConstants, std::string>> broken{{{.d = 0.9}, "d > k/2"},
                                                                  {{.k = 0.5}, "k > B/(1−λ)"},
                                                                  {{.k = 5, .d = 3}, "A·k < 1"},
                                                                  {{.epsilon = 0.2}, "ε < B/(1 + (1−A)d)"}};
  for (const auto& [constants, claim] : broken) {
    for (const TrapCondition& condition : trap_conditions(constants)) {
      EXPECT_EQ(condition.holds, condition.claim != claim) << condition.claim << ": " << condition.numbers;
    }
  }
}

TEST(TrapConstants, TheDefaultsAndThePapersExampleTrap) {
  for (const TrapCondition& condition : trap_conditions({})) EXPECT_TRUE(condition.holds) << condition.claim;
  for (const TrapCondition& condition : trap_conditions({.k = 1.0, .d = 0.6})) {
    EXPECT_TRUE(condition.holds) << condition.claim;
  }
  EXPECT_EQ(trap_conditions({})[0].numbers, "1.2 > 1");
}

}  // namespace
}  // namespace pianola
