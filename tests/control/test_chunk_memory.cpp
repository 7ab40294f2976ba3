#include "pianola/control/chunk_memory.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(ChunkMemory, PlaysTheFirstActionsOfEachChunkThenAsksForAnother) {
  ChunkMemory memory(1, 3, 2, 2);
  std::vector<double> action(2);
  std::vector<std::uint32_t> age(1);
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
  ChunkMemory memory(2, 2, 2, 1);
  std::vector<double> actions(2);
  memory.take(std::vector<double>{1, 2, 3, 4});
  memory.play(actions);
  EXPECT_FALSE(memory.due());
  memory.reset();
  EXPECT_TRUE(memory.due());
}

TEST(ChunkMemory, ACopyPlaysOnByItself) {
  ChunkMemory memory(1, 2, 2, 1);
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
  ChunkMemory memory(2, 2, 2, 1);
  std::vector<double> actions(2);
  std::vector<std::uint32_t> ages(2, 9);
  memory.take(std::vector<double>{1, 2, 3, 4});
  memory.play(actions, ages);
  EXPECT_EQ(actions, (std::vector<double>{1, 3}));
  memory.play(actions, ages);
  EXPECT_EQ(actions, (std::vector<double>{2, 4}));
  EXPECT_EQ(ages, (std::vector<std::uint32_t>{1, 1}));
}

}  // namespace
}  // namespace pianola
