// Residual vector quantization (2 layers of 16 codes) and finite scalar quantization of actions as they are
// (encoder=identity): encode and decode of one core through the Quantizer interface, beside what moving the bytes
// costs. The two take turns, kRounds times; each row is the best turn of ours in processor time, and
//
//   of_limit   moving the bytes / ours, best against best
//   of_flops   rvq's encode: the time of its layers·codes·width multiply-adds a chunk at the processor's peak / ours.
//              They take longer than moving the bytes by of_limit / of_flops, whatever the chunk's width: a share of
//              the bytes' limit above the inverse of that is out of reach
//
// rvq's limit moves 4 + 1 bytes a value (a chunk's values and, at least, its tokens), fsq's 4 + 4. Sizes are values a
// buffer: 2^20 (4 MiB of floats, third-level cache) and 2^25 (128 MiB, memory). `width`: values of a chunk.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "limits.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/fsq.hpp"
#include "pianola/quantizers/rvq.hpp"

namespace {

using namespace pianola;

std::vector<float> random_values(std::size_t n, double scale) {
  std::vector<float> values(n);
  const NoiseKey key(7);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(scale * (2.0 * uniform(key, i, 0) - 1.0));
  return values;
}

std::unique_ptr<Quantizer> make_rvq(std::size_t dim, std::size_t chunk) {
  const std::size_t width = dim * chunk;
  std::vector<float> codes = random_values(2 * 16 * width, 1.0);
  for (std::size_t i = codes.size() / 2; i < codes.size(); ++i) codes[i] *= 0.3F;
  return std::make_unique<Rvq>(RvqConfig{}, ChunkEncoder({EncoderKind::identity, dim, chunk, width}, {}, "rvq"),
                               std::move(codes), std::vector<std::uint32_t>(2));
}

std::unique_ptr<Quantizer> make_fsq(std::size_t dim, std::size_t chunk) {
  return std::make_unique<Fsq>(FsqConfig{}, ChunkEncoder({EncoderKind::identity, dim, chunk, dim * chunk}, {}, "fsq"),
                               LatentRange{std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)});
}

/// In turns; the best of each. flops: of ours, 0 where arithmetic is not what bounds it.
template <class Ours, class Limit>
void compare(benchmark::State& state, std::size_t n, double flops, const Ours& ours, const Limit& limit) {
  constexpr int kRounds = 7;
  const std::size_t calls = std::max<std::size_t>(1, (std::size_t{1} << 22) / n);
  double best = HUGE_VAL, best_limit = HUGE_VAL, peak = 0.0;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      best = std::min(best, seconds_a_call(ours, calls));
      best_limit = std::min(best_limit, seconds_a_call(limit, calls));
      if (flops > 0.0) peak = std::max(peak, peak_flops_now());
    }
    state.SetIterationTime(best);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
  state.counters["of_limit"] = best_limit / best;
  if (flops > 0.0) state.counters["of_flops"] = flops / peak / best;
}

template <std::unique_ptr<Quantizer> (*kMake)(std::size_t, std::size_t), bool kEncode, bool kNarrow>
void codec(benchmark::State& state) {
  const auto dim = static_cast<std::size_t>(state.range(0)), chunk = static_cast<std::size_t>(state.range(1));
  const std::size_t n = static_cast<std::size_t>(state.range(2)) / (dim * chunk), values = n * dim * chunk;
  const auto quantizer = kMake(dim, chunk);
  std::vector<float> actions = random_values(values, 1.1);
  std::vector<Token> tokens(n * quantizer->info().max_tokens);
  std::vector<std::uint32_t> lengths(n);
  const TokenBatch batch{tokens, lengths};
  quantizer->encode(actions, {}, batch);
  std::vector<std::uint64_t> from(values / 2 + 16, 1), to(values / 2 + 16, 2);
  const auto ours = [&] {
    if constexpr (kEncode) {
      quantizer->encode(actions, {}, batch);
    } else {
      quantizer->decode(batch, {}, actions, {});
    }
  };
  const bool searches = kMake == make_rvq && kEncode;
  const double flops = searches ? 2.0 * 2 * 16 * static_cast<double>(values) : 0.0;
  compare(state, values, flops, ours, [&] {
    if (!kNarrow) {
      std::memcpy(to.data(), from.data(), 4 * values);
    } else if (kEncode) {
      narrow_bytes(from.data(), to.data(), values / 32);
    } else {
      widen_bytes(from.data(), to.data(), values / 32);
    }
  });
}

/// One iteration: it holds all rounds.
void rows(benchmark::internal::Benchmark* b) {
  b->ArgNames({"dim", "chunk", "values"})->UseManualTime()->Iterations(1);
  for (const std::int64_t values : {1 << 20, 1 << 25}) {
    b->Args({7, 1, values})->Args({7, 10, values})->Args({26, 30, values});
  }
}

constexpr bool kEncode = true, kDecode = false, kNarrow = true, kWide = false;
BENCHMARK(codec<make_rvq, kEncode, kNarrow>)->Name("rvq_encode")->Apply(rows);
BENCHMARK(codec<make_rvq, kDecode, kNarrow>)->Name("rvq_decode")->Apply(rows);
BENCHMARK(codec<make_fsq, kEncode, kWide>)->Name("fsq_encode")->Apply(rows);
BENCHMARK(codec<make_fsq, kDecode, kWide>)->Name("fsq_decode")->Apply(rows);

}  // namespace

BENCHMARK_MAIN();
