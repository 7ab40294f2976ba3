#include "pianola/control/augmentation.hpp"

#include <gtest/gtest.h>

#include <set>

#include "control/augmented_demonstrations.hpp"
#include "pianola/data/relabelled.hpp"

namespace pianola {
namespace {

using toys::augmented;
using toys::demonstrations_on;
using toys::plant_deployment;
using toys::Threads;
using toys::usage_error;

TEST(Augmentation, EveryOneIsListedDescribedAndNamesItself) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 2);
  std::set<std::string> names;
  for (const auto& entry : augmentations()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty());
    for (const auto& option : entry.options) EXPECT_FALSE(option.help.empty()) << entry.name << " " << option.name;
    EXPECT_EQ(augmented(entry.name, data, plant).spec, entry.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"model", "closest"}));
  EXPECT_EQ(augmented("model:next=mode,steps=3", data, plant).spec, "model:steps=3,next=mode");
}

TEST(Augmentation, DemonstrationsComeFirstAndUnchanged) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 4);
  for (const char* spec : {"model:steps=2", "closest:k=2"}) {
    const AugmentedDataset made = augmented(spec, data, plant);
    EXPECT_EQ(made.demonstrations, 4U);
    EXPECT_EQ(made.data.size(), 4U + made.relabelled);
    EXPECT_EQ(made.data.steps(), data.steps() + made.relabelled_steps);
    const auto origins = demonstrations_of(made.data.info(), made.data.size());
    for (std::size_t i = 0; i < 4; ++i) {
      const Trajectory was = data.trajectory(i), is = made.data.trajectory(i);
      EXPECT_EQ(is.name, was.name);
      EXPECT_EQ(is.observations, was.observations);
      EXPECT_EQ(is.actions, was.actions);
      EXPECT_EQ(is.next_observations, was.next_observations);
      EXPECT_EQ(origins[i], i);
    }
    for (std::size_t i = 4; i < made.data.size(); ++i) {
      const std::string parent = "demo_" + std::to_string(origins[i]) + "_";
      EXPECT_TRUE(made.data.trajectory(i).name.starts_with(parent)) << made.data.trajectory(i).name;
      EXPECT_NO_THROW(check_trajectory(made.data.trajectory(i), made.data.info(), spec));
    }
    EXPECT_EQ(made.data.info().attributes.at("relabelled_by"), spec);
    EXPECT_EQ(made.data.info().attributes.at("system"), plant.system->info().spec);
  }
  EXPECT_EQ(left_out_by_augmenting(data), (std::vector<std::string>{"rewards", "dones"}));
}

TEST(Augmentation, BitsDependOnThreadsNowhere) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 21);
  for (const char* spec : {"model:steps=3", "model:steps=3,model=exact", "closest:k=3"}) {
    std::string fingerprints[2];
    for (const int threads : {1, 2}) {
      const Threads use(threads);
      fingerprints[threads - 1] = augmented(spec, data, plant).data.fingerprint();
    }
    EXPECT_EQ(fingerprints[0], fingerprints[1]) << spec;
  }
}

TEST(Augmentation, SaysWhatDoesNotBelongTogether) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 2);
  const auto refusal = [&](auto change, const char* spec = "model") {
    Deployment changed = plant;
    change(changed);
    return usage_error([&] { augmented(spec, data, changed); });
  };
  const auto said = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const auto nothing = [](Deployment&) {};
  said(refusal(nothing, "modle"), "'model'");
  said(refusal(nothing, "model:step=3"), "'steps'");
  said(refusal([](Deployment& d) { d.quantizer = nullptr; }), "--run");
  said(refusal([](Deployment& d) { d.quantizer = std::make_shared<toys::ToyQuantizer>(9, 4); }), "--chunk 1");
  said(refusal([](Deployment& d) { d.quantizer = std::make_shared<toys::ToyQuantizer>(9, 1, 2); }),
       "1 action dimensions, quantizer 'toy_bins:bins=9' has 2");
  said(refusal([](Deployment& d) { d.system = make_system("pendulum"); }), "system 'pendulum' has 3");
  said(usage_error([&] { augment("model", {nullptr, plant, NoiseKey()}); }), "collect some");
  const AugmentedDataset twice = augmented("model:steps=1", data, plant);
  said(usage_error([&] { augmented("model:steps=1", twice.data, plant); }), "augmented already");
}

}  // namespace
}  // namespace pianola
