#include "pianola/control/ordered_blocks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pianola {
namespace {

class Threads {
 public:
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(0); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
};

TEST(OrderedBlocks, FinishesEveryBlockOnceAndInOrder) {
  for (const int count : {1, 2, 4}) {
    const Threads threads(count);
    std::vector<std::size_t> begins, ends;
    std::atomic<int> running = 0;
    ordered_blocks(1000, 7, [&](const Block& block) -> InOrder {
      return [&, block] {
        EXPECT_EQ(running.fetch_add(1), 0) << "one at a time";
        EXPECT_EQ(block.index, begins.size());
        begins.push_back(block.begin);
        ends.push_back(block.end);
        --running;
      };
    });
    ASSERT_EQ(begins.size(), 143U);
    EXPECT_EQ(begins.front(), 0U);
    EXPECT_EQ(ends.back(), 1000U);
    for (std::size_t i = 1; i < begins.size(); ++i) EXPECT_EQ(begins[i], ends[i - 1]);
  }
}

TEST(OrderedBlocks, NothingToDoIsNothingDone) {
  ordered_blocks(0, 16, [](const Block&) -> InOrder { throw std::logic_error("no block exists"); });
}

/// A slow first block, and results that wait for it.
TEST(OrderedBlocks, FewResultsWaitHoweverSlowABlockIs) {
  const Threads threads(2);
  std::atomic<int> waiting = 0, most = 0;
  std::size_t finished = 0;
  ordered_blocks(
      400, 1,
      [&](const Block& block) -> InOrder {
        if (block.index % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
        const int now = ++waiting;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        return [&] {
          --waiting;
          ++finished;
        };
      },
      6);
  EXPECT_EQ(finished, 400U);
  EXPECT_LE(most, 6);
}

TEST(OrderedBlocks, BodiesMayRunParallelLoopsThemselves) {
  const Threads threads(2);
  std::atomic<std::size_t> items = 0;
  std::size_t finished = 0;
  ordered_blocks(
      60, 1,
      [&](const Block&) -> InOrder {
        parallel_blocks(50, 1, [&](const Block&) { ++items; });
        return [&] { ++finished; };
      },
      2);
  EXPECT_EQ(items, 3000U);
  EXPECT_EQ(finished, 60U);
}

std::string message_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(OrderedBlocks, TheLowestBlockThatFailsIsTheError) {
  for (const int count : {1, 2, 4}) {
    const Threads threads(count);
    std::vector<std::size_t> finished;
    const auto run = [&] {
      ordered_blocks(100, 1, [&](const Block& block) -> InOrder {
        if (block.index == 20) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (block.index >= 20) throw std::runtime_error("block " + std::to_string(block.index));
        return [&finished, block] { finished.push_back(block.index); };
      });
    };
    EXPECT_EQ(message_of(run), "block 20");
    EXPECT_EQ(finished.size(), 20U) << "all before it are finished, none after";
  }
}

TEST(OrderedBlocks, AnErrorWhileFinishingStopsTheRest) {
  const Threads threads(2);
  std::atomic<std::size_t> begun = 0;
  std::size_t finished = 0;
  const auto run = [&] {
    ordered_blocks(10000, 1, [&](const Block& block) -> InOrder {
      ++begun;
      return [&finished, block] {
        if (block.index == 5) throw std::runtime_error("disk full");
        ++finished;
      };
    });
  };
  EXPECT_EQ(message_of(run), "disk full");
  EXPECT_EQ(finished, 5U);
  EXPECT_LT(begun, 10000U);
}

}  // namespace
}  // namespace pianola
