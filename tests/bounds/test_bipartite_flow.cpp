#include "pianola/bounds/bipartite_flow.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "pianola/base/random.hpp"

namespace pianola {
namespace {

TEST(BipartiteFlow, TakesBackWhatAGreedyChoiceSent) {
  BipartiteFlow flow({1, 1}, {1, 1});
  flow.connect(0, 0);
  flow.connect(0, 1);
  flow.connect(1, 0);  // source 0 took sink 0 first
  flow.maximise();
  EXPECT_EQ(flow.supply(), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(flow.demand(), (std::vector<std::uint64_t>{0, 0}));
}

TEST(BipartiteFlow, LongChainsOfReturns) {
  constexpr std::size_t kN = 200;  // source i reaches sinks i and i + 1; the last source reaches sink 0 alone
  BipartiteFlow flow(std::vector<std::uint64_t>(kN, 3), std::vector<std::uint64_t>(kN, 3));
  for (std::size_t i = 0; i + 1 < kN; ++i) {
    flow.connect(i, i);
    flow.connect(i, i + 1);
  }
  flow.connect(kN - 1, 0);
  flow.maximise();
  EXPECT_EQ(std::accumulate(flow.supply().begin(), flow.supply().end(), std::uint64_t{0}), 0U);
}

TEST(BipartiteFlow, WithoutEdgesNothingMoves) {
  BipartiteFlow flow({5}, {7, 0});
  flow.maximise();
  EXPECT_EQ(flow.supply(), std::vector<std::uint64_t>{5});
  EXPECT_EQ(flow.demand(), (std::vector<std::uint64_t>{7, 0}));
}

}  // namespace
}  // namespace pianola
