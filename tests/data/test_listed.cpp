#include "pianola/data/listed.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

std::string numbers(const std::vector<std::size_t>& list) { return list_numbers(list); }
std::string shares(const std::vector<double>& list) { return list_shares(list); }
std::string names(const std::vector<std::string>& list, std::size_t most = 5) { return list_names(list, most); }

TEST(Listed, NumbersAndRuns) {
  EXPECT_EQ(numbers({3}), "3");
  EXPECT_EQ(numbers({0, 2}), "0 and 2");
  EXPECT_EQ(numbers({0, 1}), "0 and 1");
  EXPECT_EQ(numbers({0, 1, 2}), "0 to 2");
  EXPECT_EQ(numbers({0, 2, 5, 6, 7, 8, 9, 11}), "0, 2, 5 to 9 and 11");
}

TEST(Listed, SharesWholeOrSummedUp) {
  EXPECT_EQ(shares({0.44}), "44 %");
  EXPECT_EQ(shares({0.44, 0.0301, 0.0385}), "44 %, 3.01 % and 3.85 %");
  EXPECT_EQ(shares({0.44, 0.002, 0.03, 0.1, 0.2}), "0.2 % to 44 %");
  EXPECT_EQ(shares({0.5, 0.5, 0.5, 0.5, 0.5}), "50 %");
}

TEST(Listed, NamesOnceAndNotTooMany) {
  EXPECT_EQ(names({"a", "a"}), "a");
  EXPECT_EQ(names({"a", "b", "a", "c"}), "a, b and c");
  EXPECT_EQ(names({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

TEST(Listed, NumbersAreShort) {
  EXPECT_EQ(short_number(-3.6758943177413794), "-3.67589");
  EXPECT_EQ(short_number(0.25), "0.25");
}

}  // namespace
}  // namespace pianola
