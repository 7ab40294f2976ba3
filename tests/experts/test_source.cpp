#include "pianola/experts/source.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

std::shared_ptr<const Sequence> system_of(const char* spec) {
  return std::dynamic_pointer_cast<const Sequence>(make_system(spec));
}

TEST(SourceExpert, DrawsFromTheChainsLaw) {
  const auto system = system_of("sequence:order=2,vocabulary=4,seed=2");
  const SourceExpert expert(system);
  constexpr std::size_t kLanes = 20000;
  const auto plant = system->simulate(kLanes);
  std::vector<double> states, actions(kLanes), seen(kLanes);
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < kLanes; ++i) {
    states.insert(states.end(), {1.0, 3.0});
    ids.push_back(i);
  }
  plant->restore(states);
  plant->observe(seen);
  const std::vector<std::uint32_t> h(kLanes);
  const std::vector<Outcome> outcomes(kLanes, Outcome::running);
  const Situation situation{ids, h, seen, outcomes, plant.get()};
  expert.act(NoiseKey(5), situation, actions);
  std::vector<double> counts(4);
  for (const double u : actions) counts.at(static_cast<std::size_t>(u)) += 1.0 / kLanes;
  std::vector<ActionLaw> laws(kLanes);
  ASSERT_TRUE(expert.law(situation, laws));
  const double state[] = {1.0, 3.0};
  for (std::size_t u = 0; u < 4; ++u) {
    EXPECT_EQ(laws[7].weights[u], system->law(state)[u]);
    EXPECT_EQ(laws[7].means[u], static_cast<double>(u));
    EXPECT_NEAR(counts[u], laws[0].weights[u], 4.0 * 0.5 / std::sqrt(kLanes));
  }
}

TEST(SourceExpert, NeedsThePlantAndItsSystem) {
  const auto system = system_of("sequence");
  const auto expert = make_expert("", system);
  EXPECT_EQ(expert->info().spec, "source");
  const std::vector<std::uint64_t> ids(1);
  const std::vector<std::uint32_t> h(1);
  const std::vector<double> seen(1);
  const std::vector<Outcome> outcomes(1, Outcome::running);
  std::vector<double> actions(1);
  EXPECT_THROW(expert->act(NoiseKey(1), {ids, h, seen, outcomes, nullptr}, actions), UsageError);
  EXPECT_THROW(make_expert("source", make_system("trap")), UsageError);
}

}  // namespace
}  // namespace pianola
