#include "pianola/audits/advisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "audits/demonstrations.hpp"
#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_plant.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

Advice advice_on(const std::string& system, std::size_t rollouts = 200) {
  const Deployment plant = test::plant(system);
  const Dataset data = test::demonstrations(plant, 10);
  AdvicePlan plan;
  plan.plant = plant, plan.data = &data;
  plan.key = NoiseKey(5), plan.rollouts = rollouts;
  return advise(plan);
}

/// Fails if anything is played.
class NothingPlayed final : public Progress {
 public:
  void begin(const std::string& what, std::uint64_t, const std::string&) override { ADD_FAILURE() << what; }
  void advance(std::uint64_t, const std::string&) override {}
  void end() override {}
};

const Lever* find(const Advice& advice, const std::string& name) {
  const auto found = std::ranges::find(advice.levers, name, &Lever::name);
  return found == advice.levers.end() ? nullptr : &*found;
}

TEST(Advisor, FindsEnoughResolutionForAStablePlant) {
  const Advice advice = advice_on("scalar_linear:a=0.9,b=1,horizon=40");
  EXPECT_LE(advice.rollouts, advice.budget);
  EXPECT_LE(advice.recommended().regret.value, advice.tolerated);
  EXPECT_EQ(advice.deploy, "feedback");
  ASSERT_TRUE(advice.rate);
  EXPECT_EQ(advice.rate->bits, 0.0);
  EXPECT_NE(advice.lever, "dithering");
  for (const AdviceCandidate& c : advice.candidates) {
    EXPECT_EQ(c.certificates.size(), c.chunk == 1 ? 3u : 0u) << c.quantizer.spec;
    EXPECT_GE(c.regrets.size(), 2u) << "no candidate is listed that was not played";
  }
}

TEST(Advisor, AnUnstablePlantTakesMoreThanTheNecessaryRate) {
  const Advice advice = advice_on("scalar_linear:a=1.5,b=1,horizon=40");
  ASSERT_TRUE(advice.rate);
  EXPECT_NEAR(advice.rate->bits, std::log2(1.5), 1e-12);
  EXPECT_GE(advice.recommended().bits, advice.rate->bits);
  const Lever* const augmentation = find(advice, "augmentation");
  ASSERT_NE(augmentation, nullptr);
  EXPECT_NE(augmentation->verdict, Lever::Verdict::pays) << augmentation->text;
  EXPECT_LT(augmentation->gain.value, 0.0) << "it looks at the real state too seldom";
  const auto blind = std::ranges::find(advice.candidates, std::string("augmented"), &AdviceCandidate::controller);
  ASSERT_NE(blind, advice.candidates.end());
  EXPECT_GT(blind->regret.value, advice.tolerated) << "it never looks at the real state again";
  EXPECT_EQ(advice.starts.trajectories, 10u);
}

TEST(Advisor, ACertificateOfALinearPlantHoldsForWhatWasMeasured) {
  const Advice advice = advice_on("scalar_linear:a=0.9,b=1,horizon=40");
  std::size_t issued = 0;
  for (const AdviceCandidate& c : advice.candidates) {
    for (const CertificateFinding& form : c.certificates) {
      if (!form.issued || !form.covers || form.basis == Basis::sampled) continue;
      ++issued;
      EXPECT_LE(c.regret.low, form.value) << c.quantizer.spec << " " << form.form;
    }
  }
  EXPECT_GT(issued, 0u);
}

/// What the rule says of all that an advice lists.
Choice choice_of(const Advice& advice) {
  std::vector<ChoiceRow> rows;
  for (const AdviceCandidate& c : advice.candidates) {
    rows.push_back({c.plain() ? c.regrets : std::vector<double>{}, c.bits, c.second_choice()});
  }
  return choose(rows, advice.slack);
}

TEST(Advisor, TheRecommendationIsTheRulesOverAllThatWasPlayed) {
  for (const char* system :
       {"scalar_linear:a=0.9,b=1,horizon=40", "scalar_linear:a=1.5,horizon=60", "pendulum:horizon=30"}) {
    const Advice advice = advice_on(system);
    const Choice choice = choice_of(advice);
    EXPECT_EQ(choice.chosen, 0u) << system << ": " << advice.reasons[0];
    EXPECT_FALSE(choice.provisional) << system;
    EXPECT_GE(advice.judged_rollouts, kLeastJudged) << system;
    for (const AdviceCandidate& c : advice.candidates) {
      EXPECT_EQ(c.above_least.n, c.judged ? advice.judged_rollouts : 0u) << system << " " << c.quantizer.spec;
    }
    for (const Lever& lever : advice.levers) {
      EXPECT_TRUE(lever.verdict == Lever::Verdict::undecided || lever.gain.n >= kLeastJudged) << lever.text;
    }
  }
}

// Integrators: nothing of it grows, and nothing of an error fades.
TEST(Advisor, AMarginalPlantGetsLogarithmicCellsAndMovingScales) {
  const Advice advice = advice_on("quadrotor:horizon=100");
  ASSERT_TRUE(advice.growth);
  EXPECT_TRUE(keeps_errors(*advice.growth));
  const auto tried = [&](const std::string& start) {
    return std::ranges::any_of(advice.candidates, [&](const auto& c) { return c.quantizer.spec.starts_with(start); });
  };
  EXPECT_TRUE(tried("log:bins=")) << advice.reasons[0];
  EXPECT_TRUE(tried("zoom:bins=5")) << advice.reasons[0];
  EXPECT_LE(advice.rollouts, 200u);
}

TEST(Advisor, NeverSpendsMoreThanItMay) {
  for (const std::size_t budget : {60u, 90u, 200u}) {
    const Advice advice = advice_on("pendulum:horizon=30", budget);
    EXPECT_LE(advice.rollouts, budget);
    EXPECT_GT(advice.rollouts, budget / 2) << "and does not leave the half of it";
    for (const AdviceCandidate& c : advice.candidates) {
      EXPECT_EQ(std::ranges::count(advice.unplayed, c.quantizer.spec), 0) << c.quantizer.spec << " was played";
    }
  }
}

TEST(Advisor, WhatItTriesAnywayIsNotTriedTwice) {
  const Deployment plant = test::plant("pendulum:horizon=30");
  const Dataset data = test::demonstrations(plant, 10);
  const auto rollouts = [&](const std::vector<std::string>& given) {
    AdvicePlan plan;
    plan.plant = plant, plan.data = &data, plan.key = NoiseKey(5), plan.rollouts = 90, plan.given = given;
    const Advice advice = advise(plan);
    std::vector<std::pair<std::string, std::size_t>> out;
    for (const AdviceCandidate& c : advice.candidates) out.emplace_back(c.quantizer.spec, c.regrets.size());
    return out;
  };
  std::vector<std::string> ladder;  // the first three rungs of both, which every climb takes
  for (const std::size_t bins : {3U, 5U, 9U}) {
    for (const char* family : {"centre", "ends"}) ladder.push_back(bins_candidate(family, bins).spec);
  }
  EXPECT_EQ(rollouts(ladder), rollouts({}));
}

TEST(Advisor, TheSameBitsForOneAndTwoThreads) {
  const auto with = [](int threads) {
    set_threads(threads);
    const Advice advice = advice_on("pendulum:horizon=30", 90);
    set_threads(0);
    std::vector<double> numbers;
    for (const AdviceCandidate& c : advice.candidates) {
      numbers.insert(numbers.end(), c.regrets.begin(), c.regrets.end());
      for (const CertificateFinding& form : c.certificates) numbers.push_back(form.issued ? form.value : -1.0);
    }
    return std::pair(numbers, advice.reasons);
  };
  EXPECT_EQ(with(1), with(2));
}

// Even bins of the same regret take more bits: the state is large at the start and small ever after.
TEST(Advisor, AGrowingPlantGetsLogarithmicCells) {
  const Deployment plant = test::plant("scalar_linear:a=1.5");
  const Dataset data = test::demonstrations(plant, 50);
  AdvicePlan plan;
  plan.plant = plant, plan.data = &data, plan.key = NoiseKey(5);
  const Advice advice = advise(plan);
  EXPECT_LE(advice.rollouts, 200u);
  EXPECT_LE(advice.recommended().bits, 5.1) << advice.reasons[0];
  EXPECT_LT(advice.recommended().regret.value, 0.9) << advice.reasons[0];
  const auto tried = [&](const std::string& start) {
    return std::ranges::any_of(advice.candidates, [&](const auto& c) { return c.quantizer.spec.starts_with(start); });
  };
  EXPECT_TRUE(tried("log:bins=") && tried("zoom:bins="));
  for (const AdviceCandidate& c : advice.candidates) {
    if (c.quantizer.spec.starts_with("log") && c.quantizer.spec.find("a=") != std::string::npos) {
      EXPECT_NE(c.quantizer.spec.find("gain=1.08"), std::string::npos) << c.quantizer.spec;
    }
    EXPECT_EQ(c.memory, c.quantizer.spec.starts_with("zoom")) << c.quantizer.spec;
  }
}

TEST(Advisor, AnotherPlantsDemonstrationsAreNoAdviceBelowTheNecessaryRate) {
  const Dataset data = test::demonstrations(test::plant("scalar_linear:a=1.5"), 10);
  AdvicePlan plan;
  plan.plant = test::plant("scalar_linear:a=5"), plan.data = &data, plan.key = NoiseKey(5), plan.rollouts = 120;
  const Advice advice = advise(plan);
  ASSERT_TRUE(advice.rate);
  EXPECT_NEAR(advice.rate->bits, std::log2(5.0), 1e-12);
  const bool warned = std::ranges::any_of(
      advice.reasons, [](const std::string& reason) { return reason.find("warning") != std::string::npos; });
  EXPECT_EQ(warned, advice.recommended().bits < advice.rate->bits) << advice.reasons[0];
}

TEST(Advisor, RefusesAnExpertThatLosesThePlant) {
  const Deployment plant = test::plant("scalar_linear:a=1.5,gain=0.3");
  const Dataset data = test::demonstrations(plant, 2);
  NothingPlayed nothing;
  AdvicePlan plan;
  plan.plant = plant, plan.data = &data, plan.progress = &nothing;
  try {
    static_cast<void>(advise(plan));
    ADD_FAILURE() << "an expert that lets the plant go has nothing to be compared with";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("between 0.5 and 2.5"), std::string::npos) << error.what();
  }
}

TEST(Advisor, RefusesWhatDoesNotFit) {
  EXPECT_THROW(advice_on("pendulum", 10), UsageError) << "too few rollouts";
  const Deployment plant = test::plant("pendulum:horizon=30");
  const Dataset other = test::demonstrations(test::plant("quadrotor:horizon=10"), 2);
  AdvicePlan plan;
  plan.plant = plant, plan.data = &other;
  EXPECT_THROW(advise(plan), UsageError) << "two motors are no torque";
  const Dataset own = test::demonstrations(plant, 2);
  plan.data = &own, plan.most_bits = 1.0;
  EXPECT_THROW(advise(plan), UsageError) << "not even three levels";
  plan.plant.expert = nullptr;
  EXPECT_THROW(advise(plan), UsageError) << "nobody to replay";
}

TEST(Advisor, RefusesWhatItCannotLearnBeforeItPlays) {
  const Deployment plant = test::plant("pendulum:horizon=30");
  const Dataset data = test::demonstrations(plant, 3);
  NothingPlayed nothing;
  AdvicePlan plan;
  plan.plant = plant, plan.data = &data, plan.key = NoiseKey(5), plan.rollouts = 130, plan.progress = &nothing;
  plan.budget_minutes = 1.0;
  EXPECT_THROW(advise(plan), UsageError) << "three trajectories have no half";
  plan.budget_minutes = 0.0;
  LearnerRequest learner;
  learner.deployment = plant, learner.controllers = {"expert"};
  plan.learners.assign(40, learner);
  EXPECT_THROW(advise(plan), UsageError) << "too few rollouts for forty policies";
}

TEST(Advisor, NamesHoppersSaturation) {
  const char* const root = std::getenv("PIANOLA_DATA");
  if (root == nullptr) GTEST_SKIP() << "PIANOLA_DATA names no folder with Gymnasium's files";
#if !defined(PIANOLA_WITH_MUJOCO) || !defined(PIANOLA_WITH_HDF5)
  GTEST_SKIP() << "this build has no MuJoCo, or no HDF5 to read the expert from";
#endif
  const std::string folder = std::string(root) + "/gymnasium";
  DeploymentRequest request;
  request.system = "gymnasium:Hopper-v4", request.expert = "mlp:" + folder + "/experts/Hopper.hdf5";
  request.assets = folder + "/assets";
  const Deployment plant = make_plant(request);
  AdvicePlan plan;
  plan.plant = plant;
  const Dataset data = test::demonstrations(plant, 3);
  plan.data = &data, plan.key = NoiseKey(0), plan.rollouts = 200, plan.horizon = 250, plan.most_bits = 10.0;
  const Advice advice = advise(plan);
  EXPECT_NEAR(advice.profile.saturated_fraction(), 0.44, 0.02);
  EXPECT_EQ(advice.lever, "representatives") << "not the resolution";
  EXPECT_LE(advice.recommended().bits, 7.0);
  const std::string family = advice.recommended().quantizer.family;
  EXPECT_TRUE(family == "ends" || family == "atoms") << family;
}

}  // namespace
}  // namespace pianola
