#include "pianola/data/natural_order.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pianola {
namespace {

TEST(NaturalOrder, NumbersCount) {
  std::vector<std::string> names{"demo_10", "demo_2", "demo_1", "demo", "b2", "b10a", "b10", "demo_02", ""};
  std::sort(names.begin(), names.end(), natural_less);
  EXPECT_EQ(names,
            (std::vector<std::string>{"", "b2", "b10", "b10a", "demo", "demo_1", "demo_02", "demo_2", "demo_10"}));
}

TEST(NaturalOrder, NumbersBeyondAnyInteger) {
  EXPECT_TRUE(natural_less("x99999999999999999999999", "x100000000000000000000000"));
  EXPECT_FALSE(natural_less("x100000000000000000000000", "x99999999999999999999999"));
}

TEST(NaturalOrder, IsATotalOrder) {
  const auto name = [] { return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("a_0012/"))); };
  test::property([&] {
    const std::string a = name(), b = name(), c = name();
    RC_ASSERT(!natural_less(a, a));
    RC_ASSERT(natural_less(a, b) + natural_less(b, a) == (a == b ? 0 : 1));
    if (natural_less(a, b) && natural_less(b, c)) RC_ASSERT(natural_less(a, c));
  });
}

}  // namespace
}  // namespace pianola
