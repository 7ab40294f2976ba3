// The list of controllers, declared in control/controller.hpp.
#include <gtest/gtest.h>

#include <set>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::ToyDeployment;
using toys::usage_error;

TEST(Controllers, AreListedOnceAndDescribed) {
  std::set<std::string> names;
  for (const auto& entry : controllers()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty());
    for (const auto& option : entry.options) EXPECT_FALSE(option.help.empty()) << entry.name << " " << option.name;
  }
  EXPECT_TRUE(names.contains("expert") && names.contains("quantized") && names.contains("feedback"));
  EXPECT_TRUE(names.contains("chunked") && names.contains("augmented"));
}

TEST(Controllers, EveryOneIsMadeFromItsNameAndNamesItselfSo) {
  const ToyDeployment toy({}, 5, 2);
  for (const auto& entry : controllers()) {
    const auto recipe = make_controller(entry.name, toy);
    EXPECT_EQ(recipe->spec(), entry.name);
    EXPECT_EQ(make_controller(recipe->spec(), toy)->spec(), recipe->spec());
  }
}

/// Two variants of each controller that the toys can make, those with memory beside the plain ones.
std::vector<std::string> variants() {
  return {"expert",
          "quantized",
          "quantized:delay=1,execute=1,rate_limit=0.3",
          "feedback",
          "feedback:delay=2,execute=1",
          "chunked:execute=2",
          "chunked:ensemble=0.01",
          "chunked:delay=1,late=true",
          "augmented",
          "augmented:resync_every=3,execute=2"};
}

/// What every controller promises: a clone goes on exactly as its original, and neither disturbs the other.
TEST(Controllers, ClonesCarryTheMemoryAlong) {
  const ToyDeployment toy({.noise = 0.5}, 5, 3);
  for (const std::string& spec : variants()) {
    const auto plant = toy.system->simulate(2);
    toys::Moment moment({0.0, 0.0});
    plant->reset(NoiseKey(5), moment.ids);
    const auto original = make_controller(spec, toy)->make(2);
    original->reset(NoiseKey(5), moment.ids);
    std::unique_ptr<Controller> copy;
    std::vector<double> actions(2), copied(2), rewards(2);
    for (std::uint32_t h = 0; h < 8; ++h) {
      moment.h.assign(2, h);
      plant->observe(moment.observations);
      if (h == 4) copy = original->clone();  // in the middle of a chunk
      if (copy) copy->act(moment.at(plant.get()), copied);
      original->act(moment.at(plant.get()), actions);
      if (copy) {
        EXPECT_EQ(actions, copied) << spec << " step " << h;
      }
      plant->step(moment.h, actions, rewards, moment.outcomes);
    }
  }
}

/// What every controller promises: a lane's bits depend neither on its neighbours nor on the number of threads, and
/// nothing is left of the block before (blocks reuse controllers).
TEST(Controllers, BitsDependNeitherOnLanesNorOnThreads) {
  const ToyDeployment toy({.noise = 0.3, .fall = 2.0}, 9, 3);
  RolloutPlan plan = toys::toy_plan(toy, variants(), 130);
  plan.lanes = 1;
  const auto reference = toys::keep(plan, true);
  for (const int threads : {1, 2}) {
    const toys::Threads use(threads);
    for (const std::size_t lanes : {7U, 64U}) {
      plan.lanes = lanes;
      ASSERT_EQ(toys::keep(plan, true), reference) << lanes << " lanes, " << threads << " threads";
    }
  }
}

TEST(Controllers, UnknownNamesSuggestTheNearest) {
  const ToyDeployment toy({});
  const std::string message = usage_error([&] { make_controller("feedbak", toy); });
  EXPECT_NE(message.find("'feedback'"), std::string::npos) << message;
  EXPECT_NE(message.find("quantized"), std::string::npos) << message;
}

TEST(Controllers, UnknownOptionsSuggestTheNearest) {
  const ToyDeployment toy({}, 5);
  const std::string message = usage_error([&] { make_controller("feedback:temprature=2", toy); });
  EXPECT_NE(message.find("'temperature'"), std::string::npos) << message;
  EXPECT_NE(usage_error([&] { make_controller("expert:x=1", toy); }).find("'x'"), std::string::npos);
}

}  // namespace
}  // namespace pianola
