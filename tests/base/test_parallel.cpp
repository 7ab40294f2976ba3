#include "pianola/base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

/// The number of threads as it was, when the test ends.
struct ThreadsRestored {
  ~ThreadsRestored() { set_threads(0); }
};

TEST(Parallel, NoBlockStartsAfterAnInterrupt) {
  const ThreadsRestored restored;
  set_threads(1);
  int ran = 0;
  const auto count = [&](const Block&) {
    if (++ran == 3) request_interrupt();
  };
  EXPECT_THROW(parallel_blocks(100, 1, count), Interrupted);
  EXPECT_EQ(ran, 3);
  EXPECT_THROW(parallel_blocks(100, 1, count), Interrupted);
  EXPECT_EQ(ran, 3);
  clear_interrupt();
  parallel_blocks(5, 1, count);
  EXPECT_EQ(ran, 8);
}

TEST(Parallel, EveryItemComesOnceInBlocksOfTheGivenSize) {
  for (const std::size_t count : {0, 1, 7, 8, 9, 1000}) {
    std::vector<std::atomic<int>> seen(count);
    std::mutex mutex;
    std::set<std::size_t> indices;
    parallel_blocks(count, 8, [&](const Block& block) {
      EXPECT_EQ(block.begin, block.index * 8);
      EXPECT_EQ(block.end, std::min(count, block.begin + 8));
      for (std::size_t i = block.begin; i < block.end; ++i) ++seen[i];
      const std::lock_guard lock(mutex);
      indices.insert(block.index);
    });
    for (const auto& n : seen) EXPECT_EQ(n, 1);
    EXPECT_EQ(indices.size(), (count + 7) / 8);
  }
}

TEST(Parallel, ABlockLargerThanEverythingIsOneBlock) {
  int calls = 0;
  parallel_blocks(10, std::numeric_limits<std::size_t>::max(), [&](const Block& block) {
    ++calls;
    EXPECT_EQ(block.end, 10U);
  });
  EXPECT_EQ(calls, 1);
}

double blocked_mean() {
  constexpr std::size_t kItems = 10007, kBlock = 64;
  std::vector<RunningMean> parts((kItems + kBlock - 1) / kBlock);
  parallel_blocks(kItems, kBlock, [&](const Block& block) {
    for (std::size_t i = block.begin; i < block.end; ++i) parts[block.index].add(normal(NoiseKey(1), i, 0));
  });
  RunningMean all;
  for (const RunningMean& part : parts) all.merge(part);
  return all.mean();
}

TEST(Parallel, ResultsDoNotDependOnTheNumberOfThreads) {
  const ThreadsRestored restored;
  set_threads(1);
  const double one = blocked_mean();
  set_threads(2);
  EXPECT_EQ(blocked_mean(), one);
  set_threads(0);
  EXPECT_EQ(blocked_mean(), one);
}

std::size_t threads_seen() {
  std::mutex mutex;
  std::set<std::thread::id> ids;
  parallel_blocks(64, 1, [&](const Block&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  return ids.size();
}

TEST(Parallel, TheNumberOfThreadsIsHonoured) {
  const ThreadsRestored restored;
  set_threads(1);
  EXPECT_EQ(threads(), 1);
  EXPECT_EQ(threads_seen(), 1U);
  set_threads(2);
  EXPECT_LE(threads_seen(), 2U);
  EXPECT_EQ(threads(), static_cast<int>(std::min(2U, std::thread::hardware_concurrency())));
}

TEST(Parallel, TheFirstExceptionByBlockIndexIsRethrown) {
  const ThreadsRestored restored;
  for (const int count : {1, 2, 0}) {
    set_threads(count);
    for (int repeat = 0; repeat < 20; ++repeat) {
      try {
        parallel_blocks(200, 1, [&](const Block& block) {
          // Later failures come sooner.
          if (block.index == 30) std::this_thread::sleep_for(std::chrono::milliseconds(2));
          if (block.index >= 30) throw std::runtime_error(std::to_string(block.index));
        });
        FAIL() << "no exception";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "30");
      }
    }
  }
}

TEST(Parallel, AfterAFailureOnlyEarlierBlocksStart) {
  const ThreadsRestored restored;
  set_threads(1);
  std::size_t highest = 0;
  EXPECT_THROW(parallel_blocks(1000, 1,
                               [&](const Block& block) {
                                 highest = std::max(highest, block.index);
                                 if (block.index == 0) throw std::runtime_error("first");
                               }),
               std::runtime_error);
  EXPECT_EQ(highest, 0U);
}

TEST(Parallel, LoopsNestWithoutABlockStartingInsideAnother) {
  std::atomic<std::size_t> total{0};
  std::atomic<bool> reentered{false};
  thread_local bool inside = false;
  parallel_blocks(16, 1, [&](const Block&) {
    if (inside) reentered = true;
    inside = true;
    parallel_blocks(64, 1, [&](const Block&) { ++total; });
    inside = false;
  });
  EXPECT_EQ(total, 16U * 64U);
  EXPECT_FALSE(reentered);
}

}  // namespace
}  // namespace pianola
