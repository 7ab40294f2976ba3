// Heads trained on soft targets (quantizers/twohot, quantizers/dither): their means lie between the levels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/training/learner.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

/// Observation x in [−1, 1]; action 0.8·x, between the levels nearly everywhere.
Dataset line() {
  DatasetInfo info;
  info.path = "line";
  info.observation_dim = info.action_dim = 1;
  info.action_range = {{-1.0}, {1.0}};
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 128;
  for (std::size_t h = 0; h < t.steps; ++h) {
    t.observations.push_back(-1.0 + 2.0 * static_cast<double>(h) / 127.0);
    t.actions.push_back(0.8 * t.observations.back());
  }
  data.append(t);
  return data;
}

/// Σ_k p_k·ℓ_k of one head.
double mean_of(std::span<const float> logits, std::span<const float> levels) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0, total = 0.0;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const double weight = std::exp(static_cast<double>(logits[k] - largest));
    sum += weight * static_cast<double>(levels[k]);
    total += weight;
  }
  return sum / total;
}

/// Root mean square of the head's mean against the action, after training.
double error_of_the_mean(const std::string& spec) {
  set_training_threads(1);
  const Dataset data = line();
  const auto quantizer = toy_training::fitted(data, spec);
  const Samples samples = make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)});
  LearnerOptions options;
  options.policy = "mlp:hidden=64x1";
  options.key = NoiseKey(7);
  Learner learner(samples, options);
  for (int step = 0; step < 900; ++step) learner.step(samples.train, step < 600 ? 0.02 : 0.002, 0.9);
  const std::vector<float> logits = learner.outputs(samples.train, Weights::raw);
  const std::size_t bins = quantizer->info().vocabularies[0];
  double square = 0.0;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    const double mean = mean_of(std::span(logits).subspan(row * bins, bins), quantizer->levels(0));
    square += std::pow(mean - static_cast<double>(samples.chunks[row]), 2);
  }
  return std::sqrt(square / static_cast<double>(samples.size()));
}

// Five levels, ½ apart: a hard token is off by up to ¼, 0.14 in root mean square.
TEST(SoftTargets, TwoHotHeadsRecoverTheActionsBetweenTheLevels) { EXPECT_LT(error_of_the_mean("twohot:bins=5"), 0.02); }

TEST(SoftTargets, SoDoHeadsOfDitheredTokens) { EXPECT_LT(error_of_the_mean("dither:bins=5"), 0.02); }

TEST(SoftTargets, SoDoHistogramsOfAGaussianInsideTheirRange) {
  EXPECT_LT(error_of_the_mean("twohot:bins=11,smoothing=gaussian"), 0.02);
}

// The control: the same head on hard tokens of the same levels.
TEST(SoftTargets, HardTokensDoNot) { EXPECT_GT(error_of_the_mean("uniform:bins=5,representatives=ends"), 0.08); }

}  // namespace
}  // namespace pianola
