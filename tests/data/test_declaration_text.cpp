#include "pianola/data/declaration_text.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(DeclarationText, CommasInBracketsPartNothing) {
  EXPECT_EQ(parts_of("a, b(1,2) ,c[3,4]", "--kinds"), (std::vector<std::string>{"a", "b(1,2)", "c[3,4]"}));
  EXPECT_THROW(parts_of("", "--kinds"), UsageError);
  EXPECT_EQ(parts_of("a(1,2", "--kinds").size(), 1U) << "an open bracket reaches to the end";
}

TEST(DeclarationText, CallsAndNumbers) {
  EXPECT_EQ(called("f(x)", '(', ')').name, "f");
  EXPECT_EQ(called("f(x)", '(', ')').inside, "x");
  EXPECT_FALSE(called("f", '(', ')').inside.has_value());
  EXPECT_EQ(whole_number("12"), 12U);
  EXPECT_FALSE(whole_number("12x").has_value());
  EXPECT_FALSE(whole_number("").has_value());
}

TEST(DeclarationText, DimensionsAndColumns) {
  DatasetInfo info;
  info.action_dim = 3;
  info.action_names = {"left_a", "right", "left_b"};
  info.observation_dim = 5;
  info.observation_fields = {{"q", 0, 3}, {"v", 3, 2}};
  EXPECT_EQ(dimensions_of("left_*", info, "--kinds"), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(dimensions_of("1-2", info, "--kinds"), (std::vector<std::size_t>{1, 2}));
  EXPECT_THROW(dimensions_of("2-1", info, "--kinds"), UsageError);
  EXPECT_EQ(columns_of("v", info), (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(columns_of("q[1-2]", info), (std::vector<std::uint32_t>{1, 2}));
  test::expect_parts(test::message_of<UsageError>([&] { columns_of("q[3]", info); }), {"'q[3]'", "0 to 2"});
  info.observation_fields.clear();
  test::expect_parts(test::message_of<UsageError>([&] { columns_of("q", info); }), {"no column", "numbers"});
}

}  // namespace
}  // namespace pianola
