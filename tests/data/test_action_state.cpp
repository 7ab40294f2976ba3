#include "pianola/data/action_state.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

DatasetInfo info_of(std::size_t action_dim, std::size_t observation_dim) {
  DatasetInfo info;
  info.action_dim = action_dim;
  info.observation_dim = observation_dim;
  return info;
}

TEST(ActionState, OnlyGroupsWithAFrameHaveOne) {
  std::vector<ActionGroup> groups(2);
  groups[1].first = 1;
  groups[1].frame = ActionFrame::delta;
  EXPECT_EQ(assign_states("4", info_of(2, 5), groups), (std::vector<std::uint32_t>{4}));
  EXPECT_EQ(groups[0].state_width, 0U);
  EXPECT_EQ(groups[1].state_width, 1U);
  EXPECT_EQ(assign_states("3-4", info_of(2, 5), groups), (std::vector<std::uint32_t>{4})) << "one for each dimension";
  EXPECT_EQ(assign_states("1=2", info_of(2, 5), groups), (std::vector<std::uint32_t>{2}));
}

TEST(ActionState, NothingIsTakenUnasked) {
  std::vector<ActionGroup> none(1), some(1);
  some[0].frame = ActionFrame::relative;
  EXPECT_TRUE(assign_states("", info_of(1, 4), none).empty());
  EXPECT_THROW(assign_states("0", info_of(1, 4), none), UsageError);
  EXPECT_THROW(assign_states("", info_of(1, 4), some), UsageError);
  EXPECT_THROW(assign_states("", info_of(1, 0), some), UsageError);
  EXPECT_EQ(assign_states("", info_of(1, 1), some), (std::vector<std::uint32_t>{0}));
}

TEST(ActionState, EncodingsByName) {
  EXPECT_EQ(rotation_encoding_named("quaternion_wxyz", "rotation"), RotationEncoding::quaternion_wxyz);
  test::expect_parts(test::message_of<UsageError>([] { rotation_encoding_named("euler_xyx_", "--state: rotation"); }),
                     {"--state: no rotation", "did you mean 'euler_xyx'"});
}

}  // namespace
}  // namespace pianola
