// Also built and run for 64-bit Arm.
#include "pianola/policies/playback.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "hand_made_transformer.hpp"

namespace pianola {
namespace {

struct Bound {
  Bound(std::size_t chunk, std::size_t dim, const PlaybackOptions& options)
      : memory(Playback::required_bytes(chunk, dim)), action(dim) {
    status = Playback::bind(chunk, dim, options, memory, playback);
  }
  float play() {
    status = playback.play(action);
    return action[0];
  }
  hand_made::Bytes memory;
  Playback playback;
  std::vector<float> action;
  Status status = Status::not_bound;
};

/// The action that was decided at step h for step h + k: 100·h + k.
std::vector<float> decided(std::size_t h, std::size_t chunk) {
  std::vector<float> out;
  for (std::size_t k = 0; k < chunk; ++k) out.push_back(static_cast<float>(100 * h + k));
  return out;
}

TEST(Playback, PlaysWhatWasDecidedDelayStepsAgo) {
  Bound bound(6, 1, {.execute = 3, .delay = 2});
  ASSERT_EQ(bound.status, Status::ok);
  ASSERT_EQ(bound.playback.reset(std::vector<float>{-1.0F}), Status::ok);
  std::vector<float> played, committed(2);
  std::vector<std::vector<float>> known;
  for (std::size_t h = 0; h < 9; ++h) {
    ASSERT_EQ(bound.playback.due(), h % 3 == 0) << h;
    if (h % 3 == 0) {
      ASSERT_EQ(bound.playback.begin(committed), Status::ok);
      known.push_back(committed);
    }
    played.push_back(bound.play());
    ASSERT_EQ(bound.status, Status::ok);
    if (h % 3 != 1) continue;
    ASSERT_EQ(bound.playback.take(decided(h - 1, 6)), Status::ok) << "a step later";
  }
  EXPECT_EQ(played, (std::vector<float>{-1, -1, 2, 3, 4, 302, 303, 304, 602}));
  EXPECT_EQ(known, (std::vector<std::vector<float>>{{-1, -1}, {3, 4}, {303, 304}}));
}

TEST(Playback, WithoutDelayAChunkPlaysAtOnce) {
  Bound bound(2, 1, {.execute = 2});
  std::vector<float> played;
  for (std::size_t h = 0; h < 4; ++h) {
    if (bound.playback.due()) {
      ASSERT_EQ(bound.playback.begin({}), Status::ok);
      ASSERT_EQ(bound.playback.take(decided(h, 2)), Status::ok);
    }
    played.push_back(bound.play());
  }
  EXPECT_EQ(played, (std::vector<float>{0, 1, 200, 201}));
}

TEST(Playback, AChunkThatIsLateSkipsWhatHasPassedAndAnOldOneExpires) {
  Bound bound(4, 1, {.execute = 2, .delay = 1, .on_expired = OnError::zero});
  std::vector<float> committed(1);
  EXPECT_EQ(bound.play(), 0.0F);
  EXPECT_EQ(bound.status, Status::expired) << "nothing was ever decided";
  ASSERT_EQ(bound.playback.begin(committed), Status::ok);  // step 1
  ASSERT_EQ(bound.playback.take(decided(1, 4)), Status::ok);
  EXPECT_EQ(bound.playback.take(decided(1, 4)), Status::bad_option) << "none is under way";
  std::vector<float> played;
  std::vector<Status> statuses;
  for (std::size_t h = 1; h < 9; ++h) {
    if (h == 3) {
      ASSERT_TRUE(bound.playback.due());
      ASSERT_EQ(bound.playback.begin(committed), Status::ok);
    }
    if (h > 3 && h < 6) {
      EXPECT_FALSE(bound.playback.due()) << "one at a time";
    }
    if (h == 6) {
      ASSERT_EQ(bound.playback.take(decided(3, 4)), Status::ok);  // wanted at step 4
    }
    played.push_back(bound.play());
    statuses.push_back(bound.status);
  }
  EXPECT_EQ(committed[0], 102.0F);
  EXPECT_EQ(played, (std::vector<float>{0, 101, 102, 103, 0, 303, 0, 0}));
  EXPECT_EQ(statuses, (std::vector<Status>{Status::ok, Status::ok, Status::ok, Status::ok, Status::expired, Status::ok,
                                           Status::expired, Status::expired}));
}

TEST(Playback, AFailedDecisionMayBeTriedAgainAtOnce) {
  Bound bound(4, 1, {.execute = 2, .delay = 1});
  std::vector<float> committed(1);
  ASSERT_EQ(bound.playback.begin(committed), Status::ok);
  EXPECT_EQ(bound.playback.begin(committed), Status::bad_option);
  EXPECT_EQ(bound.playback.take(std::vector<float>(4, std::numeric_limits<float>::infinity())), Status::not_finite);
  bound.playback.abandon();
  EXPECT_EQ(bound.play(), 0.0F);
  ASSERT_TRUE(bound.playback.due());
  ASSERT_EQ(bound.playback.begin(committed), Status::ok);  // step 1
  ASSERT_EQ(bound.playback.take(decided(1, 4)), Status::ok);
  EXPECT_EQ(bound.play(), 0.0F);
  EXPECT_EQ(bound.play(), 101.0F);
}

TEST(Playback, LimitsHowFastActionsMove) {
  Bound bound(2, 2, {.execute = 2});
  const float free = std::numeric_limits<float>::infinity();
  ASSERT_EQ(bound.playback.limit(std::vector<float>{0.5F, free}, std::vector<float>{6.0F, 0.0F}), Status::ok);
  ASSERT_EQ(bound.playback.begin({}), Status::ok);
  ASSERT_EQ(bound.playback.take(std::vector<float>{2.75F, 1.0F, -2.75F, 9.0F}), Status::ok);  // half a turn of 6
  EXPECT_EQ(bound.play(), 2.75F) << "there is none before the first";
  EXPECT_EQ(bound.play(), -2.75F) << "the short way round";
  EXPECT_EQ(bound.action[1], 9.0F);
  ASSERT_EQ(bound.playback.begin({}), Status::ok);
  ASSERT_EQ(bound.playback.take(std::vector<float>{0.0F, 0.0F, 0.0F, 0.0F}), Status::ok);
  EXPECT_EQ(bound.play(), -2.25F);
  EXPECT_EQ(bound.play(), -1.75F);
}

TEST(Playback, RefusesWhatCannotBe) {
  const auto refused = [](std::size_t chunk, const PlaybackOptions& options) {
    return Bound(chunk, 1, options).status;
  };
  EXPECT_EQ(refused(4, {.execute = 0}), Status::bad_option);
  EXPECT_EQ(refused(4, {.execute = 5}), Status::bad_option);
  EXPECT_EQ(refused(4, {.execute = 3, .delay = 2}), Status::bad_option);
  EXPECT_EQ(refused(9, {.execute = 1, .delay = 2}), Status::bad_option) << "two decisions would be under way";
  EXPECT_EQ(Playback::required_bytes(0, 1), 0U);
  EXPECT_EQ(Playback::required_bytes(std::size_t{1} << 40, std::size_t{1} << 40), 0U);
  hand_made::Bytes memory(Playback::required_bytes(4, 1));
  Playback playback;
  const std::span<std::byte> all(memory);
  EXPECT_EQ(Playback::bind(4, 1, {}, all.first(all.size() - 1), playback), Status::small_memory);
  EXPECT_EQ(Playback::bind(4, 1, {}, all.subspan(4), playback), Status::misaligned);
  std::vector<float> action(1);
  EXPECT_EQ(playback.play(action), Status::not_bound);
  EXPECT_FALSE(playback.due());
  ASSERT_EQ(Playback::bind(4, 1, {}, all, playback), Status::ok);
  EXPECT_EQ(playback.limit(std::vector<float>{0.0F}), Status::bad_option);
  EXPECT_EQ(playback.limit(std::vector<float>{1.0F, 1.0F}), Status::wrong_size);
  EXPECT_EQ(playback.limit(std::vector<float>{1.0F}, std::vector<float>{-1.0F}), Status::bad_option);
  EXPECT_EQ(playback.reset(std::vector<float>{std::nanf("")}), Status::not_finite);
}

}  // namespace
}  // namespace pianola
