// The augmentation `closest`: rollouts kept near the demonstrations by the closest of the policy's likely tokens.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "control/augmented_demonstrations.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola {
namespace {

using toys::augmented;
using toys::demonstrations_on;
using toys::plant_deployment;
using toys::quantized;
using toys::usage_error;

constexpr std::size_t kBins = 9;

/// Decoded actions of the k most likely tokens in x, the most likely first.
std::vector<double> most_likely(const Deployment& plant, double x, std::size_t k) {
  const auto session = plant.policy->session(1);
  const std::vector<float> history{static_cast<float>(x)};
  const std::vector<Token> previous{0};
  std::vector<float> logits(kBins);
  session->begin(toys::Moment({x}).at(), history);
  session->logits(previous, logits);
  std::vector<Token> order(kBins);
  std::iota(order.begin(), order.end(), Token{0});
  std::ranges::stable_sort(order, [&](Token a, Token b) { return logits[a] > logits[b]; });
  std::vector<double> out;
  for (std::size_t c = 0; c < std::min(k, kBins); ++c) out.push_back(plant.quantizer->levels(0)[order[c]]);
  return out;
}

/// Where demonstration i's plant is after these actions, from its initial state on: nothing is saved or restored.
double state_after(const Deployment& plant, const Dataset& data, std::uint64_t i, const std::vector<double>& actions) {
  const auto simulation = plant.system->simulate(1);
  const std::vector<std::uint64_t> ids{i};
  simulation->reset(NoiseKey(std::stoull(data.info().attributes.at("seed"))), ids);
  std::vector<Outcome> outcomes{Outcome::running};
  std::vector<double> state(1), rewards(1);
  for (std::uint32_t h = 0; h < actions.size(); ++h) {
    simulation->step(std::vector<std::uint32_t>{h}, std::span(&actions[h], 1), rewards, outcomes);
  }
  simulation->observe(state);
  return state[0];
}

void expect_by_hand(const Deployment& plant, const Dataset& data, std::size_t k) {
  const AugmentedDataset made = augmented("closest:k=" + std::to_string(k), data, plant);
  ASSERT_EQ(made.relabelled, data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Trajectory demonstration = data.trajectory(i), t = made.data.trajectory(data.size() + i);
    ASSERT_EQ(t.steps, demonstration.steps);
    std::vector<double> played;
    for (std::size_t h = 0; h < t.steps; ++h) {
      const double x = state_after(plant, data, i, played), reference = demonstration.next_observations[h];
      const auto away = [&](double action) {
        std::vector<double> longer = played;
        longer.push_back(action);
        return std::abs(state_after(plant, data, i, longer) - reference);
      };
      std::vector<double> candidates = most_likely(plant, x, k);
      const double executed = *std::ranges::min_element(candidates, {}, away);
      const double own = quantized(plant, demonstration.actions[h]);
      const double label = away(own) <= away(executed) ? own : executed;
      ASSERT_EQ(t.observations[h], x) << "demonstration " << i << " step " << h;
      EXPECT_FLOAT_EQ(static_cast<float>(t.executed_actions[h]), static_cast<float>(executed));
      EXPECT_FLOAT_EQ(static_cast<float>(t.actions[h]), static_cast<float>(label));
      EXPECT_FLOAT_EQ(static_cast<float>(quantized(plant, t.actions[h])), static_cast<float>(t.actions[h]));
      played.push_back(t.executed_actions[h]);
    }
  }
}

TEST(AugmentClosest, ExecutesAndLabelsTheClosestAsAPlainLoopDoes) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 4);
  for (const std::size_t k : {1U, 3U, 9U, 40U}) expect_by_hand(plant, data, k);
}

TEST(AugmentClosest, MoreCandidatesStayCloser) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 20);
  double last = HUGE_VAL;
  for (const std::size_t k : {1U, 3U, 9U}) {
    const AugmentedDataset made = augmented("closest:k=" + std::to_string(k), data, plant);
    double away = 0.0;
    for (std::size_t i = 0; i < 20; ++i) {
      const Trajectory from = data.trajectory(i), t = made.data.trajectory(20 + i);
      for (std::size_t h = 0; h < t.steps; ++h) away += std::abs(t.next_observations[h] - from.next_observations[h]);
    }
    EXPECT_LT(away, last) << k;
    last = away;
    EXPECT_EQ(made.off_label == 0, k == 9) << "with all tokens tried the label is what was executed";
  }
}

TEST(AugmentClosest, PoliciesThatCannotBranchAreDrawnFrom) {
  Deployment plant = plant_deployment();
  plant.policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{9}, 1,
      [](std::size_t, Token, std::span<const float>, std::span<float> out) { std::ranges::fill(out, 0.0F); });
  const Dataset data = demonstrations_on(plant, 3);
  const AugmentedDataset made = augmented("closest:k=5", data, plant);
  ASSERT_EQ(made.relabelled_steps, 36U);
  std::vector<double> executed;
  for (std::size_t i = 3; i < 6; ++i) {
    for (const double u : made.data.trajectory(i).executed_actions) executed.push_back(u);
  }
  for (const double u : executed) EXPECT_FLOAT_EQ(static_cast<float>(quantized(plant, u)), static_cast<float>(u));
  EXPECT_GT(std::ranges::max(executed), std::ranges::min(executed));
}

TEST(AugmentClosest, PerturbedDemonstrationsAreNotFollowed) {
  const Deployment plant = plant_deployment();
  const AugmentedDataset made = augmented("closest:k=2", demonstrations_on(plant, 6, 0.3), plant);
  EXPECT_EQ(made.relabelled, 3U);
  EXPECT_EQ(made.unused, 3U);
  EXPECT_EQ(made.cut_short, 0U);
}

TEST(AugmentClosest, ARolloutThatFallsEndsThere) {
  Deployment plant = plant_deployment();
  plant.policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{9}, 1, [](std::size_t, Token, std::span<const float>, std::span<float> out) {
        std::ranges::fill(out, -1000.0F);
        out[8] = 1000.0F;  // always the largest action
      });
  const toys::ToyDeployment toy({.a = 1.0, .gain = 0.5, .fall = 5.0});
  plant.system = toy.system;
  plant.expert = toy.expert;
  const Dataset data = demonstrations_on(plant, 3);
  const AugmentedDataset made = augmented("closest:k=1", data, plant);
  EXPECT_EQ(made.cut_short, 3U);
  for (std::size_t i = 3; i < 6; ++i) {
    const Trajectory t = made.data.trajectory(i);
    EXPECT_LT(t.steps, 20U);
    EXPECT_EQ(t.outcome, Outcome::terminated);
    EXPECT_GT(t.next_observations.back(), 5.0);
    EXPECT_LE(t.observations.back(), 5.0);
  }
}

TEST(AugmentClosest, SaysWhatIsMissing) {
  const Deployment plant = plant_deployment();
  const Dataset data = demonstrations_on(plant, 2);
  const auto refusal = [&](const char* spec, auto change) {
    Deployment deployment = plant;
    Dataset given = data;
    change(deployment, given);
    return usage_error([&] { augmented(spec, given, deployment); });
  };
  const auto said = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const auto nothing = [](Deployment&, Dataset&) {};
  said(refusal("closest:k=0", nothing), "k must be from 1 to 1024, but is 0");
  said(refusal("closest:k=1025", nothing), "1025");
  said(refusal("closest", [](Deployment& d, Dataset&) { d.system = nullptr; }), "--system");
  said(refusal("closest", [](Deployment& d, Dataset&) { d.policy = nullptr; }), "--run");
  said(refusal("closest", [](Deployment&, Dataset& given) { given.info().attributes.erase("seed"); }),
       "pianola collect");
  said(refusal("closest",
               [](Deployment& d, Dataset&) {
                 auto loose = std::make_shared<toys::ToyQuantizer>(9);
                 loose->info_.projection = false;
                 d.quantizer = loose;
               }),
       "encode to themselves");
  said(refusal("closest",
               [](Deployment& d, Dataset&) {
                 d.policy = std::make_shared<toys::ToyPolicy>(
                     std::vector<std::uint32_t>{9}, 1,
                     [](std::size_t, Token, std::span<const float>, std::span<float>) {}, true);
               }),
       "sees tokens");
}

/// The law of least log-loss on a dataset's labels, in cells of the state: counts of tokens, one of each beforehand. As
/// closed a form of training as there is: more of it on the same demonstrations changes nothing.
std::shared_ptr<const Policy> counted(const Deployment& plant, const Dataset& data) {
  constexpr std::size_t kCells = 60;
  const auto cell = [](double x) {
    return static_cast<std::size_t>(std::clamp((x + 3.0) * 10.0, 0.0, static_cast<double>(kCells - 1)));
  };
  std::vector<float> counts(kCells * kBins, 1.0F);
  const std::span<const float> levels = plant.quantizer->levels(0);
  for (std::size_t row = 0; row < data.steps(); ++row) {
    const auto value = static_cast<float>(quantized(plant, data.actions()[row]));
    const auto nearest =
        std::ranges::min_element(levels, {}, [&](float level) { return std::abs(level - value); }) - levels.begin();
    counts[cell(data.observations()[row]) * kBins + static_cast<std::size_t>(nearest)] += 20.0F;
  }
  return std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>{kBins}, 1,
                                           [=](std::size_t, Token, std::span<const float> x, std::span<float> out) {
                                             for (std::size_t k = 0; k < kBins; ++k)
                                               out[k] = std::log(counts[cell(static_cast<double>(x[0])) * kBins + k]);
                                           });
}

Estimate regret_of(const Deployment& plant, const Dataset& data) {
  EvaluatePlan plan;
  plan.deployment = plant;
  plan.deployment.policy = counted(plant, data);
  plan.controllers = {"feedback"};
  plan.key = NoiseKey(77);
  plan.rollouts = 400;
  return evaluate(plan).controllers[0].regret;
}

/// The same rows with the relabelled ones' labels dealt out anew among them.
Dataset shuffled(const Dataset& data, std::size_t demonstrations) {
  std::vector<double> labels;
  for (std::size_t i = demonstrations; i < data.size(); ++i) {
    const Trajectory t = data.trajectory(i);
    labels.insert(labels.end(), t.actions.begin(), t.actions.end());
  }
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [](std::size_t i) { return uniform(NoiseKey(9), i, 0); });
  Dataset out(data.info());
  std::size_t at = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    Trajectory t = data.trajectory(i);
    for (std::size_t row = 0; i >= demonstrations && row < t.steps; ++row) t.actions[row] = labels[order[at++]];
    out.append(t);
  }
  return out;
}

TEST(AugmentClosest, LowersTheRegretOfFewDemonstrationsAndShuffledLabelsDoNot) {
  Deployment plant = plant_deployment("scalar_linear:a=1,b=1,noise=0.1,horizon=40");
  const Dataset data = demonstrations_on(plant, 4);
  plant.policy = counted(plant, data);
  const AugmentedDataset once = augmented("closest:k=8", data, plant);
  const Estimate before = regret_of(plant, data), after = regret_of(plant, once.data),
                 control = regret_of(plant, shuffled(once.data, 4));
  EXPECT_LT(after.high, before.low) << before.value << " → " << after.value;
  EXPECT_GT(control.low, after.high) << control.value;
  EXPECT_GT(control.high, before.low) << before.value << " → " << control.value << ": no better than without";
}

}  // namespace
}  // namespace pianola
