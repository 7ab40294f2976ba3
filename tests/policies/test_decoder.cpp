// Decoder, declared in policies/policy.hpp.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "pianola/base/error.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "pianola/quantizers/registry.hpp"
#include "policies/toys.hpp"
#include "property.hpp"
#include "quantizers/action_samples.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using toys::GrammarQuantizer;
using toys::Moment;
using toys::ToyPolicy;
using toys::ToyQuantizer;

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// The same logits at each position.
ToyPolicy constant_policy(std::vector<float> logits, std::size_t positions = 1) {
  const std::vector<std::uint32_t> vocabularies(positions, static_cast<std::uint32_t>(logits.size()));
  return {vocabularies, 1,
          [logits = std::move(logits)](std::size_t, Token, std::span<const float>, std::span<float> out) {
            std::ranges::copy(logits, out.begin());
          }};
}

struct Decision {
  std::vector<double> actions;
  std::vector<Token> tokens;
  std::vector<float> log_probabilities;
};

Decision decide(const Policy& policy, const Quantizer& quantizer, DecodeOptions options, const NoiseKey& key,
                const Moment& moment) {
  const auto& info = quantizer.info();
  const std::size_t lanes = moment.ids.size();
  Decision out{std::vector<double>(lanes * info.chunk * info.action_dim),
               std::vector<Token>(lanes * info.max_tokens, 99), std::vector<float>(lanes * info.max_tokens, 99.0F)};
  const std::vector<float> histories(moment.observations.begin(), moment.observations.end());
  Decoder(policy, quantizer, options, lanes)
      .decide(key, moment.at(), histories, out.actions, out.tokens, out.log_probabilities);
  return out;
}

/// Textbook softmax in double.
std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  std::vector<double> p;
  double sum = 0.0;
  for (const float l : logits) sum += p.emplace_back(std::exp(static_cast<double>(l) / temperature));
  for (double& x : p) x /= sum;
  return p;
}

TEST(Decoder, SamplesByInverseDistributionFunctionInTokenOrder) {
  test::property("token is the first k whose cumulative probability exceeds the uniform", [] {
    const auto logits = *rc::gen::container<std::vector<float>>(
        5, rc::gen::map(rc::gen::inRange(-300, 300), [](int x) { return static_cast<float>(x) / 100.0F; }));
    const double temperature = *rc::gen::element(0.3, 1.0, 2.5);
    const NoiseKey key(*rc::gen::arbitrary<std::uint64_t>());
    const auto step = *rc::gen::inRange<std::uint32_t>(0, 1000);
    const ToyQuantizer quantizer(5, 2);
    const Moment moment({0.0, 0.0, 0.0}, step);
    const auto got = decide(constant_policy(logits, 2), quantizer, {DecodeMode::sample, temperature}, key, moment);
    const auto p = softmax(logits, temperature);
    for (std::size_t lane = 0; lane < 3; ++lane) {
      for (std::size_t position = 0; position < 2; ++position) {
        const double u = uniform(key.child("controller"), lane, step, static_cast<std::uint32_t>(position));
        const Token token = got.tokens[lane * 2 + position];
        double below = 0.0;
        for (Token k = 0; k < token; ++k) below += p[k];
        RC_ASSERT(below <= u + 1e-12);
        RC_ASSERT(below + p[token] > u - 1e-12);
        RC_ASSERT(std::abs(got.log_probabilities[lane * 2 + position] - std::log(p[token])) < 1e-5);
        RC_ASSERT(got.actions[lane * 2 + position] == quantizer.levels(position)[token]);
      }
    }
  });
}

TEST(Decoder, SampleFrequenciesAreThePolicysProbabilities) {
  const std::vector<float> logits{0.0F, 1.0F, -1.0F};
  const auto p = softmax(logits, 1.0);
  const Moment moment(std::vector<double>(4000));
  const auto got = decide(constant_policy(logits), ToyQuantizer(3), {}, NoiseKey(3), moment);
  for (Token k = 0; k < 3; ++k) {
    const auto count = static_cast<double>(std::ranges::count(got.tokens, k));
    EXPECT_NEAR(count / 4000.0, p[k], 4.0 * std::sqrt(p[k] * (1.0 - p[k]) / 4000.0)) << k;
  }
}

TEST(Decoder, ArgmaxIsTheFirstMostLikelyToken) {
  const auto got = decide(constant_policy({0.0F, 2.0F, 2.0F, 1.0F}), ToyQuantizer(4), {DecodeMode::argmax, 0.5},
                          NoiseKey(1), Moment({0.0}));
  EXPECT_EQ(got.tokens[0], 1U);
  EXPECT_NEAR(got.log_probabilities[0], std::log(softmax({0.0F, 2.0F, 2.0F, 1.0F}, 0.5)[1]), 1e-6);
}

TEST(Decoder, MeanIsTheExpectationOfTheLevels) {
  const std::vector<float> logits{0.3F, -1.0F, kNever, 2.0F};
  const ToyQuantizer quantizer(4);
  for (const double temperature : {0.5, 1.0, 4.0}) {
    const auto p = softmax(logits, temperature);
    double expected = 0.0;
    for (std::size_t k = 0; k < 4; ++k) expected += p[k] * static_cast<double>(quantizer.levels(0)[k]);
    const auto got =
        decide(constant_policy(logits), quantizer, {DecodeMode::mean, temperature}, NoiseKey(1), Moment({0.0}));
    EXPECT_NEAR(got.actions[0], expected, 3e-7);  // weights are float32, within a few 2⁻²³
    EXPECT_EQ(got.tokens[0], 3U);
  }
}

TEST(Decoder, NeverDrawsATokenAtMinusInfinity) {
  const auto got = decide(constant_policy({kNever, 0.0F, kNever, 0.0F, kNever}), ToyQuantizer(5), {}, NoiseKey(5),
                          Moment(std::vector<double>(500)));
  for (const Token token : got.tokens) EXPECT_TRUE(token == 1 || token == 3) << token;
}

TEST(Decoder, HugeLogitsDoNotOverflow) {
  const auto got = decide(constant_policy({3e38F, -3e38F, 3e38F}), ToyQuantizer(3), {DecodeMode::sample, 1e-3},
                          NoiseKey(5), Moment(std::vector<double>(100)));
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_NE(got.tokens[i], 1U);
    EXPECT_NEAR(got.log_probabilities[i], std::log(0.5), 1e-6);
  }
}

TEST(Decoder, ALawThatIsNoneDecidesNaNInItsOwnLaneOnly) {
  const ToyPolicy policy({2, 2}, 1, [](std::size_t position, Token, std::span<const float> x, std::span<float> out) {
    std::ranges::fill(out, 0.0F);
    if (x[0] == 1.0F && position == 1) out[0] = kNaN;
    if (x[0] == 2.0F) std::ranges::fill(out, kNever);
    if (x[0] == 3.0F) out[1] = -kNever;
  });
  const ToyQuantizer quantizer(2, 2);
  const Moment moment({0.0, 1.0, 2.0, 3.0});
  for (const auto mode : {DecodeMode::sample, DecodeMode::argmax, DecodeMode::mean}) {
    const auto got = decide(policy, quantizer, {mode, 1.0}, NoiseKey(1), moment);
    EXPECT_TRUE(std::isfinite(got.actions[0]) && std::isfinite(got.actions[1]));
    for (std::size_t i = 2; i < 8; ++i) EXPECT_TRUE(std::isnan(got.actions[i])) << i;
  }
}

TEST(Decoder, FollowsTheGrammarAndEndsWhereItEnds) {
  const GrammarQuantizer quantizer;
  const auto policy = constant_policy({0.5F, 0.0F, 0.0F}, 4);
  const auto got = decide(policy, quantizer, {}, NoiseKey(2), Moment(std::vector<double>(400)));
  std::map<std::size_t, int> lengths;
  for (std::size_t lane = 0; lane < 400; ++lane) {
    const Token* const row = &got.tokens[lane * 4];
    EXPECT_NE(row[0], 0U) << "stop may not come first";
    EXPECT_NEAR(got.log_probabilities[lane * 4], std::log(0.5), 1e-6) << "renormalised over what is admitted";
    const std::size_t stop = static_cast<std::size_t>(std::find(row, row + 4, Token{0}) - row);
    for (std::size_t p = stop; p < 4; ++p) EXPECT_EQ(row[p], 0U) << "nothing after the end";
    for (std::size_t p = stop + 1; p < 4; ++p) EXPECT_EQ(got.log_probabilities[lane * 4 + p], 0.0F);
    ++lengths[stop];
    Token sum = 0;
    for (std::size_t p = 0; p < 4; ++p) sum += row[p];
    EXPECT_FLOAT_EQ(static_cast<float>(got.actions[lane]), static_cast<float>(sum) / 10.0F);
  }
  EXPECT_EQ(lengths.size(), 4U) << "all lengths occur";
}

TEST(Decoder, LaterTokensSeeEarlierOnes) {
  const ToyPolicy copying({3, 3, 3}, 1,
                          [](std::size_t position, Token previous, std::span<const float>, std::span<float> out) {
                            std::ranges::fill(out, 0.0F);
                            if (position > 0) out[previous] = 100.0F;
                          });
  const auto got = decide(copying, ToyQuantizer(3, 3), {}, NoiseKey(8), Moment(std::vector<double>(50)));
  for (std::size_t lane = 0; lane < 50; ++lane) {
    EXPECT_EQ(got.tokens[lane * 3 + 1], got.tokens[lane * 3]);
    EXPECT_EQ(got.tokens[lane * 3 + 2], got.tokens[lane * 3]);
  }
}

TEST(Decoder, ALanesBitsDependOnItsIdAndStepOnly) {
  const auto policy = constant_policy({0.1F, 0.2F, 0.3F, 0.4F}, 2);
  const ToyQuantizer quantizer(4, 2);
  const auto all = decide(policy, quantizer, {}, NoiseKey(6), Moment(std::vector<double>(64), 3));
  for (std::size_t lane = 0; lane < 64; ++lane) {
    Moment one({0.0}, 3);
    one.ids[0] = lane;
    const auto alone = decide(policy, quantizer, {}, NoiseKey(6), one);
    EXPECT_EQ(alone.tokens[0], all.tokens[lane * 2]);
    EXPECT_EQ(alone.tokens[1], all.tokens[lane * 2 + 1]);
  }
}

TEST(Decoder, TruncatedLawsDrawOnlyWhatTheyKeep) {
  const auto policy = constant_policy({2.0F, 0.0F, 3.0F, 1.0F});
  const Moment moment(std::vector<double>(500));
  DecodeOptions options;
  options.top_k = 2;
  for (const Token token : decide(policy, ToyQuantizer(4), options, NoiseKey(5), moment).tokens) {
    EXPECT_TRUE(token == 0 || token == 2) << token;
  }
  options = {};
  options.top_p = 0.5;
  for (const Token token : decide(policy, ToyQuantizer(4), options, NoiseKey(5), moment).tokens) EXPECT_EQ(token, 2U);
  options.mode = DecodeMode::mean;
  const ToyQuantizer quantizer(4);
  EXPECT_FLOAT_EQ(static_cast<float>(decide(policy, quantizer, options, NoiseKey(5), Moment({0.0})).actions[0]),
                  quantizer.levels(0)[2]);
}

TEST(Decoder, ThePolicyIsAskedNoFurtherOnceAllSequencesHaveEnded) {
  std::size_t asked = 0;
  const ToyPolicy policy({3, 3, 3, 3}, 1, [&](std::size_t p, Token, std::span<const float> x, std::span<float> out) {
    asked = std::max(asked, p + 1);
    std::ranges::fill(out, 0.0F);
    out[static_cast<float>(p) < x[0] ? 1 : 0] = 1e6F;
  });
  decide(policy, GrammarQuantizer(), {DecodeMode::argmax}, NoiseKey(1), Moment({1.0, 2.0, 1.0}));
  EXPECT_EQ(asked, 3U);
  decide(policy, GrammarQuantizer(), {DecodeMode::argmax}, NoiseKey(1), Moment({1.0, 3.0}));
  EXPECT_EQ(asked, 4U);
}

/// FAST over smooth chunks of eight steps of two numbers.
std::unique_ptr<Quantizer> fast_quantizer() {
  std::vector<std::vector<double>> trajectories;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::vector<double> actions;
    for (int step = 0; step < 20; ++step) {
      const double phase = 6.0 * uniform(NoiseKey(1), i, 0), speed = uniform(NoiseKey(1), i, 1);
      actions.push_back(std::sin(phase + speed * step));
      actions.push_back(std::cos(2.0 * phase - speed * step));
    }
    trajectories.push_back(actions);
  }
  const pianola::testing::MemoryActions data(2, trajectories);
  FitContext context;
  context.chunk = 8;
  context.data = &data;
  return make_quantizer("fast:vocabulary=90,low=-1,high=1", context);
}

TEST(Decoder, NoSequenceOfFastIsEverUndecodable) {
  const auto quantizer = fast_quantizer();
  const QuantizerInfo& info = quantizer->info();
  toy_transformer::Shape shape{1, 1, 16, 1, 2, info.vocabularies, false, false, TransformerInput::observations};
  constexpr std::size_t kLanes = 500;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TransformerPolicy policy(toy_transformer::random_weights(shape, seed, 3.0));
    Decoder decoder(policy, *quantizer, {}, kLanes);
    std::vector<double> actions(kLanes * 16);
    std::vector<Token> tokens(kLanes * info.max_tokens);
    const Moment moment(std::vector<double>(kLanes, static_cast<double>(seed)));
    decoder.decide(NoiseKey(seed), moment.at(), std::vector<float>(kLanes, 0.5F), actions, tokens);
    // Lengths are not told: a sequence ends where its grammar admits nothing more.
    std::vector<std::uint32_t> lengths(kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::span<const Token> row(&tokens[lane * info.max_tokens], info.max_tokens);
      const auto may = std::make_unique<bool[]>(info.vocabularies[0]);
      const std::span<bool> mask(may.get(), info.vocabularies[0]);
      for (; lengths[lane] < info.max_tokens; ++lengths[lane]) {
        quantizer->allowed(row.first(lengths[lane]), mask);
        if (std::ranges::none_of(mask, [](bool admitted) { return admitted; })) break;
        ASSERT_TRUE(mask[row[lengths[lane]]]);
      }
    }
    std::vector<float> chunks(kLanes * 16);
    std::vector<DecodeStatus> status(kLanes);
    quantizer->decode({tokens, lengths}, {}, chunks, status);
    for (std::size_t lane = 0; lane < kLanes; ++lane) ASSERT_EQ(status[lane], DecodeStatus::exact) << lane;
    for (std::size_t i = 0; i < chunks.size(); ++i) ASSERT_EQ(static_cast<double>(chunks[i]), actions[i]);
  }
}

TEST(Decoder, BeamsFollowTheGrammarOfFast) {
  const auto quantizer = fast_quantizer();
  const TransformerPolicy policy(toy_transformer::random_weights(
      {1, 1, 16, 1, 2, quantizer->info().vocabularies, false, false, TransformerInput::observations}, 3, 3.0));
  const Moment moment({0.0, 1.0});
  const auto greedy = decide(policy, *quantizer, {DecodeMode::argmax}, NoiseKey(1), moment);
  const auto wide = decide(policy, *quantizer, {DecodeMode::beam}, NoiseKey(1), moment);
  const auto score = [](const Decision& decision, std::size_t lane) {
    const std::size_t n = decision.log_probabilities.size() / 2;
    double sum = 0.0;
    for (std::size_t p = 0; p < n; ++p) sum += static_cast<double>(decision.log_probabilities[lane * n + p]);
    return sum;
  };
  for (std::size_t lane = 0; lane < 2; ++lane) EXPECT_GE(score(wide, lane), score(greedy, lane) - 1e-4);
  for (const double value : wide.actions) EXPECT_TRUE(std::isfinite(value));
}

void expect_refused(const Policy& policy, const Quantizer& quantizer, DecodeOptions options, const std::string& words) {
  try {
    Decoder(policy, quantizer, options, 1);
    ADD_FAILURE() << "expected a UsageError about " << words;
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(Decoder, RefusesWhatDoesNotFit) {
  expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(3), {}, "vocabularies");
  expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2, 2), {}, "positions");
  expect_refused(constant_policy({0.0F, 0.0F, 0.0F}, 4), GrammarQuantizer(), {DecodeMode::mean, 1.0}, "decode=mean");
  for (const double temperature : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2), {DecodeMode::sample, temperature}, "temperature");
  }
  DecodeOptions options;
  options.top_k = 2;
  options.mode = DecodeMode::argmax;
  expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2), options, "top_k");
  for (const double top_p : {0.0, -0.5, 1.5, std::nan("")}) {
    options = {};
    options.top_p = top_p;
    expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2), options, "top_p");
  }
  options = {};
  options.mode = DecodeMode::beam;
  expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2), options, "branch");
  options.beams = 0;
  expect_refused(constant_policy({0.0F, 0.0F}), ToyQuantizer(2), options, "beams");
}

}  // namespace
}  // namespace pianola
