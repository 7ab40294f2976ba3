#include "pianola/control/demonstration_replay.hpp"

#include <gtest/gtest.h>

#include "control/augmented_demonstrations.hpp"

namespace pianola {
namespace {

using toys::demonstrations_on;
using toys::plant_deployment;
using toys::usage_error;

constexpr const char* kWho = "test";

std::string data_error(const Deployment& plant, const Dataset& data) {
  try {
    DemonstrationReplay replay(kWho, *plant.system, data, {0, 0, data.size()});
    while (replay.advance()) {
    }
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(DemonstrationReplay, PlaysPerturbedTrajectoriesAgainToTheirEnds) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 6, 0.4);
  DemonstrationReplay replay(kWho, *plant.system, data, {1, 2, 5});  // not from the first on: lanes have their numbers
  for (std::size_t h = 0; h < 12; ++h) {
    const Situation at = replay.situation();
    for (std::size_t lane = 0; lane < 3; ++lane) {
      EXPECT_EQ(at.outcomes[lane], Outcome::running);
      EXPECT_EQ(at.ids[lane], lane + 2);
      EXPECT_EQ(replay.row(lane), h);
      EXPECT_EQ(at.observations[lane], data.trajectory(lane + 2).observations[h]);
    }
    EXPECT_TRUE(replay.advance());
  }
  EXPECT_FALSE(replay.advance());
  for (std::size_t lane = 0; lane < 3; ++lane) {
    EXPECT_EQ(replay.situation().outcomes[lane], Outcome::truncated);
    EXPECT_EQ(replay.situation().observations[lane], data.trajectory(lane + 2).next_observations.back());
  }
}

TEST(DemonstrationReplay, ADatasetHasToSayWhereItComesFrom) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 2, 0.0, 18446744073709551615U);
  EXPECT_EQ(collected_key(kWho, data.info()), NoiseKey(18446744073709551615U));
  for (const auto& [name, value] :
       {std::pair{"seed", ""}, {"seed", "five"}, {"seed", "5 "}, {"system", ""}, {"seed", "99999999999999999999"}}) {
    DatasetInfo info = data.info();
    info.attributes[name] = value;
    const std::string message = usage_error([&] { collected_key(kWho, info); });
    EXPECT_NE(message.find("pianola collect"), std::string::npos) << name << "=" << value << ": " << message;
    EXPECT_NE(message.find("demos.npz"), std::string::npos) << message;
  }
}

TEST(DemonstrationReplay, WhatIsPlayedElsewhereThanRecordedIsRefused) {
  const Deployment plant = plant_deployment();
  EXPECT_EQ(data_error(plant, demonstrations_on(plant, 2)), "nothing was thrown");
  Dataset seed = demonstrations_on(plant, 2);
  seed.info().attributes["seed"] = "6";
  EXPECT_NE(data_error(plant, seed).find("trajectory 0 'demo_0', step 0, observation 0"), std::string::npos)
      << data_error(plant, seed);
  const Deployment other = plant_deployment("scalar_linear:a=0.8,b=1,gain=0.5,horizon=12,noise=0.1");
  const std::string message = data_error(other, demonstrations_on(plant, 2));
  EXPECT_NE(message.find("step 1"), std::string::npos) << message;
  EXPECT_NE(message.find("a=0.8"), std::string::npos) << message;
  EXPECT_NE(message.find("('" + plant.system->info().spec + "')"), std::string::npos) << message;
}

}  // namespace
}  // namespace pianola
