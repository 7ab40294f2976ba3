#include "pianola/policies/forced_policy.hpp"

#include <gtest/gtest.h>

#include "policies/toys.hpp"

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

}  // namespace
}  // namespace pianola
