#include "pianola/control/chunk_memory.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(ChunkMemory, PlaysTheFirstActionsOfEachChunkThenAsksForAnother) {
  ChunkMemory memory(1, 3, 2, 2);
  std::vector<double> action(2);
  std::vector<std::uint32_t> age(1);
  for (const double offset : {0.0, 100.0}) {
    ASSERT_TRUE(memory.any_due());
    memory.take(std::vector<double>{offset + 1, offset + 2, offset + 3, offset + 4, offset + 5, offset + 6});
    memory.play(action, age);
    EXPECT_EQ(action, (std::vector<double>{offset + 1, offset + 2}));
    EXPECT_EQ(age[0], 0U);
    ASSERT_FALSE(memory.any_due());
    memory.play(action, age);
    EXPECT_EQ(action, (std::vector<double>{offset + 3, offset + 4}));
    EXPECT_EQ(age[0], 1U);
  }
}

TEST(ChunkMemory, ResetForgetsTheChunkBeingPlayed) {
  ChunkMemory memory(2, 2, 2, 1);
  std::vector<double> actions(2);
  memory.take(std::vector<double>{1, 2, 3, 4});
  memory.play(actions);
  EXPECT_FALSE(memory.any_due());
  memory.reset();
  EXPECT_TRUE(memory.due(0) && memory.due(1));
}

TEST(ChunkMemory, ACopyPlaysOnByItself) {
  ChunkMemory memory(1, 2, 2, 1);
  std::vector<double> action(1);
  memory.take(std::vector<double>{1, 2});
  memory.play(action);
  ChunkMemory copy = memory;
  copy.play(action);
  EXPECT_EQ(action[0], 2.0);
  EXPECT_TRUE(copy.any_due());
  EXPECT_FALSE(memory.any_due());
}

TEST(ChunkMemory, OnlyLanesThatAreDueAreCopied) {
  const ChunkMemory fresh(3, 1, 1, 1);
  std::vector<int> to(6, 0);
  copy_due<int>(fresh, 3, std::vector<int>{1, 2, 3, 4, 5, 6}, to);
  EXPECT_EQ(to, (std::vector<int>{1, 2, 3, 4, 5, 6}));
  ChunkMemory playing(3, 2, 2, 1);
  playing.take(std::vector<double>(6));
  copy_due<int>(playing, 3, std::vector<int>(6, 9), to);
  EXPECT_EQ(to, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace pianola
