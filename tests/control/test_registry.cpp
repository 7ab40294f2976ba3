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
}

TEST(Controllers, EveryOneIsMadeFromItsNameAndNamesItselfSo) {
  const ToyDeployment toy({}, 5, 2);
  for (const auto& entry : controllers()) {
    const auto recipe = make_controller(entry.name, toy);
    EXPECT_EQ(recipe->spec(), entry.name);
    EXPECT_EQ(make_controller(recipe->spec(), toy)->spec(), recipe->spec());
  }
}

/// What every controller promises: a clone goes on exactly as its original, and neither disturbs the other.
TEST(Controllers, ClonesCarryTheMemoryAlong) {
  const ToyDeployment toy({.noise = 0.5}, 5, 3);
  for (const auto& entry : controllers()) {
    const auto plant = toy.system->simulate(2);
    toys::Moment moment({0.0, 0.0});
    plant->reset(NoiseKey(5), moment.ids);
    const auto original = make_controller(entry.name, toy)->make(2);
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
        EXPECT_EQ(actions, copied) << entry.name << " step " << h;
      }
      plant->step(moment.h, actions, rewards, moment.outcomes);
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
