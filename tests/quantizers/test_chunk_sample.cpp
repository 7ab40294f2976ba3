#include "pianola/quantizers/chunk_sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "property.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola::testing {
namespace {

std::string failure(const ActionSource& source, std::size_t chunk) {
  try {
    sample_chunks(source, chunk, "quantizer 'x'");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(ChunkSample, AllWindowsOfEveryTrajectoryInOrder) {
  const MemoryActions data(1, {{1, 2, 3}, {4}, {5, 6}});
  const ChunkSample sample = sample_chunks(data, 2, "x");
  EXPECT_EQ(sample.values, (std::vector<float>{1, 2, 2, 3, 5, 6}));
  EXPECT_EQ(sample.windows, 3U);
  EXPECT_EQ(sample.size(), 3U);
}

TEST(ChunkSample, ThinningIsEven) {
  test::property("number ⌊jN/m⌋ is kept for j < m", [] {
    std::vector<std::vector<double>> trajectories(3);
    std::vector<float> all;
    for (auto& trajectory : trajectories) {
      const int steps = *rc::gen::inRange(0, 30);
      for (int i = 0; i < steps; ++i) trajectory.push_back(100.0 * static_cast<double>(all.size()) + i);
      for (int i = 0; i + 2 < steps; ++i) {
        all.push_back(static_cast<float>(trajectory[static_cast<std::size_t>(i)]));
      }
    }
    if (all.empty()) return;
    const auto most = static_cast<std::size_t>(*rc::gen::inRange(1, 40));
    const ChunkSample sample = sample_chunks(MemoryActions(1, trajectories), 3, "x", {most, 1000});
    RC_ASSERT(sample.windows == all.size());
    RC_ASSERT(sample.size() == std::min(most, all.size()));
    for (std::size_t j = 0; j < sample.size(); ++j) {
      RC_ASSERT(sample.values[3 * j] == all[j * all.size() / sample.size()]);
    }
  });
}

TEST(ChunkSample, ValuesAreLimitedButOneChunkIsKept) {
  const MemoryActions data(1, {{1, 2, 3, 4, 5, 6, 7, 8}});
  EXPECT_EQ(sample_chunks(data, 2, "x", {100, 6}).size(), 3U);
  EXPECT_EQ(sample_chunks(data, 8, "x", {100, 6}).size(), 1U);
}

TEST(ChunkSample, BadDataAreNamed) {
  EXPECT_NE(failure(MemoryActions(2, {{1, 2}, {1, 2, 3, std::nan("")}}), 1).find("trajectory 1, row 1, dimension 1"),
            std::string::npos);
  EXPECT_NE(failure(MemoryActions(2, {{1, 2, 1e16, 0}}), 1).find("trajectory 0, row 1, dimension 0 is 1e+16"),
            std::string::npos);
  const std::string shorter = failure(MemoryActions(1, {{1, 2}, {1, 2, 3}}), 4);
  EXPECT_NE(shorter.find("a chunk has 4 steps, the longest trajectory 3"), std::string::npos) << shorter;
  EXPECT_NE(failure(MemoryActions(1, {}), 1), "");
}

TEST(ChunkSample, CanBeInterrupted) {
  request_interrupt();
  EXPECT_THROW(sample_chunks(MemoryActions(1, {{1, 2, 3}}), 1, "x"), Interrupted);
  clear_interrupt();
}

TEST(ChunkSample, RowsAreThinnedEvenly) {
  const std::vector<float> rows{0, 0, 1, 1, 2, 2, 3, 3};
  EXPECT_EQ(thinned_rows(rows, 2, 2), (std::vector<float>{0, 0, 2, 2}));
  EXPECT_EQ(thinned_rows(rows, 2, 9), rows);
}

}  // namespace
}  // namespace pianola::testing
