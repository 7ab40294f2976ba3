#include "pianola/policies/expert_chunk.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::Moment;
using toys::ToyExpert;
using toys::ToySystem;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Plant {
  explicit Plant(const ToySystem& system, std::size_t lanes, const NoiseKey& key)
      : moment(std::vector<double>(lanes)), simulation(system.simulate(lanes)) {
    simulation->reset(key, moment.ids);
    simulation->observe(moment.observations);
  }
  [[nodiscard]] Situation now() const { return moment.at(simulation.get()); }
  Moment moment;
  std::unique_ptr<Simulation> simulation;
};

TEST(ExpertChunk, OneActionIsTheExpertsAndNeedsNoPlant) {
  const ToyExpert expert(0.5);
  const Moment moment({1.0, -2.0});
  std::vector<double> actions(2);
  ExpertChunk(expert, 1, 2).plan(NoiseKey(1), moment.at(), actions);
  EXPECT_EQ(actions, (std::vector<double>{-0.5, 1.0}));
}

TEST(ExpertChunk, LooksAheadOnACopyOfADeterministicPlant) {
  const ToySystem system({.a = 1.2, .b = 1.0});
  const ToyExpert expert(0.5);
  const Plant plant(system, 3, NoiseKey(4));
  std::vector<double> actions(3 * 4), before(3), after(3);
  plant.simulation->save(before);
  ExpertChunk(expert, 4, 3).plan(NoiseKey(4), plant.now(), actions);
  for (std::size_t lane = 0; lane < 3; ++lane) {
    double x = plant.moment.observations[lane];
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_DOUBLE_EQ(actions[lane * 4 + k], -0.5 * x);
      x = 1.2 * x - 0.5 * x;
    }
  }
  plant.simulation->save(after);
  EXPECT_EQ(before, after) << "the plant itself must not move";
}

TEST(ExpertChunk, PlansWithNoiseThatIsNotThePlants) {
  const ToySystem system({.noise = 1.0});
  const ToyExpert expert(0.5);
  const NoiseKey key(7);
  Plant plant(system, 1, key);
  std::vector<double> chunk(2), again(2), reward(1);
  ExpertChunk lookahead(expert, 2, 1);
  lookahead.plan(key, plant.now(), chunk);
  lookahead.plan(key, plant.now(), again);
  EXPECT_EQ(chunk, again);
  const double x = plant.moment.observations[0];
  const double planned = 0.9 * x + chunk[0] + normal(key.child("plan").child("plant"), 0, 0);
  EXPECT_DOUBLE_EQ(chunk[1], -0.5 * planned);
  plant.simulation->step(plant.moment.h, std::span(chunk).first(1), reward, plant.moment.outcomes);
  plant.simulation->observe(plant.moment.observations);
  EXPECT_GT(std::abs(plant.moment.observations[0] - planned), 1e-6) << "the plan must not know the plant's noise";
}

TEST(ExpertChunk, AStochasticExpertKeepsItsOwnStream) {
  const ToySystem system({});
  const ToyExpert expert(0.5, 0.25);
  const NoiseKey key(9);
  Plant plant(system, 1, key);
  std::vector<double> chunk(5), action(1), reward(1);
  ExpertChunk(expert, 5, 1).plan(key, plant.now(), chunk);
  for (std::uint32_t k = 0; k < 5; ++k) {
    plant.moment.h[0] = k;
    expert.act(key, plant.now(), action);
    EXPECT_DOUBLE_EQ(chunk[k], action[0]) << "step " << k;
    plant.simulation->step(plant.moment.h, action, reward, plant.moment.outcomes);
    plant.simulation->observe(plant.moment.observations);
  }
}

TEST(ExpertChunk, ALaneThatEndsInThePlanFreezesThere) {
  const ToySystem system({.a = 3.0, .b = 0.0, .start = 1.0, .spread = 0.0, .fall = 2.0});
  const ToyExpert expert(1.0);
  const Plant plant(system, 1, NoiseKey(1));
  std::vector<double> chunk(4);
  ExpertChunk(expert, 4, 1).plan(NoiseKey(1), plant.now(), chunk);
  EXPECT_EQ(chunk, (std::vector<double>{-1.0, -3.0, -3.0, -3.0}));
  EXPECT_EQ(plant.moment.outcomes[0], Outcome::running);
}

TEST(ExpertChunk, SaysThatChunksNeedAPlant) {
  const ToyExpert expert(1.0);
  const Moment moment({1.0});
  std::vector<double> chunk(2);
  ExpertChunk lookahead(expert, 2, 1);
  try {
    lookahead.plan(NoiseKey(1), moment.at(), chunk);
    FAIL() << "expected a UsageError";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("--chunk 1"), std::string::npos) << error.what();
  }
}

TEST(ExpertChunk, TheCopyIsMadeOnce) {
  const ToySystem system({});
  const ToyExpert expert(0.5);
  const Plant plant(system, 2, NoiseKey(1));
  ExpertChunk lookahead(expert, 3, 2);
  std::vector<double> chunk(6);
  for (int i = 0; i < 10; ++i) lookahead.plan(NoiseKey(1), plant.now(), chunk);
  EXPECT_EQ(system.simulations, 2U);  // the plant and one copy
}

TEST(DivergeWhereNotFinite, EndsRunningLanesOnly) {
  std::vector<Outcome> outcomes{Outcome::running, Outcome::running, Outcome::terminated, Outcome::running};
  const std::vector<double> actions{1.0, 2.0, 0.0, kNaN, kNaN, kNaN, std::numeric_limits<double>::infinity(), 0.0};
  diverge_where_not_finite(actions, outcomes);
  EXPECT_EQ(outcomes,
            (std::vector<Outcome>{Outcome::running, Outcome::diverged, Outcome::terminated, Outcome::diverged}));
}

TEST(MakeFinite, ReplacesWholeRowsAndSaysWhere) {
  std::vector<double> actions{1.0, 2.0, 3.0, kNaN, -HUGE_VAL, 4.0};
  std::vector<std::uint8_t> replaced(3);
  make_finite(actions, replaced);
  EXPECT_EQ(actions, (std::vector<double>{1.0, 2.0, 0.0, 0.0, 0.0, 0.0}));
  EXPECT_EQ(replaced, (std::vector<std::uint8_t>{0, 1, 1}));
}

}  // namespace
}  // namespace pianola
