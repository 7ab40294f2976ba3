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

}  // namespace
}  // namespace pianola
