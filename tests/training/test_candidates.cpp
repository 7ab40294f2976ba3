#include "pianola/training/candidates.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/policies/mlp_weights.hpp"
#include "pianola/policies/run_folder.hpp"
#include "toy_plant.hpp"

namespace pianola {
namespace {

using toy_training::categorical_data;
using toy_training::Folder;
using toy_training::message_of;
using toy_training::plan_for;
using toy_training::ToyPlant;

/// A linear policy on the toy plant whose second action has this logit for its likelier token in every context.
TensorFile policy_of_skill(float skill) {
  MlpWeights weights;
  weights.normalisation = {{0, 0, 0}, {1, 1, 1}};
  weights.vocabularies = {4, 2, 1};
  DenseLayer layer{3, 7, std::vector<float>(21), std::vector<float>(7)};
  // Contexts 0, 1, 2 show (1, −1), (0, 1), (0, −1) and have likelier tokens 0 (a tie), 0, 1: ask for token 1 where both
  // observations say 2, that is by −x₀ − x₁.
  layer.weights[5 * 3] = -skill;
  layer.weights[5 * 3 + 1] = -skill;
  weights.layers = {layer};
  return to_tensors(weights);
}

void keep(const TrainPlan& plan, std::uint64_t steps, float skill) {
  std::filesystem::create_directories(plan.run / "candidates");
  write_policy(candidate_file(plan.run, steps), policy_of_skill(skill), {});
}

TEST(Candidates, AreEvenlySpacedAndEndWithTheLastStep) {
  TrainConfig config;
  config.steps = 100;
  config.candidates = 3;
  const auto candidates = planned_candidates(config, "run");
  ASSERT_EQ(candidates.size(), 3U);
  EXPECT_EQ(candidates[0].steps, 33U);
  EXPECT_EQ(candidates[2].steps, 100U);
  EXPECT_EQ(candidates[2].file, std::filesystem::path("run/candidates/step-00000100.safetensors"));
}

TEST(Candidates, TheOneThatReturnsMostIsChosen) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "run", 30);
  plan.config.candidates = 3;
  plan.system = std::make_shared<ToyPlant>();
  keep(plan, 10, 0.0F);
  keep(plan, 20, 20.0F);
  keep(plan, 30, -20.0F);
  const Choice choice = choose_candidate(plan);
  EXPECT_EQ(choice.candidate.steps, 20U);
  EXPECT_EQ(choice.label, "ema@20 (best of 3 by return)");
  const auto page = nlohmann::json::parse(read_file(plan.run / "candidates" / "returns.json"));
  EXPECT_EQ(page["format_version"], 1);
  EXPECT_EQ(page["chosen_step"], 20);
  ASSERT_EQ(page["candidates"].size(), 3U);
  // Twelve steps; in the context of the tie the sampled token is right half of the time.
  EXPECT_NEAR(page["candidates"][1]["return"]["value"].get<double>(), 10.0, 0.6);
  EXPECT_LT(page["candidates"][2]["return"]["value"].get<double>(), 5.0);
}

TEST(Candidates, OfEqualOnesTheLaterIsChosen) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "run", 20);
  plan.system = std::make_shared<ToyPlant>();
  plan.config.ema = 0.0;
  keep(plan, 10, 20.0F);
  keep(plan, 20, 20.0F);
  EXPECT_EQ(choose_candidate(plan).label, "raw@20 (best of 2 by return)");
}

TEST(Candidates, WithoutASystemTheLastIs) {
  const Dataset data = categorical_data(3, 5);
  const Choice choice = choose_candidate(plan_for(data, "no_such_run", 20));
  EXPECT_EQ(choice.candidate.steps, 20U);
  EXPECT_EQ(choice.label, "ema@20");
}

TEST(Candidates, AMissingFileIsNamed) {
  const Folder folder;
  const Dataset data = categorical_data(3, 5);
  TrainPlan plan = plan_for(data, folder / "run", 20);
  plan.system = std::make_shared<ToyPlant>();
  EXPECT_NE(message_of<DataError>([&] { choose_candidate(plan); }).find("step-00000010.safetensors"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
