#include "pianola/quantizers/residual_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 4096;            // rows of a parallel block
constexpr std::size_t kMostSeedRows = 1 << 16;  // rows that seeds are drawn from

double square_distance(const float* a, const float* b, std::size_t dim) {
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
      distance[i] = std::min(distance[i], square_distance(rows.data() + i * dim, centre, dim));
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

/// Seeds from a thinned part of the rows; from all of them if that has too few distinct ones.
std::vector<float> seeds_of(std::span<const float> rows, std::size_t dim, std::size_t codes, const NoiseKey& key) {
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

void require_distinct(std::size_t found, const ResidualFitPlan& plan, std::size_t n, const std::string& who) {
  if (found == plan.codes) return;
  throw DataError(
      fmt::format("{}: {} codes a layer need as many distinct chunks to be fitted to, the data have {} "
                  "(of {} chunks); take codes={} or fewer, or give more data",
                  who, plan.codes, found, n, found));
}

std::vector<Token> assign(std::span<const float> rows, std::size_t dim, const std::vector<float>& codes) {
  const std::size_t n = rows.size() / dim;
  const ResidualCodebooks layer(1, codes.size() / dim, dim, codes);
  std::vector<Token> tokens(n);
  parallel_blocks(n, kBlock, [&](const Block& block) {
    throw_if_interrupted();
    const std::size_t size = block.end - block.begin;
    layer.encode(rows.subspan(block.begin * dim, size * dim), std::span(tokens).subspan(block.begin, size));
  });
  return tokens;
}

/// Sums and counts of the rows of each code.
struct Clusters {
  std::vector<double> sums;    // [codes × dim]
  std::vector<double> counts;  // [codes]
  Clusters(std::size_t codes, std::size_t dim) : sums(codes * dim), counts(codes) {}

  void add(std::span<const float> rows, std::span<const Token> tokens, std::size_t dim) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      double* const sum = sums.data() + tokens[i] * dim;
      for (std::size_t j = 0; j < dim; ++j) sum[j] += static_cast<double>(rows[i * dim + j]);
      counts[tokens[i]] += 1.0;
    }
  }
  void merge(const Clusters& other) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k] += other.counts[k];
  }
};

Clusters clusters_of(std::span<const float> rows, std::span<const Token> tokens, std::size_t codes, std::size_t dim) {
  const std::size_t block_rows = std::max<std::size_t>(kBlock, tokens.size() / 16 + 1);  // few, to merge cheaply
  std::vector<Clusters> parts((tokens.size() + block_rows - 1) / block_rows, Clusters(codes, dim));
  parallel_blocks(tokens.size(), block_rows, [&](const Block& block) {
    const std::size_t size = block.end - block.begin;
    parts[block.index].add(rows.subspan(block.begin * dim, size * dim), tokens.subspan(block.begin, size), dim);
  });
  for (std::size_t i = 1; i < parts.size(); ++i) parts[0].merge(parts[i]);
  return std::move(parts[0]);
}

/// Codes without rows go to the rows that are farthest from their own codes, one each.
void revive(std::span<const float> rows, std::size_t dim, std::span<const Token> tokens, const Clusters& clusters,
            std::vector<float>& codes) {
  std::vector<std::size_t> dead;
  for (std::size_t k = 0; k < clusters.counts.size(); ++k) {
    if (clusters.counts[k] == 0.0) dead.push_back(k);
  }
  if (dead.empty()) return;
  std::vector<std::pair<double, std::size_t>> far(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    far[i] = {-square_distance(rows.data() + i * dim, codes.data() + tokens[i] * dim, dim), i};
  }
  const std::size_t many = std::min(dead.size(), far.size());
  std::partial_sort(far.begin(), far.begin() + static_cast<std::ptrdiff_t>(many), far.end());
  for (std::size_t j = 0; j < many && far[j].first < 0.0; ++j) {
    const auto row = rows.subspan(far[j].second * dim, dim);
    std::copy(row.begin(), row.end(), codes.begin() + static_cast<std::ptrdiff_t>(dead[j] * dim));
  }
}

std::vector<float> lloyd(const ResidualFitPlan& plan, std::span<const float> rows, std::vector<float> codes) {
  const std::size_t dim = plan.dim, count = codes.size() / dim;
  std::vector<Token> tokens, before;
  for (std::size_t iteration = 0; iteration < plan.iterations; ++iteration) {
    throw_if_interrupted();
    tokens = assign(rows, dim, codes);
    if (tokens == before) break;
    const Clusters clusters = clusters_of(rows, tokens, count, dim);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (clusters.counts[i / dim] > 0.0) codes[i] = static_cast<float>(clusters.sums[i] / clusters.counts[i / dim]);
    }
    revive(rows, dim, tokens, clusters, codes);
    before.swap(tokens);
  }
  return codes;
}

void subtract(std::vector<float>& rows, std::size_t dim, std::span<const Token> tokens,
              const std::vector<float>& codes) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (std::size_t j = 0; j < dim; ++j) rows[i * dim + j] -= codes[tokens[i] * dim + j];
  }
}

/// Seeds of layer l; a later layer's missing ones are 0.
std::vector<float> first_codes(const ResidualFitPlan& plan, std::span<const float> rows, std::size_t l,
                               const std::string& who) {
  std::vector<float> seeds = seeds_of(rows, plan.dim, plan.codes, plan.key.child("seeds", l));
  if (l == 0) require_distinct(seeds.size() / plan.dim, plan, rows.size() / plan.dim, who);
  return seeds;
}

std::vector<float> fit_lloyd(const ResidualFitPlan& plan, std::vector<float> rows, const std::string& who) {
  std::vector<float> all;
  for (std::size_t l = 0; l < plan.layers; ++l) {
    std::vector<float> codes = lloyd(plan, rows, first_codes(plan, rows, l, who));
    subtract(rows, plan.dim, assign(rows, plan.dim, codes), codes);
    codes.resize(plan.codes * plan.dim);
    all.insert(all.end(), codes.begin(), codes.end());
  }
  return all;
}

/// One layer that learns from batches.
class MovingCodes {
 public:
  MovingCodes(const ResidualFitPlan& plan, std::vector<float> seeds)
      : plan_(plan),
        codes_(std::move(seeds)),
        sums_(codes_.begin(), codes_.end()),
        counts_(codes_.size() / plan.dim, 1) {}

  [[nodiscard]] const std::vector<float>& codes() const { return codes_; }

  /// Learns from `rows` and leaves their residuals, by the codes as they were.
  void step(std::vector<float>& rows, const NoiseKey& key) {
    const std::vector<Token> tokens = assign(rows, plan_.dim, codes_);
    Clusters seen(counts_.size(), plan_.dim);
    seen.add(rows, tokens, plan_.dim);
    std::vector<float> residuals = rows;
    subtract(residuals, plan_.dim, tokens, codes_);
    move(seen);
    revive_from(rows, key);
    rows.swap(residuals);
  }

 private:
  void move(const Clusters& seen) {
    const double d = plan_.decay;
    for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] = d * counts_[k] + (1.0 - d) * seen.counts[k];
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] = d * sums_[i] + (1.0 - d) * seen.sums[i];
    const double whole = std::accumulate(counts_.begin(), counts_.end(), 0.0);
    const double smoothed = whole + static_cast<double>(counts_.size()) * plan_.epsilon;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const double share = (counts_[i / plan_.dim] + plan_.epsilon) / smoothed * whole;
      codes_[i] = static_cast<float>(sums_[i] / share);
    }
  }

  void revive_from(std::span<const float> rows, const NoiseKey& key) {
    const std::size_t dim = plan_.dim, n = rows.size() / dim;
    const double even = static_cast<double>(n) / static_cast<double>(counts_.size());
    for (std::size_t k = 0; k < counts_.size(); ++k) {
      if (counts_[k] >= 0.01 * even) continue;
      const auto i = static_cast<std::size_t>(uniform(key, k, 0) * static_cast<double>(n));
      counts_[k] = even;
      for (std::size_t j = 0; j < dim; ++j) {
        codes_[k * dim + j] = rows[i * dim + j];
        sums_[k * dim + j] = even * static_cast<double>(rows[i * dim + j]);
      }
    }
  }

  const ResidualFitPlan& plan_;
  std::vector<float> codes_;
  std::vector<double> sums_, counts_;
};

std::vector<float> batch_of(const ResidualFitPlan& plan, std::span<const float> rows, std::size_t step) {
  const std::size_t n = rows.size() / plan.dim;
  const NoiseKey key = plan.key.child("batch");
  std::vector<float> batch;
  batch.reserve(plan.batch * plan.dim);
  for (std::size_t b = 0; b < plan.batch; ++b) {
    const double u = uniform(key, step, static_cast<std::uint32_t>(b));
    const auto row = rows.subspan(static_cast<std::size_t>(u * static_cast<double>(n)) * plan.dim, plan.dim);
    batch.insert(batch.end(), row.begin(), row.end());
  }
  return batch;
}

std::vector<float> fit_ema(const ResidualFitPlan& plan, std::vector<float> rows, const std::string& who) {
  std::vector<MovingCodes> layers;
  std::vector<float> residuals = rows;
  for (std::size_t l = 0; l < plan.layers; ++l) {
    layers.emplace_back(plan, first_codes(plan, residuals, l, who));
    subtract(residuals, plan.dim, assign(residuals, plan.dim, layers.back().codes()), layers.back().codes());
  }
  for (std::size_t step = 0; step < plan.steps; ++step) {
    throw_if_interrupted();
    std::vector<float> batch = batch_of(plan, rows, step);
    for (std::size_t l = 0; l < plan.layers; ++l)
      layers[l].step(batch, plan.key.child("revive", l).child("step", step));
  }
  std::vector<float> all;
  for (const MovingCodes& layer : layers) {
    std::vector<float> codes = layer.codes();
    codes.resize(plan.codes * plan.dim);
    all.insert(all.end(), codes.begin(), codes.end());
  }
  return all;
}

}  // namespace

std::vector<float> fit_residual_codebooks(const ResidualFitPlan& plan, std::span<const float> rows,
                                          const std::string& who) {
  std::vector<float> copy(rows.begin(), rows.end());
  return plan.method == ResidualFitPlan::Method::lloyd ? fit_lloyd(plan, std::move(copy), who)
                                                       : fit_ema(plan, std::move(copy), who);
}

std::vector<std::uint32_t> count_dead_codes(const ResidualCodebooks& codebooks, std::span<const float> rows) {
  const std::size_t n = rows.size() / codebooks.dim(), layers = codebooks.layers();
  std::vector<Token> tokens(n * layers);
  parallel_blocks(n, kBlock, [&](const Block& block) {
    const std::size_t size = block.end - block.begin;
    codebooks.encode(rows.subspan(block.begin * codebooks.dim(), size * codebooks.dim()),
                     std::span(tokens).subspan(block.begin * layers, size * layers));
  });
  std::vector<char> used(layers * codebooks.count());
  for (std::size_t i = 0; i < tokens.size(); ++i) used[i % layers * codebooks.count() + tokens[i]] = 1;
  std::vector<std::uint32_t> dead(layers, static_cast<std::uint32_t>(codebooks.count()));
  for (std::size_t i = 0; i < used.size(); ++i) dead[i / codebooks.count()] -= static_cast<std::uint32_t>(used[i]);
  return dead;
}

}  // namespace pianola
