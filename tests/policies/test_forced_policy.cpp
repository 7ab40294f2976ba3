#include "pianola/policies/forced_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/policies/transformer_policy.hpp"
#include "policies/toys.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

TEST(ForcedPolicy, ItsLawIsAPointWhereForcedAndElsewhereTheLawGivenThat) {
  // Each token tends to repeat the one before it.
  const auto policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{3, 3, 3}, 1,
      [](std::size_t position, Token previous, std::span<const float>, std::span<float> out) {
        std::ranges::fill(out, 0.0F);
        out[position == 0 ? 0 : previous] = 2.0F;
      });
  auto forced = std::make_shared<ForcedTokens>();
  forced->at = {1, 0, 0};
  forced->tokens = {2, 0, 0, 1, 0, 0};
  const toys::ToyQuantizer quantizer(3, 3);
  const auto conditioned = make_forced_policy(policy, forced);
  EXPECT_EQ(conditioned->info().spec, policy->info().spec);
  Decoder decoder(*conditioned, quantizer, {DecodeMode::argmax}, 2);
  const toys::Moment moment({0.0, 0.0});
  std::vector<double> actions(6);
  std::vector<Token> tokens(6);
  std::vector<float> log_probabilities(6);
  decoder.decide(NoiseKey(1), moment.at(), std::vector<float>{0.0F, 0.0F}, actions, tokens, log_probabilities);
  EXPECT_EQ(tokens, (std::vector<Token>{2, 2, 2, 1, 1, 1}));
  EXPECT_EQ(log_probabilities[0], 0.0F);
  EXPECT_LT(log_probabilities[1], 0.0F);
}

/// log P of what follows the first token, of one sequence.
double rest(const Policy& policy, const std::vector<float>& history, const std::vector<Token>& tokens) {
  const auto session = policy.session(1);
  session->begin({}, history);
  double sum = 0.0;
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    const Token previous = p == 0 ? 0 : tokens[p - 1];
    std::vector<float> logits(policy.info().vocabularies[p]);
    session->logits(std::span(&previous, 1), logits);
    double total = 0.0;
    for (const float l : logits) total += std::exp(static_cast<double>(l));
    if (p > 0) sum += static_cast<double>(logits[tokens[p]]) - std::log(total);
  }
  return sum;
}

TEST(ForcedPolicy, BeamsFindTheMostLikelyRestOfEachLane) {
  const toy_transformer::Shape shape{2, 1, 12, 1, 2, {3, 3, 3}, false, false, TransformerInput::observations};
  const toys::ToyQuantizer quantizer(3, 3);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto policy = std::make_shared<TransformerPolicy>(toy_transformer::random_weights(shape, seed, 3.0));
    auto forced = std::make_shared<ForcedTokens>();
    forced->at = {1, 0, 0};
    forced->tokens = {2, 0, 0, 0, 0, 0, 1, 0, 0};
    const auto conditioned = make_forced_policy(policy, forced);
    Decoder decoder(*conditioned, quantizer, {.mode = DecodeMode::beam, .beams = 9}, 3);
    const toys::Moment moment({0.0, 0.0, 0.0});
    const std::vector<float> histories{0.3F, -1.0F, 1.0F, 0.5F, -0.2F, 2.0F};
    std::vector<double> actions(9);
    std::vector<Token> tokens(9);
    decoder.decide(NoiseKey(1), moment.at(), histories, actions, tokens);
    for (std::size_t lane = 0; lane < 3; ++lane) {
      const std::vector<float> history(histories.begin() + static_cast<std::ptrdiff_t>(2 * lane),
                                       histories.begin() + static_cast<std::ptrdiff_t>(2 * lane + 2));
      const Token first = forced->tokens[3 * lane];
      EXPECT_EQ(tokens[3 * lane], first);
      double best = -1e300;
      for (Token b = 0; b < 3; ++b) {
        for (Token c = 0; c < 3; ++c) best = std::max(best, rest(*policy, history, {first, b, c}));
      }
      EXPECT_NEAR(rest(*policy, history, {first, tokens[3 * lane + 1], tokens[3 * lane + 2]}), best, 1e-5) << seed;
    }
  }
}

}  // namespace
}  // namespace pianola
