#include "pianola/experts/tabular.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "experts/conformance.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

std::shared_ptr<const TabularMdp> mdp(const std::string& spec) {
  return std::dynamic_pointer_cast<const TabularMdp>(make_system(spec));
}

TEST(TabularExpert, Conforms) {
  for (const char* spec : {"tabular_mdp", "tabular_mdp:contexts", "tabular_mdp:random,observe=one_hot"}) {
    const auto system = make_system(spec);
    conformance::check_expert_conformance("", system);
    conformance::check_expert_conformance("tabular:optimal=true,temperature=0.5,random=0.1", system);
  }
}

/// The value of a policy from each state at step h, by enumerating all that may happen.
double value(const TabularMdp& system, const TabularExpert& expert, std::uint32_t h, std::size_t state) {
  const MdpTables& tables = system.tables();
  if (h == tables.horizon) return 0.0;
  double sum = 0.0;
  for (std::size_t a = 0; a < tables.actions.size(); ++a) {
    const double p = expert.probabilities(h, state)[a];
    if (p == 0.0) continue;
    sum += p * tables.stages[0].reward[state * tables.actions.size() + a];
    for (std::size_t s = 0; s < tables.states; ++s) {
      const double q = tables.stages[0].transition[(state * tables.actions.size() + a) * tables.states + s];
      if (q > 0.0) sum += p * q * value(system, expert, h + 1, s);
    }
  }
  return sum;
}

TEST(TabularExpert, NoPolicyOfThreeStepsIsBetter) {
  const auto system = mdp("tabular_mdp:random,states=2,actions=2,seed=3,horizon=3");
  const TabularExpert expert(system, {});
  // All 2^(2·3) deterministic policies: bit (2·step + state) is the action.
  for (std::size_t start = 0; start < 2; ++start) {
    double best = -1.0;
    for (unsigned policy = 0; policy < 64; ++policy) {
      std::vector<double> v(2, 0.0), next(2);
      for (unsigned h = 3; h-- > 0;) {
        for (unsigned s = 0; s < 2; ++s) {
          const unsigned pair = 2 * s + (policy >> (2 * h + s) & 1U);
          const auto& stage = system->tables().stages[0];
          next[s] = stage.reward[pair] + stage.transition[2 * pair] * v[0] + stage.transition[2 * pair + 1] * v[1];
        }
        v = next;
      }
      best = std::max(best, v[start]);
    }
    EXPECT_NEAR(value(*system, expert, 0, start), best, 1e-12);
  }
}

TEST(TabularExpert, PlaysItsTableUnlessTheOptimumIsAskedFor) {
  const auto system = mdp("tabular_mdp:contexts,states=3,gap=0.2");
  EXPECT_DOUBLE_EQ(TabularExpert(system, {}).probabilities(0, 0)[0], 0.7);
  EXPECT_DOUBLE_EQ(TabularExpert(system, {.random = 0.5}).probabilities(0, 0)[0], 0.6);
  EXPECT_EQ(TabularExpert(system, {.optimal = true}).probabilities(0, 0)[0], 1.0);
  EXPECT_TRUE(TabularExpert(system, {.optimal = true}).info().deterministic);
}

TEST(TabularExpert, ATemperatureIsASoftmaxOfTheValues) {
  const auto system = mdp("tabular_mdp:coin,horizon=1");  // Q = 1 or 0
  const TabularExpert expert(system, {.temperature = 0.5});
  const auto p = expert.probabilities(0, 1);
  EXPECT_NEAR(p[1] / p[0], std::exp(2.0), 1e-12);
}

TEST(TabularExpert, DrawsFromItsLaw) {
  const auto system = make_system("tabular_mdp:contexts,gap=0.2");
  const auto expert = make_expert("", system);
  const std::size_t lanes = 20000;
  const std::vector<double> x(lanes, 1.0);
  const std::vector<std::uint32_t> h(lanes, 3);
  const std::vector<Outcome> outcomes(lanes, Outcome::running);
  const auto ids = conformance::iota(lanes);
  std::vector<double> actions(lanes);
  expert->act(NoiseKey(4), Situation{ids, h, x, outcomes}, actions);
  double ones = 0.0;
  for (const double u : actions) ones += u;
  EXPECT_NEAR(ones / lanes, 0.7, 4.0 * std::sqrt(0.21 / lanes));
}

TEST(TabularExpert, RefusesWhatItCannotPlay) {
  EXPECT_THROW(make_expert("tabular", make_system("trap")), UsageError);
  EXPECT_THROW(make_expert("tabular:random=2", make_system("tabular_mdp")), UsageError);
  EXPECT_THROW(make_expert("tabular:temperature=1", make_system("tabular_mdp:contexts")), UsageError);
  const auto system = make_system("tabular_mdp");
  const auto expert = make_expert("", system);
  const std::vector<std::uint64_t> ids{0};
  const std::vector<std::uint32_t> h{0};
  const std::vector<double> x{7.0};
  const std::vector<Outcome> outcomes{Outcome::running};
  std::vector<double> action(1);
  EXPECT_THROW(expert->act(NoiseKey(1), Situation{ids, h, x, outcomes}, action), UsageError);
}

}  // namespace
}  // namespace pianola
