#include "pianola/data/equal_columns.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

using Classes = std::vector<std::vector<std::size_t>>;

TEST(EqualColumns, ClassesAreThoseOfTheWholeStream) {
  EqualColumns columns(6);
  EXPECT_EQ(columns.classes(), Classes()) << "before the first row";
  columns.add(std::vector<double>{1, 1, 2, 1, 2, 0.0});
  EXPECT_EQ(columns.classes(), (Classes{{0, 1, 3}, {2, 4}}));
  columns.add(std::vector<double>{5, 5, 5, 6, 5, 0.0});
  EXPECT_EQ(columns.classes(), (Classes{{0, 1}, {2, 4}}));
}

TEST(EqualColumns, OrderMattersAndZeroHasNoSign) {
  EqualColumns columns(3);
  columns.add(std::vector<double>{0.0, -0.0, 1.0, 1.0, 1.0, 0.0});
  EXPECT_EQ(columns.classes(), (Classes{{0, 1}}));
}

TEST(EqualColumns, NoColumns) {
  EqualColumns none(0);
  none.add({});
  EXPECT_TRUE(none.classes().empty());
}

}  // namespace
}  // namespace pianola
