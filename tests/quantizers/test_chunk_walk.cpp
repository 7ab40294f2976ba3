#include "pianola/quantizers/chunk_walk.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/quantizers/uniform_bins.hpp"
#include "quantizers/action_samples.hpp"
#include "quantizers/difference_coder.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

const MemoryActions kData(1, {{0.1, 0.2, 0.3, 0.4, 0.5}, {0.6}, {0.7, 0.8, 0.9}});

TEST(ChunkWalk, ChunksStayInTheirTrajectoriesAndTailsAreCounted) {
  const UniformBins bins({10, "centre", {}}, 2, {{0.0}, {1.0}});
  std::vector<double> seen;
  std::vector<std::uint32_t> h;
  std::vector<std::uint64_t> ids;
  std::size_t firsts = 0;
  const WalkCount count = ChunkWalk(bins, NoiseKey(1)).run(kData, "test", [&](const ChunkBlock& block) {
    seen.insert(seen.end(), block.actions.begin(), block.actions.end());
    h.insert(h.end(), block.context.h.begin(), block.context.h.end());
    ids.insert(ids.end(), block.context.ids.begin(), block.context.ids.end());
    firsts += block.first;
    EXPECT_EQ(block.tokens.size(), 2 * block.n);
    for (std::size_t i = 0; i < block.actions.size(); ++i) {
      EXPECT_EQ(static_cast<float>(block.quantized[i]), block.decoded[i]);
    }
  });
  EXPECT_EQ(seen, (std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.7, 0.8}));
  EXPECT_EQ(h, (std::vector<std::uint32_t>{0, 2, 0}));
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 0, 2}));
  EXPECT_EQ(firsts, 2U);
  EXPECT_EQ(count.trajectories, 3U);
  EXPECT_EQ(count.chunks, 3U);
  EXPECT_EQ(count.steps, 6U);
  EXPECT_EQ(count.dropped_steps, 3U);
}

TEST(ChunkWalk, BlocksAreBounded) {
  const UniformBins bins({10, "centre", {}}, 1, {{0.0}, {1.0}});
  const MemoryActions data(1, {std::vector<double>(200000, 0.5)});
  std::size_t blocks = 0, chunks = 0;
  ChunkWalk(bins, NoiseKey(1)).run(data, "test", [&](const ChunkBlock& block) {
    EXPECT_LE(block.n, 65536U);
    EXPECT_EQ(block.first, blocks == 0);
    ++blocks;
    chunks += block.n;
  });
  EXPECT_EQ(blocks, 4U);
  EXPECT_EQ(chunks, 200000U);
}

TEST(ChunkWalk, MemoryGoesFromChunkToChunkAndBeginsAnewWithATrajectory) {
  const testing::DifferenceCoder coder;
  const MemoryActions data(1, {{5, 9, 17, 20, 30, 30}, {-3, -3}});
  std::vector<double> seen, before;
  ChunkWalk(coder, NoiseKey(1)).run(data, "test", [&](const ChunkBlock& block) {
    ASSERT_EQ(block.n, 1U);
    seen.insert(seen.end(), block.quantized.begin(), block.quantized.end());
    before.push_back(block.context.memory[0]);
    std::vector<double> memory(block.context.memory.begin(), block.context.memory.end());
    std::vector<Token> tokens(block.tokens.begin(), block.tokens.end());
    std::vector<std::uint32_t> lengths(block.lengths.begin(), block.lengths.end());
    std::vector<float> again(2);
    coder.decode({tokens, lengths}, {block.context.key, block.context.ids, block.context.h, memory}, again, {});
    EXPECT_TRUE(std::equal(again.begin(), again.end(), block.decoded.begin()));
    EXPECT_TRUE(std::equal(again.begin(), again.end(), block.quantized.begin()));
  });
  // A step is at most 8, so the jump to 30 takes a step more than the chunk has. Whole numbers are not dithered.
  EXPECT_EQ(seen, (std::vector<double>{5, 9, 17, 20, 28, 30, -3, -3}));
  EXPECT_EQ(before, (std::vector<double>{0, 9, 20, 0}));
}

TEST(ChunkWalk, SaysWhatDoesNotFit) {
  const auto ignore = [](const ChunkBlock&) {};
  const UniformBins longer({10, "centre", {}}, 6, {{0.0}, {1.0}});
  EXPECT_THROW(ChunkWalk(longer, NoiseKey(1)).run(kData, "test", ignore), DataError);
  const UniformBins wider({10, "centre", {}}, 1, {{0.0, 0.0}, {1.0, 1.0}});
  EXPECT_THROW(ChunkWalk(wider, NoiseKey(1)).run(kData, "test", ignore), UsageError);
}

TEST(ChunkWalk, StopsWhenAsked) {
  const UniformBins bins({10, "centre", {}}, 1, {{0.0}, {1.0}});
  request_interrupt();
  EXPECT_THROW(ChunkWalk(bins, NoiseKey(1)).run(kData, "test", [](const ChunkBlock&) {}), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace pianola
