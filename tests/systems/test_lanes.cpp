#include "pianola/systems/lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(LaneStreams, InitialStateAndNoiseHaveStreamsOfTheirOwn) {
  LaneStreams streams(2);
  streams.reset(NoiseKey(4), std::vector<std::uint64_t>{7, 9});
  EXPECT_EQ(streams.lanes(), 2u);
  EXPECT_EQ(streams.id(1), 9u);
  EXPECT_EQ(streams.noise(), NoiseKey(4).child("plant"));
  EXPECT_NE(streams.noise(), streams.initial());
}

TEST(LaneStreams, RefusesAnotherNumberOfIds) {
  LaneStreams streams(2);
  EXPECT_THROW(streams.reset(NoiseKey(4), std::vector<std::uint64_t>{7}), UsageError);
}

TEST(RequireFiniteActions, NamesLaneDimensionAndValue) {
  SystemInfo info;
  info.spec = "some:plant=1";
  info.action_dim = 3;
  const std::vector<Outcome> running(7, Outcome::running);
  std::vector<double> actions(21, 1e308);
  EXPECT_NO_THROW(require_finite_actions(info, actions, running));
  for (std::size_t place = 0; place < actions.size(); ++place) {  // in the unrolled part and in its rest
    actions[place] = -std::numeric_limits<double>::infinity();
    try {
      require_finite_actions(info, actions, running);
      ADD_FAILURE() << "place " << place;
    } catch (const UsageError& error) {
      const std::string message = error.what();
      EXPECT_NE(
          message.find("lane " + std::to_string(place / 3) + ", dimension " + std::to_string(place % 3) + " is -inf"),
          std::string::npos)
          << message;
      EXPECT_NE(message.find("some:plant=1"), std::string::npos) << message;
    }
    actions[place] = 0.0;
  }
}

TEST(RequireFiniteActions, FrozenLanesAreNotRead) {
  SystemInfo info;
  info.action_dim = 1;
  const std::vector<double> actions{0.0, std::nan("")};
  EXPECT_NO_THROW(require_finite_actions(info, actions, std::vector{Outcome::running, Outcome::terminated}));
}

TEST(CheckedOptions, RefuseWhatCannotBe) {
  EXPECT_THROW(checked_horizon("x", 0), UsageError);
  EXPECT_EQ(checked_horizon("x", 3), 3u);
  EXPECT_THROW(checked_finite("x", "a", std::numeric_limits<double>::infinity()), UsageError);
  EXPECT_THROW(checked_std("x", "s", -0.1), UsageError);
  EXPECT_EQ(checked_std("x", "s", 0.0), 0.0);
}

TEST(CheckedRange, OneNumberStandsForAllDimensionsAndNoneForUnbounded) {
  const std::vector<double> one{-2.0}, two{1.0, 3.0}, none;
  const ActionRange range = checked_range("x", 2, one, two);
  EXPECT_EQ(range.low, (std::vector{-2.0, -2.0}));
  EXPECT_EQ(range.high, (std::vector{1.0, 3.0}));
  EXPECT_EQ(checked_range("x", 1, none, none).high[0], std::numeric_limits<double>::infinity());
  EXPECT_THROW(checked_range("x", 3, two, none), UsageError);
  EXPECT_THROW(checked_range("x", 2, two, one), UsageError);
}

}  // namespace
}  // namespace pianola
