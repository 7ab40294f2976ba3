// Uniform bins: encode and decode of one core, beside what moving the bytes costs and beside NumPy's vectorised
// arithmetic. The three take turns, kRounds times; each row is the best turn of ours in processor time, and its
// counters are ratios of rates, best against best:
//
//   of_limit   ours / moving the same bytes        of_numpy   ours / NumPy (absent without an interpreter that has it)
//
// The interpreter: $PIANOLA_PYTHON, else the venv that ./bootstrap deps makes.
//
// decode_u8 computes even levels; decode_u8_table looks up others (representatives=mean, atoms, bits=auto): a gather a
// vector, which takes its time in cache and hides behind memory beyond.
//
// Sizes are values a buffer: 2^16 (256 KiB of floats, second-level cache), 2^20 (4 MiB, third), 2^25 (128 MiB, memory).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "limits.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"
#include "python_peer.hpp"

namespace {

using pianola::narrow_bytes;
using pianola::NoiseKey;
using pianola::PythonPeer;
using pianola::seconds_a_call;
using pianola::UniformGrid;
using pianola::widen_bytes;

/// As representatives=centre makes it; `even` false: levels that are looked up, as of representatives=mean.
UniformGrid make_grid(std::size_t dim, std::uint32_t bins, bool even = true) {
  std::vector<float> origin(dim), scale(dim), levels(dim * bins);
  const std::vector<std::uint32_t> counts(dim, bins);
  pianola::EvenLevels lines;
  for (std::size_t d = 0; d < dim; ++d) {
    const double low = -1.0 - static_cast<double>(d) / 16.0, width = -2.0 * low / bins;
    origin[d] = static_cast<float>(low);
    scale[d] = static_cast<float>(1.0 / width);
    lines.middle.push_back(0.0);
    lines.step.push_back(width);
    for (std::uint32_t k = 0; k < bins; ++k) levels[d * bins + k] = static_cast<float>((k - 0.5 * (bins - 1)) * width);
  }
  return UniformGrid(origin, scale, counts, std::move(levels), even ? lines : pianola::EvenLevels());
}

std::vector<float> random_values(std::size_t n) {
  std::vector<float> values(n);
  const NoiseKey key(7);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(2.4 * pianola::uniform(key, i, 0) - 1.2);
  return values;
}

constexpr const char* kNumpy = R"(
import sys, time, numpy as np
x = np.empty(0, np.float32)
def encode():
    np.subtract(x, f(-1), out=b); np.multiply(b, f(128), out=b); np.clip(b, f(0), f(255), out=b)
    np.copyto(c, b, casting='unsafe')
def decode(): np.take(table, c, out=b, mode='clip')
f, run = np.float32, {'encode': encode, 'decode': decode}
table = np.linspace(-1, 1, 256).astype(f)
for line in sys.stdin:
    what, n, calls = line.split()
    if x.size != int(n):
        x = np.random.default_rng(0).random(int(n), f) * f(2.4) - f(1.2)
        b, c = np.empty_like(x), np.random.default_rng(1).integers(0, 256, int(n), np.uint8)
        run[what]()
    start = time.process_time()
    for _ in range(int(calls)): run[what]()
    print((time.process_time() - start) / int(calls), flush=True)
)";

/// Ours, the limit and NumPy in turns; the best of each.
template <class Ours, class Limit>
void compare(benchmark::State& state, std::size_t n, const char* what, const Ours& ours, const Limit& limit) {
  static PythonPeer numpy(kNumpy);
  constexpr int kRounds = 9;
  const std::size_t calls = std::max<std::size_t>(1, (std::size_t{1} << 24) / n);
  const std::string numpy_question = fmt::format("{} {} {}", what, n, std::max<std::size_t>(1, calls / 4));
  double best = HUGE_VAL, best_limit = HUGE_VAL, best_numpy = HUGE_VAL;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      best = std::min(best, seconds_a_call(ours, calls));
      best_limit = std::min(best_limit, seconds_a_call(limit, calls));
      best_numpy = std::min(best_numpy, numpy.answer(numpy_question));
    }
    state.SetIterationTime(best);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
  state.SetBytesProcessed(static_cast<std::int64_t>(5 * n));
  state.counters["of_limit"] = best_limit / best;
  if (best_numpy < HUGE_VAL) state.counters["of_numpy"] = best_numpy / best;
}

void encode_u8(benchmark::State& state) {
  const UniformGrid grid = make_grid(static_cast<std::size_t>(state.range(0)), 256);
  const std::size_t n = static_cast<std::size_t>(state.range(1));
  const std::vector<float> values = random_values(n);
  std::vector<std::uint8_t> tokens(n);
  std::vector<std::uint64_t> wide(n / 2, 1), narrow(n / 8, 2);
  compare(
      state, n, "encode", [&] { encode_uniform(grid, values, std::span<std::uint8_t>(tokens)); },
      [&] { narrow_bytes(wide.data(), narrow.data(), n / 32); });
}

template <bool kEven>
void decode_u8(benchmark::State& state) {
  const UniformGrid grid = make_grid(static_cast<std::size_t>(state.range(0)), 256, kEven);
  if (grid.even() != kEven) state.SkipWithError("levels are not what this measures");
  const std::size_t n = static_cast<std::size_t>(state.range(1));
  std::vector<float> values = random_values(n);
  std::vector<std::uint8_t> tokens(n);
  std::vector<std::uint64_t> wide(n / 2, 1), narrow(n / 8, 2);
  encode_uniform(grid, values, std::span<std::uint8_t>(tokens));
  compare(
      state, n, "decode", [&] { decode_uniform(grid, std::span<const std::uint8_t>(tokens), values); },
      [&] { widen_bytes(narrow.data(), wide.data(), n / 32); });
}

/// Wider tokens, without a peer: encode and decode by Google Benchmark's own clock.
template <class T, bool kEncode>
void wider(benchmark::State& state) {
  const UniformGrid grid = make_grid(7, 1024);
  std::vector<float> values = random_values(std::size_t{1} << 20);
  std::vector<T> tokens(values.size());
  encode_uniform(grid, values, std::span<T>(tokens));
  for (auto _ : state) {
    if constexpr (kEncode) {
      encode_uniform(grid, values, std::span<T>(tokens));
    } else {
      decode_uniform(grid, std::span<const T>(tokens), values);
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * values.size()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * values.size() * (4 + sizeof(T))));
}

/// One iteration: it holds all rounds. By size, so that NumPy keeps its buffers from row to row.
void rows(benchmark::internal::Benchmark* b) {
  b->ArgNames({"dim", "values"})->UseManualTime()->Iterations(1);
  for (const std::int64_t values : {1 << 16, 1 << 20, 1 << 25}) {
    for (const std::int64_t dim : {1, 7, 26}) b->Args({dim, values});
  }
}

BENCHMARK(encode_u8)->Apply(rows);
BENCHMARK(wider<std::uint16_t, true>)->Name("encode_u16");
BENCHMARK(wider<std::uint32_t, true>)->Name("encode_u32");
BENCHMARK(decode_u8<true>)->Name("decode_u8")->Apply(rows);
BENCHMARK(decode_u8<false>)->Name("decode_u8_table")->Apply(rows);
BENCHMARK(wider<std::uint16_t, false>)->Name("decode_u16");
BENCHMARK(wider<std::uint32_t, false>)->Name("decode_u32");

}  // namespace

BENCHMARK_MAIN();
