// The augmentation `model`: tokens relabelled on model-rolled states.
#include <gtest/gtest.h>

#include "control/augmented_demonstrations.hpp"
#include "pianola/data/relabelled.hpp"

namespace pianola {
namespace {

using toys::augmented;
using toys::demonstrations_on;
using toys::plant_deployment;
using toys::plant_model;
using toys::quantized;
using toys::usage_error;

/// What is made of one demonstration by a plain loop: (x̃, u) of every piece, with a model x̃' = 0.9·x̃ + q(u) + bias.
struct Row {
  double state, label;
};
std::vector<std::vector<Row>> by_hand(const Deployment& plant, const Trajectory& t, std::size_t steps, double bias,
                                      double range) {
  std::vector<std::vector<Row>> pieces;
  for (std::size_t h = 0; h + 1 < t.steps; ++h) {
    std::vector<Row> piece;
    double x = t.observations[h];
    for (std::size_t j = h; j + 1 < t.steps && j < h + steps; ++j) {
      if (!t.executed_actions.empty() && t.executed_actions[j] != t.actions[j]) break;
      x = 0.9 * x + quantized(plant, t.actions[j]) + bias;
      if (std::abs(x) > range) break;
      piece.push_back({x, t.actions[j + 1]});
    }
    if (!piece.empty()) pieces.push_back(piece);
  }
  return pieces;
}

void expect_by_hand(const Deployment& plant, const Dataset& data, std::size_t steps, double bias, double range) {
  const AugmentedDataset made = augmented("model:next=mode,steps=" + std::to_string(steps), data, plant);
  std::size_t at = data.size();
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (const auto& piece : by_hand(plant, data.trajectory(i), steps, bias, range)) {
      ASSERT_LT(at, made.data.size());
      const Trajectory t = made.data.trajectory(at++);
      ASSERT_EQ(t.steps, piece.size()) << t.name;
      for (std::size_t row = 0; row < t.steps; ++row) {
        EXPECT_NEAR(t.observations[row], piece[row].state, 1e-12) << t.name << " row " << row;
        EXPECT_EQ(t.actions[row], piece[row].label) << t.name << " row " << row;
        if (row + 1 < t.steps) {
          EXPECT_EQ(t.next_observations[row], t.observations[row + 1]);
        }
      }
    }
  }
  EXPECT_EQ(at, made.data.size());
}

TEST(AugmentModel, LabelsAreTheExpertsOnStatesThatTheModelRolls) {
  Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 5);
  for (const std::size_t steps : {1U, 3U, 50U}) expect_by_hand(plant, data, steps, 0.0, 100.0);
  plant.model = plant_model(0.2);
  expect_by_hand(plant, data, 4, 0.2, 100.0);
}

TEST(AugmentModel, AStateThatLeavesTheTrainingRangeEndsItsPiece) {
  Deployment plant = plant_deployment();
  plant.model = plant_model(0.2, 1e-9, 1.0);
  const Dataset data = demonstrations_on(plant, 5);
  expect_by_hand(plant, data, 6, 0.2, 1.0);
  EXPECT_GT(augmented("model:steps=6,next=mode", data, plant).cut_short, 0U);
  plant.model = plant_model(0.2);
  EXPECT_EQ(augmented("model:steps=6,next=mode", data, plant).cut_short, 0U);
}

TEST(AugmentModel, NothingIsRolledAcrossAPerturbedStep) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 6, 0.3);
  expect_by_hand(plant, data, 4, 0.0, 100.0);
  const AugmentedDataset made = augmented("model:steps=4,next=mode", data, plant);
  EXPECT_EQ(made.unused, 3U) << "every second one is perturbed";
  EXPECT_EQ(made.off_label, 0U) << "nothing is executed on a rolled state";
}

TEST(AugmentModel, TheExactModelOfADeterministicPlantRollsTheDemonstrations) {
  const Deployment plant = plant_deployment("scalar_linear:a=0.9,b=1,gain=0.5,horizon=12");
  const Dataset data = demonstrations_on(plant, 3);
  const AugmentedDataset made = augmented("model:steps=4,model=exact", data, plant);
  const auto origins = demonstrations_of(made.data.info(), made.data.size());
  ASSERT_GT(made.relabelled, 0U);
  for (std::size_t i = 3; i < made.data.size(); ++i) {
    const Trajectory t = made.data.trajectory(i), from = data.trajectory(origins[i]);
    const std::size_t start = std::stoul(t.name.substr(t.name.rfind('_') + 1));
    for (std::size_t row = 0; row < t.steps; ++row) {
      EXPECT_EQ(t.observations[row], from.observations[start + 1 + row]) << t.name;
      EXPECT_EQ(t.actions[row], from.actions[start + 1 + row]) << t.name;
    }
  }
}

TEST(AugmentModel, DrawsOfALawDifferFromItsMode) {
  Deployment plant = plant_deployment();
  plant.model = plant_model(0.0, 0.1);
  const Dataset data = demonstrations_on(plant, 40);
  const AugmentedDataset drawn = augmented("model:steps=1", data, plant),
                         modes = augmented("model:steps=1,next=mode", data, plant);
  ASSERT_EQ(drawn.data.steps(), modes.data.steps());
  double squares = 0.0;
  const std::size_t first = data.steps(), count = drawn.relabelled_steps;
  for (std::size_t row = first; row < first + count; ++row) {
    const double away = drawn.data.observations()[row] - modes.data.observations()[row];
    squares += away * away;
  }
  EXPECT_NEAR(squares / static_cast<double>(count), 0.01, 4.0 * 0.01 * std::sqrt(2.0 / static_cast<double>(count)));
}

TEST(AugmentModel, SaysWhatIsMissing) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 2);
  const auto said = [&](const char* spec, const Deployment& deployment, const char* part) {
    const std::string message = usage_error([&] { augmented(spec, data, deployment); });
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  said("model:steps=0", plant, "steps must be from 1");
  said("model:next=median", plant, "known: sample, mode");
  said("model:model=learnt", plant, "'learned'");
  Deployment bare = plant;
  bare.model = nullptr;
  said("model:model=learned", bare, "--with-model");
  Deployment other = plant;
  LearnedModelParts parts{"linear", 1, {}, {}, {-1.0, -1.0}, {1.0, 1.0}, {}};
  parts.members.push_back(make_linear_law({3, 2, {0.0, 0.0, 1.0, 0.0, 0.0, 1.0}, {0.0, 0.0}, {0.1, 0.0, 0.0, 0.1}}));
  other.model = make_learned_model(std::move(parts));
  said("model", other, "of 2 observations");
  other.system = nullptr;
  said("model", other, "give the run of these demonstrations");
}

}  // namespace
}  // namespace pianola
