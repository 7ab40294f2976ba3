#include "pianola/audits/token_laws.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"

namespace pianola {
namespace {

TEST(TokenLaws, NextTokenKnowsGrammarTemperatureAndTruncation) {
  const toys::GrammarQuantizer quantizer;
  NextToken next(quantizer, {});
  const std::vector<float> logits{1.0F, std::log(3.0F), 0.0F};
  ASSERT_EQ(next.set(logits, {}), NextToken::State::law);
  const auto first = next.probabilities();
  EXPECT_EQ(first[0], 0.0) << "stop may not come first";
  EXPECT_NEAR(first[1], 0.75, 1e-6);
  const std::vector<Token> stopped{1, 0};
  EXPECT_EQ(next.set(logits, stopped), NextToken::State::ended);
  EXPECT_EQ(next.set(std::vector<float>(3, std::nanf("")), std::vector<Token>{1}), NextToken::State::lawless);
  NextToken cold(quantizer, {.temperature = 0.5}), best(quantizer, {.top_k = 1});
  ASSERT_EQ(cold.set(logits, {}), NextToken::State::law);
  EXPECT_NEAR(cold.probability(1), 0.9, 1e-6);
  ASSERT_EQ(best.set(logits, {}), NextToken::State::law);
  EXPECT_NEAR(best.probability(1), 1.0, 1e-6);
}

TEST(TokenLaws, SituationsAreRepeated) {
  const std::vector<LawPoint> points{{7, 3, {0.5}}, {8, 4, {-0.5}}};
  const LawPoints query(points, 1);
  RepeatedSituation at;
  at.set(3, 0, 1, query.query(NoiseKey(1)), 0);
  at.set(3, 1, 2, query.query(NoiseKey(1)), 1);
  const Situation s = at.situation();
  EXPECT_EQ((std::vector<std::uint64_t>(s.ids.begin(), s.ids.end())), (std::vector<std::uint64_t>{7, 8, 8}));
  EXPECT_EQ((std::vector<double>(s.observations.begin(), s.observations.end())),
            (std::vector<double>{0.5, -0.5, -0.5}));
  EXPECT_EQ(at.histories().back(), -0.5F);
  EXPECT_EQ(s.h[2], 4u);
}

TEST(TokenLaws, SequencesAreDecoded) {
  const toys::GrammarQuantizer quantizer;
  const std::vector<LawPoint> points{{0, 0, {0.0}}};
  const LawPoints query(points, 1);
  std::vector<Token> tokens{1, 1, 0, 0, 2, 0, 0, 0};
  std::vector<std::uint32_t> lengths{3, 2};
  const auto actions = decoded_actions(quantizer, tokens, lengths, query.query(NoiseKey(1)), 0);
  EXPECT_NEAR(actions[0], 0.2, 1e-6);
  EXPECT_NEAR(actions[1], 0.2, 1e-6);
}

}  // namespace
}  // namespace pianola
