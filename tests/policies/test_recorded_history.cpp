#include "pianola/policies/recorded_history.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pianola {
namespace {

std::vector<float> seen_at(std::size_t step, const PolicyInfo& policy) {
  const std::vector<double> observations{1, -1, 2, -2, 3, -3};  // three steps of two numbers
  std::vector<float> out(policy.history * policy.observation_dim);
  recorded_history(observations, step, policy, out);
  return out;
}

PolicyInfo of(std::size_t history) {
  PolicyInfo policy;
  policy.observation_dim = 2;
  policy.history = history;
  return policy;
}

TEST(RecordedHistory, IsTheOldestFirst) {
  EXPECT_EQ(seen_at(2, of(2)), (std::vector<float>{2, -2, 3, -3}));
  EXPECT_EQ(seen_at(1, of(1)), (std::vector<float>{2, -2}));
}

TEST(RecordedHistory, BeforeTheFirstStandsTheFirst) {
  EXPECT_EQ(seen_at(0, of(3)), (std::vector<float>{1, -1, 1, -1, 1, -1}));
  EXPECT_EQ(seen_at(1, of(3)), (std::vector<float>{1, -1, 1, -1, 2, -2}));
}

TEST(RecordedHistory, OfTokensThereAreNoneBeforeTheFirst) {
  PolicyInfo policy = of(3);
  policy.sees_tokens = true;
  EXPECT_EQ(seen_at(0, policy), (std::vector<float>{-1, -1, -1, -1, 1, -1}));
  EXPECT_EQ(seen_at(2, policy), (std::vector<float>{1, -1, 2, -2, 3, -3}));
}

}  // namespace
}  // namespace pianola
