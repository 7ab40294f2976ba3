#include "pianola/systems/mdp_families.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(MdpFamilies, AreAllSound) {
  for (const std::string& family : mdp_families()) EXPECT_NO_THROW(check_mdp(make_mdp_family(family, {}), family));
}

TEST(MdpFamilies, ContextsStayAndTheirExpertPrefersTheBetterAction) {
  const MdpTables tables = make_mdp_family("contexts", {.states = 3, .gap = 0.1});
  const MdpStage& stage = tables.stages[0];
  EXPECT_EQ(stage.transition[(2 * 2 + 1) * 3 + 2], 1.0);
  EXPECT_DOUBLE_EQ(stage.expert[0], 0.6);
  EXPECT_DOUBLE_EQ(stage.expert[3], 0.6);
  EXPECT_EQ(stage.reward[3], 1.0);
}

TEST(MdpFamilies, ARandomOneIsAFunctionOfItsSeed) {
  const auto rewards = [](std::uint64_t seed) {
    return make_mdp_family("random", {.states = 5, .actions = 3, .seed = seed}).stages[0].reward;
  };
  EXPECT_EQ(rewards(1), rewards(1));
  EXPECT_NE(rewards(1), rewards(2));
}

TEST(MdpFamilies, RefusesWhatMakesNone) {
  EXPECT_THROW(make_mdp_family("coins", {}), UsageError);
  EXPECT_THROW(make_mdp_family("chain", {.states = 1}), UsageError);
  EXPECT_THROW(make_mdp_family("random", {.actions = 100000}), UsageError);
  EXPECT_THROW(make_mdp_family("contexts", {.gap = 0.6}), UsageError);
}

}  // namespace
}  // namespace pianola
