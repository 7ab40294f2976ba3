#include "pianola/systems/tabular_mdp.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "systems/conformance.hpp"

namespace pianola {
namespace {

std::shared_ptr<const TabularMdp> mdp(const std::string& spec) {
  return std::dynamic_pointer_cast<const TabularMdp>(make_system(spec));
}

TEST(TabularMdp, EveryFamilyConforms) {
  for (const char* spec : {"tabular_mdp", "tabular_mdp:contexts,observe=one_hot", "tabular_mdp:chain,states=6",
                           "tabular_mdp:absorbing", "tabular_mdp:random,states=7,actions=3,seed=5,observe=one_hot"}) {
    conformance::check_system_conformance(*make_system(spec), {}, conformance::Start::finite);
  }
}

TEST(TabularMdp, MovesAsOftenAsItsTableSays) {
  const auto system = mdp("tabular_mdp:random,states=4,actions=3,seed=9");
  const std::size_t lanes = 20000;
  conformance::Run run(*system, NoiseKey(2), conformance::iota(lanes));
  run.plant->restore(std::vector<double>(lanes, 2.0));
  std::ranges::fill(run.actions, 1.2);  // nearest: action 1
  run.plant->step(run.h, run.actions, run.rewards, run.outcomes);
  std::vector<double> frequency(4, 0.0);
  for (const double x : run.observe()) frequency[static_cast<std::size_t>(x)] += 1.0 / lanes;
  const MdpStage& stage = system->tables().stages[0];
  for (std::size_t s = 0; s < 4; ++s) {
    const double p = stage.transition[(2 * 3 + 1) * 4 + s];
    EXPECT_NEAR(frequency[s], p, 4.0 * std::sqrt(p * (1.0 - p) / lanes)) << s;
  }
  for (const double reward : run.rewards) EXPECT_EQ(reward, stage.reward[2 * 3 + 1]);
}

TEST(TabularMdp, PlaysTheActionOfTheNearestValue) {
  const auto system = mdp("tabular_mdp:random,actions=3");
  EXPECT_EQ(system->action_of(-1e300), 0U);
  EXPECT_EQ(system->action_of(0.5), 0U) << "of two the lower";
  EXPECT_EQ(system->action_of(0.50001), 1U);
  EXPECT_EQ(system->action_of(1e300), 2U);
}

TEST(TabularMdp, ShowsStatesAsIndexOrOneHot) {
  const auto index = mdp("tabular_mdp:chain,states=3"), hot = mdp("tabular_mdp:chain,states=3,observe=one_hot");
  EXPECT_EQ(index->info().observation_dim, 1U);
  const auto plant = hot->simulate(2);
  plant->restore(std::vector<double>{2.0, 0.0});
  std::vector<double> seen(6);
  plant->observe(seen);
  EXPECT_EQ(seen, (std::vector<double>{0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(hot->code().read(std::span<const double>(seen).first(3)), 2U);
  EXPECT_EQ(hot->code().read(std::span<const double>(std::vector<double>{1, 1, 0})), 3U) << "none";
  EXPECT_EQ(index->code().read(std::span<const double>(std::vector<double>{1.5})), 3U) << "none";
}

TEST(TabularMdp, KnowsWhetherItIsDeterministic) {
  EXPECT_TRUE(mdp("tabular_mdp:chain")->info().deterministic);
  EXPECT_FALSE(mdp("tabular_mdp:coin")->info().deterministic);
}

TEST(TabularMdp, AQuantileIsNeverAStateWithoutMass) {
  const std::vector<double> cumulative = cumulative_rows(std::vector<double>{0.0, 0.3, 0.0, 0.7, 0.0}, 5);
  EXPECT_EQ(state_at_quantile(cumulative, 0.0), 1U);
  EXPECT_EQ(state_at_quantile(cumulative, 0.3), 3U);
  EXPECT_EQ(state_at_quantile(cumulative, 1.0), 3U) << "rounding may leave u at the sum";
}

TEST(TabularMdp, SaysWhatIsWrong) {
  const auto error = [](const std::string& spec) -> std::string {
    try {
      make_system(spec);
    } catch (const Error& caught) {
      return caught.what();
    }
    return "nothing was thrown";
  };
  EXPECT_NE(error("tabular_mdp:coim").find("'coin'"), std::string::npos);
  EXPECT_NE(error("tabular_mdp:observe=onehot").find("one_hot"), std::string::npos);
  EXPECT_NE(error("tabular_mdp:coin,path=x.toml").find("one of them"), std::string::npos);
  EXPECT_NE(error("tabular_mdp:path=/nowhere.toml").find("/nowhere.toml"), std::string::npos);
  EXPECT_NE(error("tabular_mdp:horizon=0").find("horizon"), std::string::npos);
  const auto system = make_system("tabular_mdp:coin");
  const auto plant = system->simulate(1);
  EXPECT_THROW(plant->restore(std::vector<double>{2.0}), UsageError);
}

}  // namespace
}  // namespace pianola
