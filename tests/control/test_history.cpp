#include "pianola/control/history.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(ObservationHistory, BeginsWithTheFirstRepeatedAndEndsInTheNewest) {
  ObservationHistory history(2, 3, 1);
  const auto values = [&] { return std::vector<float>(history.values().begin(), history.values().end()); };
  history.observe(std::vector<double>{1, 10});
  EXPECT_EQ(values(), (std::vector<float>{1, 1, 1, 10, 10, 10}));
  history.observe(std::vector<double>{2, 20});
  history.observe(std::vector<double>{3, 30});
  history.observe(std::vector<double>{4, 40});
  EXPECT_EQ(values(), (std::vector<float>{2, 3, 4, 20, 30, 40}));
  history.reset();
  history.observe(std::vector<double>{7, 8});
  EXPECT_EQ(values(), (std::vector<float>{7, 7, 7, 8, 8, 8}));
}

TEST(ObservationHistory, AContextOfTokensGrowsFromTheFirst) {
  PolicyInfo policy;
  policy.observation_dim = 1;
  policy.history = 3;
  policy.sees_tokens = true;
  ObservationHistory history(2, policy);
  const auto values = [&] { return std::vector<float>(history.values().begin(), history.values().end()); };
  history.observe(std::vector<double>{4, 5});
  EXPECT_EQ(values(), (std::vector<float>{-1, -1, 4, -1, -1, 5}));
  history.observe(std::vector<double>{6, 7});
  EXPECT_EQ(values(), (std::vector<float>{-1, 4, 6, -1, 5, 7}));
  history.reset();
  history.observe(std::vector<double>{8, 9});
  EXPECT_EQ(values(), (std::vector<float>{-1, -1, 8, -1, -1, 9}));
}

}  // namespace
}  // namespace pianola
