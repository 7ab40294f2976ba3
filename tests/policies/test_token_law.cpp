#include "pianola/policies/token_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "policies/toys.hpp"
#include "property.hpp"

namespace pianola {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

std::vector<Token> support(const TokenLaw& law) {
  std::vector<Token> tokens;
  for (Token k = 0; k < law.vocabulary(); ++k) {
    if (law.has(k)) tokens.push_back(k);
  }
  return tokens;
}

TEST(TokenLaw, KnowsWhichCodebooksAreProducts) {
  EXPECT_TRUE(tokens_are_coordinates(toys::ToyQuantizer(3, 2)));
  EXPECT_FALSE(tokens_are_coordinates(toys::GrammarQuantizer()));
  EXPECT_EQ(largest_vocabulary(std::vector<std::uint32_t>{2, 9, 4}), 9U);
  EXPECT_EQ(largest_vocabulary({}), 0U);
}

TEST(TokenLaw, TopKKeepsTheMostLikelyAndSharesTheRest) {
  const auto logits = logits_of({0.1, 0.4, 0.2, 0.3});
  TokenLaw law(4);
  ASSERT_TRUE(law.set(logits, 1.0, false));
  law.truncate(2, 1.0);
  EXPECT_EQ(support(law), (std::vector<Token>{1, 3}));
  EXPECT_NEAR(std::exp(law.log_probability(1)), 4.0 / 7.0, 1e-6);
  EXPECT_EQ(law.at_quantile(0.5), 1U);
  EXPECT_EQ(law.at_quantile(0.6), 3U);
}

TEST(TokenLaw, TopPKeepsTheFewestThatReachIt) {
  const auto logits = logits_of({0.1, 0.4, 0.2, 0.3});
  const auto kept = [&](std::size_t top_k, double top_p) {
    TokenLaw law(4);
    EXPECT_TRUE(law.set(logits, 1.0, false));
    law.truncate(top_k, top_p);
    return support(law);
  };
  EXPECT_EQ(kept(0, 0.01), (std::vector<Token>{1}));
  EXPECT_EQ(kept(0, 0.39), (std::vector<Token>{1}));
  EXPECT_EQ(kept(0, 0.69), (std::vector<Token>{1, 3}));
  EXPECT_EQ(kept(0, 0.71), (std::vector<Token>{1, 2, 3}));
  EXPECT_EQ(kept(0, 1.0), (std::vector<Token>{0, 1, 2, 3}));
  EXPECT_EQ(kept(3, 0.7), (std::vector<Token>{1, 3})) << "of what top_k has left: 0.7 of 0.9";
}

TEST(TokenLaw, TiesGoToTheSmallerToken) {
  TokenLaw law(4);
  const std::vector<float> equal(4);
  ASSERT_TRUE(law.set(equal, 1.0, false));
  law.truncate(2, 1.0);
  EXPECT_EQ(support(law), (std::vector<Token>{0, 1}));
}

TEST(TokenLaw, WhatTheMaskForbidsNeverComes) {
  test::property("any logits, any mask, any truncation", [] {
    const auto size = *rc::gen::inRange<std::size_t>(1, 20);
    const auto logits = *rc::gen::container<std::vector<float>>(
        size, rc::gen::map(rc::gen::inRange(-900, 900), [](int x) { return static_cast<float>(x) / 30.0F; }));
    TokenLaw law(size);
    const auto mask = law.mask(size);
    bool any = false;
    for (bool& may : mask) any |= may = *rc::gen::arbitrary<bool>();
    RC_ASSERT(law.set(logits, 1.0, true) == any);
    if (!any) return;
    law.truncate(*rc::gen::inRange<std::size_t>(0, 8), *rc::gen::element(0.01, 0.5, 0.95, 1.0));
    double total = 0.0;
    for (const Token k : support(law)) total += std::exp(law.log_probability(k));
    RC_ASSERT(std::abs(total - 1.0) < 1e-6);
    for (const double u : {1e-12, 0.25, 0.5, 0.999999999}) {
      const Token k = law.at_quantile(u);
      RC_ASSERT(mask[k] && law.has(k));
    }
    RC_ASSERT(law.has(law.most_likely()));
  });
}

TEST(TokenLaw, ThereIsNoneWithoutAFiniteLargestLogit) {
  TokenLaw law(2);
  const std::vector<float> never{kNever, kNever}, nan{0.0F, std::numeric_limits<float>::quiet_NaN()},
      over{-kNever, 0.0F};
  EXPECT_FALSE(law.set(never, 1.0, false));
  EXPECT_FALSE(law.set(nan, 1.0, false));
  EXPECT_FALSE(law.set(over, 1.0, false));
}

}  // namespace
}  // namespace pianola
