#include "pianola/quantizers/edge_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Dimension d has `counts[d % counts.size()]` edges; some repeat.
EdgeTable make_table(std::size_t dim, const std::vector<std::size_t>& counts) {
  const NoiseKey key(dim);
  std::vector<std::vector<float>> edges(dim);
  for (std::size_t d = 0; d < dim; ++d) {
    edges[d].resize(counts[d % counts.size()]);
    for (std::size_t k = 0; k < edges[d].size(); ++k) {
      edges[d][k] = static_cast<float>(normal(key, d, static_cast<std::uint32_t>(k % 7 == 6 ? k - 1 : k)));
    }
    std::sort(edges[d].begin(), edges[d].end());
  }
  return EdgeTable(edges);
}

/// Edges, their neighbours, and everything else that may go wrong.
std::vector<float> hostile_values(const EdgeTable& table, std::size_t n) {
  const NoiseKey key(n);
  const std::vector<float> special{0.0F, -0.0F, 1e-45F, -1e-45F, 3.4e38F, -3.4e38F, kInf, -kInf, kNaN, -kNaN};
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto dice = key.block(i, 0, 0);
    const std::span<const float> row = table.row(i % table.dim());
    const float edge = row[dice[1] % row.size()];
    const float around[5] = {edge, std::nextafter(edge, kInf), std::nextafter(edge, -kInf),
                             special[dice[2] % special.size()], static_cast<float>(normal(key, i, 1))};
    values[i] = around[dice[0] % 5];
  }
  return values;
}

void expect_reference(const EdgeTable& table, std::size_t n) {
  const std::vector<float> values = hostile_values(table, n);
  std::vector<std::uint32_t> wanted(n), got(n + 1, 77);
  encode_edges_reference(table, values, wanted);
  encode_edges(table, values, std::span(got).first(n));
  for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(got[i], wanted[i]) << "value " << i << " is " << values[i];
  ASSERT_EQ(got.back(), 77U) << "wrote behind the end";
}

TEST(EdgeSearch, CountsAsTheReferenceDoes) {
  on_every_target([] {
    for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 15U, 16U, 255U, 256U, 1000U, 65535U}) {
      expect_reference(make_table(3, {count}), 1000);
    }
    for (std::size_t dim = 1; dim <= 70; ++dim) expect_reference(make_table(dim, {7, 0, 31, 2}), 300);
    for (std::size_t n = 0; n < 150; ++n) expect_reference(make_table(5, {9}), n);
  });
}

TEST(EdgeSearch, CellsAreClosedBelow) {
  const EdgeTable table(std::vector<std::vector<float>>{{-1.0F, 0.0F, 0.0F, 2.0F}});
  const std::vector<float> values{-kInf, -1.5F, -1.0F, -0.0F, 0.0F, 1.9F, 2.0F, kInf, kNaN};
  std::vector<std::uint32_t> tokens(values.size());
  encode_edges(table, values, tokens);
  EXPECT_EQ(tokens, (std::vector<std::uint32_t>{0, 0, 1, 3, 3, 3, 4, 4, 0}));
}

TEST(EdgeSearch, SizeIsRoundedUp) {
  EXPECT_EQ(EdgeTable::size_of(7, 255), 7U * 256U);
  EXPECT_EQ(EdgeTable::size_of(7, 256), 7U * 512U);
  EXPECT_EQ(EdgeTable::size_of(2, 0), 2U);
}

}  // namespace
}  // namespace pianola
