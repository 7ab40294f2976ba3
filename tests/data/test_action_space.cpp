#include "pianola/data/action_space.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(ActionSpace, NamesComeBack) {
  for (const ActionKind kind :
       {ActionKind::linear, ActionKind::angle, ActionKind::rotation, ActionKind::binary, ActionKind::categorical}) {
    EXPECT_EQ(action_kind_from_name(action_kind_name(kind)), kind);
  }
}

TEST(ActionSpace, UnknownKindNamesTheNearest) {
  const std::string message = test::message_of<UsageError>([] { action_kind_from_name("linaer"); });
  test::expect_parts(message, {"'linaer'", "did you mean 'linear'?", "categorical"});
}

TEST(ActionSpace, RangeIsFiniteOnlyIfAllOfItIs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE((ActionRange{{-1.0, 0.0}, {1.0, 2.0}}).finite());
  EXPECT_FALSE(ActionRange{}.finite());
  EXPECT_FALSE((ActionRange{{-1.0, -kInfinity}, {1.0, 2.0}}).finite());
  EXPECT_FALSE((ActionRange{{-1.0}, {}}).finite());
}

}  // namespace
}  // namespace pianola
