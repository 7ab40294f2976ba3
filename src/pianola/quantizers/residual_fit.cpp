#include "pianola/quantizers/residual_fit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/chunk_sample.hpp"
#include "pianola/quantizers/code_clusters.hpp"
#include "pianola/quantizers/lloyd.hpp"
#include "pianola/quantizers/moving_codebooks.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 4096;                                            // rows of a parallel block
constexpr std::size_t kTriedRows = 65536, kTriedValues = std::size_t{1} << 22;  // that starts are tried on at most

void require_distinct(std::size_t found, std::size_t codes, std::size_t n, const std::string& who) {
  if (found >= codes) return;
  throw DataError(
      fmt::format("{}: {} codes a layer need as many distinct chunks to be fitted to, the data have {} "
                  "(of {} chunks); take codes={} or fewer, or give more data",
                  who, codes, found, n, found));
}

/// The codes of the best of the starts of layer l, on these rows: fewer than plan.codes where the rows have no more
/// distinct ones.
std::vector<float> best_start(const ResidualFitPlan& plan, std::span<const float> rows, std::size_t l) {
  LloydResult best;
  for (std::size_t r = 0; r < plan.restarts; ++r) {
    const NoiseKey key = r == 0 ? plan.key : plan.key.child("restart", r);
    std::vector<float> seeds = code_seeds(rows, plan.dim, plan.codes, key.child("seeds", l));
    LloydResult found = lloyd(rows, plan.dim, std::move(seeds), key.child("lloyd", l), {plan.iterations});
    if (r == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  return std::move(best.codes);
}

/// The codes of layer l, at most `codes` of them. Trying starts on all of very many rows would cost more than it gains,
/// unless the part that is tried has too few distinct ones.
std::vector<float> fit_layer(const ResidualFitPlan& plan, std::span<const float> rows, std::size_t l) {
  const std::size_t tried = std::max(std::min(kTriedRows, kTriedValues / plan.dim), 64 * plan.codes);
  if (plan.restarts > 1 && rows.size() / plan.dim > tried) {
    std::vector<float> start = best_start(plan, thinned_rows(rows, plan.dim, tried), l);
    if (start.size() == plan.codes * plan.dim) {
      return lloyd(rows, plan.dim, std::move(start), plan.key.child("lloyd", l), {plan.iterations}).codes;
    }
  }
  return best_start(plan, rows, l);
}

std::vector<float> fit_lloyd(const ResidualFitPlan& plan, std::vector<float> rows, const std::string& who) {
  std::vector<float> all;
  for (std::size_t l = 0; l < plan.layers; ++l) {
    std::vector<float> codes = fit_layer(plan, rows, l);
    if (l == 0) require_distinct(codes.size() / plan.dim, plan.codes, rows.size() / plan.dim, who);
    subtract_codes(rows, plan.dim, assign_codes(rows, plan.dim, codes), codes);
    codes.resize(plan.codes * plan.dim);
    all.insert(all.end(), codes.begin(), codes.end());
  }
  return all;
}

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

std::vector<float> fit_ema(const ResidualFitPlan& plan, std::span<const float> rows, const std::string& who) {
  MovingCodebooks books({plan.layers, plan.codes, plan.dim, plan.decay, plan.epsilon, plan.key}, rows);
  require_distinct(books.size(0), plan.codes, rows.size() / plan.dim, who);
  std::vector<float> residuals(plan.layers * plan.batch * plan.dim);
  for (std::size_t step = 0; step < plan.steps; ++step) books.step(batch_of(plan, rows, step), step, residuals);
  return books.codes();
}

}  // namespace

std::vector<float> fit_residual_codebooks(const ResidualFitPlan& plan, std::span<const float> rows,
                                          const std::string& who) {
  if (plan.method == ResidualFitPlan::Method::ema) return fit_ema(plan, rows, who);
  return fit_lloyd(plan, std::vector<float>(rows.begin(), rows.end()), who);
}

void require_distinct_chunks(std::span<const float> rows, std::size_t dim, std::size_t codes, const std::string& who) {
  require_distinct(distinct_rows(rows, dim, codes), codes, rows.size() / dim, who);
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
