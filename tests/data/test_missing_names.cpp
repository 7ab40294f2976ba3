#include "pianola/data/missing_names.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

using Names = std::vector<std::string>;

TEST(MissingNames, GapsBetweenNumbers) {
  EXPECT_EQ(missing_names(Names{"demo_0", "demo_1", "demo_4", "demo_3"}), (Names{"demo_2"}));
  EXPECT_EQ(missing_names(Names{"7", "9", "10"}), (Names{"8"})) << "the first need not be 0";
  EXPECT_EQ(missing_names(Names{"e1", "e1000000"}).size(), 2u) << "not more than there are names";
  EXPECT_TRUE(missing_names(Names{"demo_0", "demo_1"}).empty());
}

TEST(MissingNames, NamesWithoutANumberingHaveNoGaps) {
  EXPECT_TRUE(missing_names({}).empty());
  EXPECT_TRUE(missing_names(Names{"first", "last"}).empty());
  EXPECT_TRUE(missing_names(Names{"a1", "b5"}).empty());
  EXPECT_TRUE(missing_names(Names{"20260101120000123456", "20260101120000123459"}).empty()) << "time stamps";
}

}  // namespace
}  // namespace pianola
