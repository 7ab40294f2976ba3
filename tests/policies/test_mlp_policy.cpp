#include "pianola/policies/mlp_policy.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "toy_mlp.hpp"

namespace pianola {
namespace {

using toy_mlp::numbers;
using toy_mlp::random_weights;
using toy_mlp::reference_logits;
using toy_mlp::Shape;

/// All positions' logits through a session: [lanes × Σ vocabularies], as reference_logits has them.
std::vector<float> session_logits(const MlpPolicy& policy, PolicySession& session, std::size_t lanes,
                                  std::span<const float> histories) {
  const auto& vocabularies = policy.info().vocabularies;
  std::size_t width = 0, first = 0;
  for (const std::uint32_t v : vocabularies) width += v;
  std::vector<float> all(lanes * width);
  std::vector<Token> previous(lanes);
  session.begin({}, histories);
  for (const std::uint32_t v : vocabularies) {
    std::vector<float> out(lanes * v);
    session.logits(previous, out);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      std::copy_n(&out[lane * v], v, &all[lane * width + first]);
    }
    first += v;
  }
  return all;
}

TEST(MlpPolicy, LogitsAreThoseOfTheSlowReference) {
  test::property("any shape, any number of lanes", [] {
    Shape shape;
    shape.observation_dim = *rc::gen::inRange<std::size_t>(1, 20);
    shape.history = *rc::gen::inRange<std::size_t>(1, 4);
    shape.hidden.assign(*rc::gen::inRange<std::size_t>(0, 4), *rc::gen::inRange<std::size_t>(1, 70));
    shape.vocabularies.assign(*rc::gen::inRange<std::size_t>(1, 5), *rc::gen::inRange<std::uint32_t>(1, 40));
    shape.activation = *rc::gen::element(Activation::relu, Activation::gelu, Activation::tanh);
    const MlpWeights weights = random_weights(shape, *rc::gen::arbitrary<std::uint64_t>());
    const MlpPolicy policy(weights);
    const auto lanes = *rc::gen::inRange<std::size_t>(1, 20);
    const auto inputs = numbers(NoiseKey(5), lanes * shape.observation_dim * shape.history, 1.0);
    const auto expected = reference_logits(weights, inputs);
    const auto session = policy.session(lanes);
    const auto got = session_logits(policy, *session, lanes, inputs);
    float scale = 1.0F;
    for (const float x : expected) scale = std::max(scale, std::abs(x));
    for (std::size_t i = 0; i < got.size(); ++i) RC_ASSERT(std::abs(got[i] - expected[i]) <= 1e-5F * scale);
  });
}

TEST(MlpPolicy, ALanesBitsDependNotOnItsNeighbours) {
  const MlpPolicy policy(random_weights({11, 1, {256, 256}, {17, 17, 17}, Activation::relu}));
  const auto inputs = numbers(NoiseKey(3), 64 * 11, 1.0);
  const auto together = session_logits(policy, *policy.session(64), 64, inputs);
  const auto alone = policy.session(1);
  for (std::size_t lane = 0; lane < 64; ++lane) {
    const auto one = session_logits(policy, *alone, 1, std::span(inputs).subspan(lane * 11, 11));
    for (std::size_t i = 0; i < 51; ++i) ASSERT_EQ(one[i], together[lane * 51 + i]) << lane;
  }
}

TEST(MlpPolicy, EachDecisionBeginsAnew) {
  const MlpPolicy policy(random_weights({}));
  const auto session = policy.session(2);
  const auto a = numbers(NoiseKey(1), 6, 1.0), b = numbers(NoiseKey(2), 6, 1.0);
  const auto first = session_logits(policy, *session, 2, a);
  EXPECT_NE(session_logits(policy, *session, 2, b), first);
  std::vector<float> half(2 * 4);
  session->begin({}, b);
  session->logits(std::vector<Token>(2), half);  // one position of three
  EXPECT_EQ(session_logits(policy, *session, 2, a), first);
}

TEST(MlpPolicy, SaysWhatItIs) {
  const MlpPolicy policy(random_weights({4, 3, {16, 16}, {5, 2}, Activation::tanh}));
  EXPECT_EQ(policy.info().spec, "mlp:hidden=16x2,activation=tanh");
  EXPECT_EQ(policy.info().observation_dim, 4U);
  EXPECT_EQ(policy.info().history, 3U);
  EXPECT_EQ(policy.info().vocabularies, (std::vector<std::uint32_t>{5, 2}));
  EXPECT_TRUE(policy.info().factored);
}

TEST(MlpPolicy, ConstantObservationsDoNotCount) {
  MlpWeights weights = random_weights({});
  weights.normalisation.inverse_std[1] = 0.0F;
  const MlpPolicy policy(weights);
  const auto session = policy.session(1);
  EXPECT_EQ(session_logits(policy, *session, 1, std::vector<float>{1.0F, 5.0F, 2.0F}),
            session_logits(policy, *session, 1, std::vector<float>{1.0F, -7.0F, 2.0F}));
}

TEST(MlpPolicy, RefusesWeightsThatDoNotFitTogether) {
  const auto refused = [](auto damage) {
    MlpWeights weights = random_weights({});
    damage(weights);
    EXPECT_THROW(MlpPolicy{weights}, UsageError);
  };
  refused([](auto& w) { w.layers.clear(); });
  refused([](auto& w) { w.layers[1].in = 7; });
  refused([](auto& w) { w.layers[0].bias.pop_back(); });
  refused([](auto& w) { w.layers[2].weights.pop_back(); });
  refused([](auto& w) { w.vocabularies.push_back(3); });
  refused([](auto& w) { w.normalisation.inverse_std.pop_back(); });
  refused([](auto& w) { w.history = 0; });
  refused([](auto& w) { w.history = 2; });
}

}  // namespace
}  // namespace pianola
