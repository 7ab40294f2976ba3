#include "pianola/quantizers/code_clusters.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/nearest_code.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 4096;            // rows of a parallel block
constexpr std::size_t kMostSeedRows = 1 << 16;  // rows that seeds are drawn from

double squared_difference(const float* a, const float* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t j = 0; j < dim; ++j) {
    const double d = static_cast<double>(a[j]) - static_cast<double>(b[j]);
    sum += d * d;
  }
  return sum;
}

/// distance[i] ← min(distance[i], ‖row i − centre‖²).
void shorten(std::span<const float> rows, std::size_t dim, const float* centre, std::vector<double>& distance) {
  parallel_blocks(distance.size(), kBlock, [&](const Block& block) {
    for (std::size_t i = block.begin; i < block.end; ++i) {
      distance[i] = std::min(distance[i], squared_difference(rows.data() + i * dim, centre, dim));
    }
  });
}

/// The row where the running sum of distances passes the share `u` of the whole.
std::size_t draw_row(const std::vector<double>& distance, double whole, double u) {
  double sum = 0.0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    if (!(distance[i] > 0.0)) continue;
    last = i;
    sum += distance[i];
    if (sum > u * whole) break;
  }
  return last;
}

/// k-means++: each seed is a row drawn with probability ∝ its squared distance to the seeds before. Fewer than `codes`
/// where the rows have no more distinct ones.
std::vector<float> draw_seeds(std::span<const float> rows, std::size_t dim, std::size_t codes, const NoiseKey& key) {
  const std::size_t n = rows.size() / dim;
  std::vector<double> distance(n, std::numeric_limits<double>::infinity());
  std::vector<float> seeds;
  std::size_t row = std::min(n - 1, static_cast<std::size_t>(uniform(key, 0, 0) * static_cast<double>(n)));
  for (std::size_t k = 0; k < codes; ++k) {
    throw_if_interrupted();
    if (k > 0) {
      const double whole = std::accumulate(distance.begin(), distance.end(), 0.0);
      if (!(whole > 0.0)) break;
      row = draw_row(distance, whole, uniform(key, k, 0));
    }
    const auto seed = rows.subspan(row * dim, dim);
    seeds.insert(seeds.end(), seed.begin(), seed.end());
    shorten(rows, dim, seeds.data() + k * dim, distance);
  }
  return seeds;
}

}  // namespace

void CodeClusters::add(std::span<const float> rows, std::span<const Token> tokens, std::size_t dim) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    double* const sum = sums.data() + tokens[i] * dim;
    for (std::size_t j = 0; j < dim; ++j) sum[j] += static_cast<double>(rows[i * dim + j]);
    counts[tokens[i]] += 1.0;
  }
}

std::vector<float> code_seeds(std::span<const float> rows, std::size_t dim, std::size_t codes, const NoiseKey& key) {
  const std::size_t n = rows.size() / dim, most = std::max(kMostSeedRows, 64 * codes);
  if (n > most) {
    std::vector<float> part;
    for (std::size_t j = 0; j < most; ++j) {
      const auto row = rows.subspan(j * n / most * dim, dim);
      part.insert(part.end(), row.begin(), row.end());
    }
    auto seeds = draw_seeds(part, dim, codes, key);
    if (seeds.size() == codes * dim) return seeds;
  }
  return draw_seeds(rows, dim, codes, key);
}

std::vector<Token> assign_codes(std::span<const float> rows, std::size_t dim, const std::vector<float>& codes) {
  const std::size_t n = rows.size() / dim;
  const Codebook book(codes, dim);
  std::vector<Token> tokens(n);
  parallel_blocks(n, kBlock, [&](const Block& block) {
    throw_if_interrupted();
    const std::size_t size = block.end - block.begin;
    nearest_codes(book, rows.subspan(block.begin * dim, size * dim), std::span(tokens).subspan(block.begin, size));
  });
  return tokens;
}

void subtract_codes(std::span<float> rows, std::size_t dim, std::span<const Token> tokens,
                    const std::vector<float>& codes) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (std::size_t j = 0; j < dim; ++j) rows[i * dim + j] -= codes[tokens[i] * dim + j];
  }
}

}  // namespace pianola
