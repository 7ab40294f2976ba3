#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/policies/registry.hpp"
#include "reference_transformer.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;
using toy_training::reference_logits;
using toy_training::ToyLearner;

constexpr const char* kSmall = "transformer:width=16,layers=2,heads=4";

/// Observations as the network sees them.
std::vector<double> inputs_of(const Samples& samples, std::size_t row) {
  const auto values = std::span(samples.inputs).subspan(row * samples.input_dim, samples.input_dim);
  return {values.begin(), values.end()};
}

double largest_difference(const ToyLearner& toy, std::span<const std::int64_t> rows) {
  const TransformerWeights weights = transformer_weights_from_tensors(toy.learner.weights(Weights::raw), "memory");
  const std::vector<float> got = toy.learner.outputs(rows, Weights::raw);
  std::size_t i = 0;
  double largest = 0.0;
  for (const std::int64_t row : rows) {
    const auto tokens = std::span(toy.samples.tokens).subspan(static_cast<std::size_t>(row) * 3, 3);
    for (const double logit :
         reference_logits(weights, inputs_of(toy.samples, static_cast<std::size_t>(row)), tokens)) {
      largest = std::max(largest, std::abs(logit - static_cast<double>(got[i++])));
    }
  }
  EXPECT_EQ(i, got.size());
  return largest;
}

TEST(TransformerNetwork, FollowsItsFormulas) {
  for (const std::string& spec :
       {std::string(kSmall), std::string(kSmall) + ",tied=true", std::string("transformer:layers=1")}) {
    ToyLearner toy(spec);
    EXPECT_LT(largest_difference(toy, toy.rows(4)), 1e-5) << spec;
    for (int step = 0; step < 20; ++step) toy.learner.step(toy.rows(40), 0.01, 0.9);
    EXPECT_LT(largest_difference(toy, toy.rows(4)), 1e-4) << spec << ", trained";
  }
}

/// Logits of all positions from the policy that runs without LibTorch, fed the true tokens.
std::vector<float> deployed_logits(const ToyLearner& toy, std::span<const std::int64_t> rows) {
  const TensorFile file = toy.learner.weights(Weights::raw);
  const auto policy = find_policy(parse_spec(toy.learner.policy_spec()).name).load(file, "memory");
  const auto session = policy->session(rows.size());
  std::vector<float> histories;
  for (const std::int64_t row : rows) {
    for (std::size_t d = 0; d < 3; ++d) {
      histories.push_back(static_cast<float>(toy.data.observations()[static_cast<std::size_t>(row) * 3 + d]));
    }
  }
  session->begin({}, histories);
  std::vector<std::vector<float>> parts;
  std::vector<Token> previous(rows.size());
  for (std::size_t p = 0; p < 3; ++p) {
    parts.emplace_back(rows.size() * toy.samples.vocabularies[p]);
    session->logits(previous, parts.back());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      previous[i] = static_cast<Token>(toy.samples.tokens[static_cast<std::size_t>(rows[i]) * 3 + p]);
    }
  }
  std::vector<float> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t p = 0; p < 3; ++p) {
      const std::size_t v = toy.samples.vocabularies[p];
      out.insert(out.end(), parts[p].begin() + static_cast<std::ptrdiff_t>(i * v),
                 parts[p].begin() + static_cast<std::ptrdiff_t>((i + 1) * v));
    }
  }
  return out;
}

TEST(TransformerNetwork, InferenceWithoutLibTorchHasTheSameLogits) {
  for (const std::string& spec :
       {std::string("transformer:preset=tiny"), std::string("transformer:preset=tiny,tied=true"),
        std::string("transformer:preset=small"), std::string("transformer:preset=base"),
        std::string("parallel:preset=tiny"), std::string("parallel:preset=small"),
        std::string("parallel:preset=base")}) {
    ToyLearner toy(spec);
    for (const int steps : {0, 4}) {
      for (int step = 0; step < steps; ++step) toy.learner.step(toy.rows(10), 0.001, 0.9);
      const std::vector<float> here = toy.learner.outputs(toy.rows(10), Weights::raw),
                               there = deployed_logits(toy, toy.rows(10));
      ASSERT_EQ(here.size(), there.size());
      for (std::size_t i = 0; i < here.size(); ++i)
        ASSERT_NEAR(here[i], there[i], 1e-4) << spec << ", " << steps << " steps, logit " << i;
    }
  }
}

TEST(TransformerNetwork, LaterTokensDependOnEarlierOnesOnly) {
  ToyLearner toy(kSmall);
  for (int step = 0; step < 20; ++step) toy.learner.step(toy.rows(40), 0.01, 0.9);
  const auto row = toy.rows(1);
  const std::vector<float> before = toy.learner.outputs(row, Weights::raw);
  std::int64_t& first = toy.samples.tokens[static_cast<std::size_t>(row[0]) * 3];
  first = (first + 1) % 4;  // of the first position, which has 4 tokens
  const std::vector<float> after = toy.learner.outputs(row, Weights::raw);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(before[k], after[k]);
  for (std::size_t k = 4; k < 6; ++k) EXPECT_NE(before[k], after[k]);
  toy.samples.tokens[static_cast<std::size_t>(row[0]) * 3 + 2] = 0;  // the last one is nobody's input
  EXPECT_EQ(toy.learner.outputs(row, Weights::raw), after);
}

TEST(TransformerNetwork, LearnsOneTokenAlone) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 40;
  for (int h = 0; h < 40; ++h) {
    t.observations.push_back(h % 4 - 1.5);
    t.actions.push_back(h % 4);
  }
  data.append(t);
  const auto quantizer = toy_training::fitted(data);
  const Samples samples = make_samples(data, *quantizer, {2, 0.0, NoiseKey(1)});
  Learner learner(samples, LearnerOptions{kSmall, 0.0, 0.0, false, NoiseKey(1)});
  double loss = 0.0;
  for (int step = 0; step < 60; ++step) loss = learner.step(samples.train, 0.01, 0.0).loss;
  EXPECT_LT(loss, 0.05);
}

TEST(TransformerNetwork, BeginsAsGpt2) {
  const TensorFile file = ToyLearner("transformer").learner.weights(Weights::raw);
  const auto deviation = [&](const char* name) {
    double square = 0.0;
    const std::vector<float> values = file.at(name, "memory").floats(name);
    for (const float x : values) square += static_cast<double>(x) * static_cast<double>(x);
    return std::sqrt(square / static_cast<double>(values.size()));
  };
  EXPECT_NEAR(deviation("blocks.0.attention.weight"), 0.02, 2e-4);
  EXPECT_NEAR(deviation("blocks.3.down.weight"), 0.02 / std::sqrt(8.0), 1e-4);
  EXPECT_NEAR(deviation("position.weight"), 0.02, 2e-3);
  EXPECT_EQ(deviation("norm.weight"), 1.0);
  EXPECT_EQ(deviation("head.bias"), 0.0);
}

TEST(TransformerNetwork, NormsBiasesAndVectorsDoNotDecay) {
  LearnerOptions options;
  options.weight_decay = 0.5;
  ToyLearner toy(kSmall, options), still(kSmall);
  const TensorFile before = toy.learner.weights(Weights::raw);
  toy.learner.step(toy.rows(10), 0.1, 0.0);
  still.learner.step(still.rows(10), 0.1, 0.0);
  const TensorFile decayed = toy.learner.weights(Weights::raw), kept = still.learner.weights(Weights::raw);
  for (const auto& [name, tensor] : before.tensors) {
    if (name.starts_with("observation_")) continue;
    const auto first = tensor.floats(name), with = decayed.at(name, "").floats(name),
               without = kept.at(name, "").floats(name);
    const bool decays = name.ends_with(".weight") && name.find("norm") == std::string::npos && name != "token.weight" &&
                        name != "position.weight";
    for (std::size_t i = 0; i < first.size(); ++i) {
      ASSERT_NEAR(with[i], without[i] - (decays ? 0.05F * first[i] : 0.0F), 1e-6) << name;
    }
  }
}

TEST(TransformerNetwork, ItsSpecIsCanonicalAndBadOnesAreRefused) {
  EXPECT_EQ(ToyLearner("transformer").learner.policy_spec(), "transformer:preset=tiny");
  EXPECT_EQ(ToyLearner("transformer:tiny,layers=1").learner.policy_spec(), "transformer:preset=tiny,layers=1");
  EXPECT_NE(message_of<UsageError>([] { ToyLearner("transformer:preset=tini"); }).find("did you mean 'tiny'"),
            std::string::npos);
  EXPECT_NE(message_of<UsageError>([] { ToyLearner("transformer:heads=3"); }).find("divide"), std::string::npos);
}

}  // namespace
}  // namespace pianola
