#include "pianola/control/chunk_memory.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

using Ages = std::vector<std::uint32_t>;

TEST(ChunkMemory, PlaysTheFirstActionsOfEachChunkThenAsksForAnother) {
  ChunkMemory memory(1, 2, {.chunk = 3, .execute = 2});
  std::vector<double> action(2);
  Ages age(1);
  for (const double offset : {0.0, 100.0}) {
    ASSERT_TRUE(memory.due());
    memory.take(std::vector<double>{offset + 1, offset + 2, offset + 3, offset + 4, offset + 5, offset + 6});
    memory.play(action, age);
    EXPECT_EQ(action, (std::vector<double>{offset + 1, offset + 2}));
    EXPECT_EQ(age[0], 0U);
    ASSERT_FALSE(memory.due());
    memory.play(action, age);
    EXPECT_EQ(action, (std::vector<double>{offset + 3, offset + 4}));
    EXPECT_EQ(age[0], 1U);
  }
}

TEST(ChunkMemory, ResetForgetsTheChunkBeingPlayed) {
  ChunkMemory memory(2, 1, {.chunk = 2, .execute = 2});
  std::vector<double> actions(2);
  memory.take(std::vector<double>{1, 2, 3, 4});
  memory.play(actions);
  EXPECT_FALSE(memory.due());
  memory.reset();
  EXPECT_TRUE(memory.due());
}

TEST(ChunkMemory, ACopyPlaysOnByItself) {
  ChunkMemory memory(1, 1, {.chunk = 2, .execute = 2});
  std::vector<double> action(1);
  memory.take(std::vector<double>{1, 2});
  memory.play(action);
  ChunkMemory copy = memory;
  copy.play(action);
  EXPECT_EQ(action[0], 2.0);
  EXPECT_TRUE(copy.due());
  EXPECT_FALSE(memory.due());
}

TEST(ChunkMemory, EachLanePlaysItsOwnChunk) {
  ChunkMemory memory(2, 1, {.chunk = 2, .execute = 2});
  std::vector<double> actions(2);
  Ages ages(2, 9);
  memory.take(std::vector<double>{1, 2, 3, 4});
  memory.play(actions, ages);
  EXPECT_EQ(actions, (std::vector<double>{1, 3}));
  memory.play(actions, ages);
  EXPECT_EQ(actions, (std::vector<double>{2, 4}));
  EXPECT_EQ(ages, (Ages{1, 1}));
}

struct Played {
  std::vector<double> actions;
  Ages ages;
  std::vector<std::vector<double>> committed;
};

/// `steps` steps of one lane; the decision at step h is 100·h, 100·h + 1, …; −1 is played before.
Played play(const ChunkSchedule& schedule, std::size_t steps) {
  ChunkMemory memory(1, 1, schedule);
  memory.reset();
  memory.start(std::vector<double>{-1.0});
  Played out;
  for (std::size_t h = 0; h < steps; ++h) {
    if (memory.due()) {
      memory.committed(out.committed.emplace_back(schedule.delay));
      std::vector<double> decided;
      for (std::size_t k = 0; k < schedule.chunk; ++k) decided.push_back(static_cast<double>(100 * h + k));
      memory.take(decided);
    }
    std::vector<double> action(1);
    Ages age(1);
    memory.play(action, age);
    out.actions.push_back(action[0]);
    out.ages.push_back(age[0]);
  }
  return out;
}

constexpr std::uint32_t kNobody = ChunkMemory::kUndecided;

TEST(ChunkMemory, WithDelayTheLastChunkPlaysOn) {
  const Played played = play({.chunk = 6, .execute = 3, .delay = 2, .first = 2}, 8);
  EXPECT_EQ(played.actions, (std::vector<double>{-1, -1, 2, 3, 4, 302, 303, 304}));
  EXPECT_EQ(played.ages, (Ages{kNobody, kNobody, 2, 3, 4, 2, 3, 4}));
  EXPECT_EQ(played.committed[1], (std::vector<double>{3, 4})) << "those of steps 3 and 4";
}

TEST(ChunkMemory, ADelayMayBeLongerThanWhatIsPlayed) {
  const Played played = play({.chunk = 4, .execute = 1, .delay = 3, .first = 3}, 6);
  EXPECT_EQ(played.actions, (std::vector<double>{-1, -1, -1, 3, 103, 203}));
  EXPECT_EQ(played.ages, (Ages{kNobody, kNobody, kNobody, 3, 3, 3}));
  EXPECT_EQ(played.committed[2], (std::vector<double>{-1, 3, 103})) << "of steps 2, 3 and 4";
}

TEST(ChunkMemory, LateChunksArePlayedWholeAndExpire) {
  const Played played = play({.chunk = 2, .execute = 2, .delay = 1, .first = 0}, 5);
  EXPECT_EQ(played.actions, (std::vector<double>{-1, 0, 1, 200, 201}));
  EXPECT_EQ(played.ages, (Ages{kNobody, 1, 2, 1, 2})) << "at age 2 a chunk of two has expired";
}

}  // namespace
}  // namespace pianola
