#include "pianola/policies/transformer_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/policies/registry.hpp"
#include "property.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using toy_transformer::random_weights;
using toy_transformer::reference_logits;
using toy_transformer::Shape;

std::vector<float> numbers(std::uint64_t seed, std::size_t count) {
  std::vector<double> drawn(count);
  normals(NoiseKey(seed), 0, 0, drawn);
  return {drawn.begin(), drawn.end()};
}

/// Contexts of token numbers, each lane one token longer than the last one, −1 before them.
std::vector<float> contexts(const TransformerWeights& w, std::size_t lanes) {
  std::vector<float> rows(lanes * w.history, -1.0F);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::size_t length = 1 + lane % w.history;
    for (std::size_t i = w.history - length; i < w.history; ++i) {
      rows[lane * w.history + i] = static_cast<float>((7 * lane + 3 * i) % w.vocabularies[0]);
    }
  }
  return rows;
}

std::vector<float> histories(const TransformerWeights& w, std::size_t lanes) {
  if (w.input == TransformerInput::tokens) return contexts(w, lanes);
  return numbers(5, lanes * w.history * w.observation_dim);
}

std::vector<Token> some_tokens(const TransformerWeights& w, std::size_t lanes) {
  std::vector<Token> tokens;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t p = 0; p < w.vocabularies.size(); ++p) {
      tokens.push_back(
          static_cast<Token>(uniform(NoiseKey(9), lane, 0, static_cast<std::uint32_t>(p)) * w.vocabularies[p]));
    }
  }
  return tokens;
}

std::size_t logits_of(const std::vector<std::uint32_t>& vocabularies) {
  return std::accumulate(vocabularies.begin(), vocabularies.end(), std::size_t{0});
}

/// [lanes × Σ vocabularies], with these tokens [lanes × positions] as what was decided.
std::vector<float> session_logits(const Policy& policy, PolicySession& session, std::size_t lanes,
                                  std::span<const float> rows, std::span<const Token> tokens) {
  const auto& vocabularies = policy.info().vocabularies;
  const std::size_t width = logits_of(vocabularies), positions = vocabularies.size();
  std::vector<float> all(lanes * width);
  std::vector<Token> previous(lanes);
  session.begin({}, rows);
  for (std::size_t p = 0, first = 0; p < positions; first += vocabularies[p], ++p) {
    std::vector<float> out(lanes * vocabularies[p]);
    session.logits(previous, out);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      std::copy_n(&out[lane * vocabularies[p]], vocabularies[p], &all[lane * width + first]);
      previous[lane] = tokens[lane * positions + p];
    }
  }
  return all;
}

/// Largest difference from the reference, relative to the largest logit (at least 1).
double error_of(const TransformerWeights& weights, std::size_t lanes, WeightFormat format = WeightFormat::float32) {
  const TransformerPolicy policy(weights, format);
  const auto rows = histories(weights, lanes);
  const auto tokens = some_tokens(weights, lanes);
  const auto session = policy.session(lanes);
  const auto got = session_logits(policy, *session, lanes, rows, tokens);
  const std::size_t inputs = rows.size() / lanes, width = got.size() / lanes, positions = tokens.size() / lanes;
  double worst = 0.0, scale = 1.0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto expected = reference_logits(weights, std::span(rows).subspan(lane * inputs, inputs),
                                           std::span(tokens).subspan(lane * positions, positions));
    for (std::size_t i = 0; i < width; ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(got[lane * width + i]) - expected[i]));
      scale = std::max(scale, std::abs(expected[i]));
    }
  }
  return worst / scale;
}

TEST(TransformerPolicy, LogitsAreThoseOfTheSlowReference) {
  test::property("any shape, any number of lanes", [] {
    Shape shape;
    shape.observation_dim = *rc::gen::inRange<std::size_t>(1, 20);
    shape.history = *rc::gen::inRange<std::size_t>(1, 4);
    shape.heads = *rc::gen::inRange<std::size_t>(1, 4);
    shape.width = shape.heads * *rc::gen::inRange<std::size_t>(4, 24);  // two numbers, normalised, jump
    shape.layers = *rc::gen::inRange<std::size_t>(1, 3);
    shape.vocabularies = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(1, 40));
    if (shape.vocabularies.empty()) shape.vocabularies = {3};
    shape.parallel = *rc::gen::arbitrary<bool>();
    shape.tied = !shape.parallel && *rc::gen::arbitrary<bool>();
    const auto weights = random_weights(shape, *rc::gen::arbitrary<std::uint64_t>());
    RC_ASSERT(error_of(weights, *rc::gen::inRange<std::size_t>(1, 9)) <= 1e-4);
  });
}

TEST(TransformerPolicy, TinyAgreesWithTheReference) {
  const std::vector<std::uint32_t> bins(7, 256);
  EXPECT_LE(error_of(random_weights({11, 2, 128, 4, 4, bins, false, false, TransformerInput::observations}), 2), 1e-5);
  EXPECT_LE(error_of(random_weights({11, 2, 128, 4, 4, bins, true, false, TransformerInput::observations}), 2), 1e-5);
}

/// The weights of tools/oracles/transformer_logits.py.
TransformerWeights formula_weights(TransformerShape size, bool parallel, bool tied) {
  TransformerWeights w = random_weights(
      {3, 2, size.width, size.layers, size.heads, {5, 3, 4}, parallel, tied, TransformerInput::observations});
  std::size_t count = 0;
  w.visit([&](const std::string& name, std::vector<float>& values, const std::vector<std::size_t>& shape) {
    const bool gain = name.ends_with("norm.weight") || name == "observation_inverse_std";
    const double fan_in = shape.size() == 2 ? static_cast<double>(shape[1]) : 4.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto at = static_cast<double>(i);
      const double wave = std::sin(0.7 * at + 1.3 * static_cast<double>(count) + std::fmod(0.1 * at * at, 7.0));
      values[i] = static_cast<float>((gain ? 1.0 : 0.0) + (gain ? 0.2 : 1.0 / std::sqrt(fan_in)) * wave);
    }
    ++count;
  });
  return w;
}

TEST(TransformerPolicy, EveryPresetAgreesWithPyTorch) {
  std::ifstream golden(PIANOLA_GOLDEN);
  std::string line;
  std::getline(golden, line);  // provenance
  std::size_t lines = 0;
  std::vector<float> history;
  for (int i = 0; i < 6; ++i) history.push_back(static_cast<float>(0.5 * std::sin(1.1 * i)));
  while (std::getline(golden, line)) {
    std::istringstream fields(line);
    std::string preset;
    bool parallel = false, tied = false;
    fields >> preset >> parallel >> tied;
    ParallelConfig config;
    config.preset = preset;
    const TransformerPolicy policy(formula_weights(transformer_shape(config, "test"), parallel, tied));
    const std::vector<Token> tokens{4, 1, 2};
    for (const float got : session_logits(policy, *policy.session(1), 1, history, tokens)) {
      double wanted = 0.0;
      ASSERT_TRUE(fields >> wanted);
      EXPECT_NEAR(got, wanted, 1e-4) << line.substr(0, 20);
    }
    ++lines;
  }
  EXPECT_EQ(lines, 9U);
}

TEST(TransformerPolicy, LongSequencesPassTheBlocksOfPlaces) {
  const std::vector<std::uint32_t> many(40, 9);
  EXPECT_LE(error_of(random_weights({5, 3, 24, 2, 2, many, false, false, TransformerInput::observations}), 2), 1e-4);
}

TEST(TransformerPolicy, ContextsOfTokensHaveAnyLength) {
  Shape shape;
  shape.input = TransformerInput::tokens;
  shape.history = 9;
  shape.vocabularies = {13};
  EXPECT_LE(error_of(random_weights(shape), 20), 1e-4);
  shape.tied = true;
  EXPECT_LE(error_of(random_weights(shape), 20), 1e-4);
}

TEST(TransformerPolicy, FewerBitsCostLittleAndMoreWithFewer) {
  const auto weights = random_weights({11, 1, 64, 3, 4, {17, 17, 17}, false, false, TransformerInput::observations});
  const double brief = error_of(weights, 8, WeightFormat::bfloat16), bytes = error_of(weights, 8, WeightFormat::int8);
  EXPECT_GT(brief, 1e-5);
  EXPECT_LT(brief, 0.02);
  EXPECT_GT(bytes, brief);
  EXPECT_LT(bytes, 0.06);
}

TEST(TransformerPolicy, ALanesBitsDependNotOnItsNeighbours) {
  Shape causal{11, 2, 48, 2, 3, {17, 5, 30}, false, false, TransformerInput::observations}, parallel = causal, text;
  parallel.parallel = true;
  text.input = TransformerInput::tokens;
  text.vocabularies = {19};
  text.history = 70;  // more places than go through the layers at once
  for (const Shape& shape : {causal, parallel, text}) {
    for (const WeightFormat format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
      const auto weights = random_weights(shape);
      const TransformerPolicy policy(weights, format);
      constexpr std::size_t kLanes = 67;
      const auto rows = histories(weights, kLanes);
      const auto tokens = some_tokens(weights, kLanes);
      const auto together = session_logits(policy, *policy.session(kLanes), kLanes, rows, tokens);
      const std::size_t inputs = rows.size() / kLanes, width = together.size() / kLanes;
      const std::size_t positions = weights.vocabularies.size();
      const auto alone = policy.session(1);
      for (std::size_t lane = 0; lane < kLanes; lane += 6) {
        const auto one = session_logits(policy, *alone, 1, std::span(rows).subspan(lane * inputs, inputs),
                                        std::span(tokens).subspan(lane * positions, positions));
        for (std::size_t i = 0; i < width; ++i) ASSERT_EQ(one[i], together[lane * width + i]) << lane;
      }
    }
  }
}

TEST(TransformerPolicy, EachDecisionBeginsAnew) {
  const auto weights = random_weights({});
  const TransformerPolicy policy(weights);
  const auto rows = histories(weights, 4);
  const auto tokens = some_tokens(weights, 4);
  const auto session = policy.session(2);
  const auto first = session_logits(policy, *session, 2, std::span(rows).first(rows.size() / 2), tokens);
  session_logits(policy, *session, 2, std::span(rows).last(rows.size() / 2), std::span(tokens).last(6));
  EXPECT_EQ(session_logits(policy, *session, 2, std::span(rows).first(rows.size() / 2), tokens), first);
}

TEST(TransformerPolicy, InfoSaysWhatItIs) {
  const TransformerPolicy causal(random_weights({}));
  EXPECT_EQ(causal.info().spec, "transformer:preset=tiny,width=12,layers=2,heads=3");
  EXPECT_FALSE(causal.info().factored);
  EXPECT_EQ(causal.info().history, 2U);
  EXPECT_EQ(causal.info().observation_dim, 3U);
  Shape shape;
  shape.parallel = true;
  EXPECT_TRUE(TransformerPolicy(random_weights(shape)).info().factored);
}

TEST(TransformerPolicy, TheRegistryLoadsBothKinds) {
  Shape shape;
  for (const bool parallel : {false, true}) {
    shape.parallel = parallel;
    const auto& entry = find_policy(parallel ? "parallel" : "transformer");
    const auto policy = entry.load(to_tensors(random_weights(shape)), "memory");
    EXPECT_EQ(policy->info().factored, parallel);
    EXPECT_EQ(policy->info().vocabularies, shape.vocabularies);
  }
}

TEST(TransformerPolicy, WeightsThatDoNotFitAreRefused) {
  auto weights = random_weights({});
  weights.position.pop_back();
  EXPECT_THROW(TransformerPolicy{weights}, UsageError);
}

}  // namespace
}  // namespace pianola
