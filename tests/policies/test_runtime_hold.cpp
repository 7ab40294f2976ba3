// What a runtime plays where it cannot decide: actions that were played, and none that were not. Also for 64-bit Arm.
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "hand_made_image.hpp"

namespace pianola {
namespace {

using testing_runtime::Bound;
using testing_runtime::HandMade;
using testing_runtime::Shape;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> observation_of(std::size_t dim, std::uint64_t seed) {
  return HandMade::floats(NoiseKey(seed).child("observation"), dim, 2.0, 0.0);
}

TEST(RuntimeHold, NotFiniteObservationsHoldOrStop) {
  Shape shape;
  shape.chunk = 2;
  const HandMade policy(shape, 7);
  Bound bound(policy);
  std::vector<float> bad = observation_of(11, 0);
  bad[5] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(std::vector<float>(6, 0.0F), bound.act(bad, 0));  // nothing to hold yet
  EXPECT_EQ(Status::not_finite, bound.status);
  const std::vector<float> good = bound.act(observation_of(11, 0), 1);
  EXPECT_EQ(Status::ok, bound.status);
  const std::vector<float> played = {good[0], good[1], good[2], good[0], good[1], good[2]};
  EXPECT_EQ(played, bound.act(bad, 2)) << "the second action of the chunk was not played yet";
  EXPECT_EQ(Status::not_finite, bound.status);
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::sample, 1.0F, OnError::zero));
  EXPECT_EQ(std::vector<float>(6, 0.0F), bound.act(bad, 3));
}

/// That action, as many times as a chunk has actions.
std::vector<float> repeated(const std::vector<float>& chunk, std::size_t which) {
  std::vector<float> out;
  for (std::size_t i = 0; i < chunk.size(); ++i) out.push_back(chunk[3 * which + i % 3]);
  return out;
}

TEST(RuntimeHold, HoldIsAnActionThatWasPlayed) {
  Shape shape;
  shape.chunk = 3;
  const HandMade policy(shape, 15);
  Bound bound(policy);
  const std::vector<float> x = observation_of(11, 0), bad(11, kNaN);
  std::vector<float> chunk = bound.act(x, 1);
  EXPECT_EQ(repeated(chunk, 0), bound.act(bad, 2)) << "one step, one action";
  chunk = bound.act(x, 3);
  ASSERT_EQ(Status::ok, bound.runtime.observe(x));
  EXPECT_EQ(repeated(chunk, 1), bound.act(bad, 4)) << "two steps";
  EXPECT_EQ(Status::not_finite, bound.runtime.observe(bad));
  EXPECT_EQ(repeated(chunk, 1), bound.act(bad, 5)) << "what was held is what was played since";
  chunk = bound.act(x, 6);
  for (int step = 0; step < 5; ++step) static_cast<void>(bound.runtime.observe(step == 0 ? bad : x));
  EXPECT_EQ(repeated(chunk, 2), bound.act(bad, 7)) << "all of it, and no further";
  bound.runtime.reset();
  EXPECT_EQ(std::vector<float>(9, 0.0F), bound.act(bad, 8));
}

TEST(RuntimeHold, HoldBehindCommittedActionsIsTheLastOfThem) {
  Shape shape;
  shape.chunk = 3;
  const HandMade policy(shape, 16);
  Bound bound(policy);
  const std::vector<float> x = observation_of(11, 0), bad(11, kNaN);
  static_cast<void>(bound.act(x, 1));
  std::vector<float> committed = {0.5F, -0.5F, 0.25F, 1.5F, -1.5F, 1.25F}, action(9);
  EXPECT_EQ(Status::not_finite, bound.runtime.act(bad, committed, 2, action));
  EXPECT_EQ((std::vector<float>{0.5F, -0.5F, 0.25F, 1.5F, -1.5F, 1.25F, 1.5F, -1.5F, 1.25F}), action);
  committed[4] = kNaN;  // then what was played before is all that is known
  EXPECT_EQ(Status::not_finite, bound.runtime.act(x, committed, 3, action));
  EXPECT_EQ((std::vector<float>{0.5F, -0.5F, 0.25F, 0.5F, -0.5F, 0.25F, 0.5F, -0.5F, 0.25F}), action);
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::sample, 1.0F, OnError::zero));
  committed[4] = 0.0F;
  EXPECT_EQ(Status::not_finite, bound.runtime.act(bad, committed, 4, action));
  EXPECT_EQ(std::vector<float>(9, 0.0F), action);
}

}  // namespace
}  // namespace pianola
