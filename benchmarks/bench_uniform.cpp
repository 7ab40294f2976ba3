// Uniform bins: encode and decode of one core, beside what moving the bytes costs and, with PIANOLA_PYTHON naming an
// interpreter that has NumPy, beside NumPy's vectorised arithmetic. Ratios hold within one run.
//
//   PIANOLA_PYTHON=.deps/bin/python bench_uniform
//
// Sizes are values a buffer: 2^16 (256 KiB of floats, second-level cache), 2^20 (4 MiB, third), 2^25 (128 MiB, memory).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

#if defined(__x86_64__)
#define PIANOLA_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define PIANOLA_CLONES
#endif

namespace {

using pianola::NoiseKey;
using pianola::UniformGrid;

UniformGrid make_grid(std::size_t dim, std::uint32_t bins) {
  std::vector<float> origin(dim), scale(dim), levels(dim * bins);
  for (std::size_t d = 0; d < dim; ++d) {
    origin[d] = -1.0F - static_cast<float>(d) / 16.0F;
    scale[d] = static_cast<float>(bins) / (-2.0F * origin[d]);
    for (std::uint32_t k = 0; k < bins; ++k) {
      levels[d * bins + k] = origin[d] + (static_cast<float>(k) + 0.5F) / scale[d];
    }
  }
  return UniformGrid(origin, scale, bins, std::move(levels));
}

std::vector<float> random_values(std::size_t n) {
  std::vector<float> values(n);
  const NoiseKey key(7);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(2.4 * pianola::uniform(key, i, 0) - 1.2);
  return values;
}

void report(benchmark::State& state, std::size_t values, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * values));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * values * bytes));
}

template <class T>
void encode(benchmark::State& state) {
  const UniformGrid grid = make_grid(static_cast<std::size_t>(state.range(0)), sizeof(T) == 1 ? 256 : 1024);
  const std::vector<float> values = random_values(static_cast<std::size_t>(state.range(1)));
  std::vector<T> tokens(values.size());
  for (auto _ : state) {
    encode_uniform(grid, values, std::span<T>(tokens));
    benchmark::ClobberMemory();
  }
  report(state, values.size(), 4 + sizeof(T));
}

template <class T>
void decode(benchmark::State& state) {
  const UniformGrid grid = make_grid(static_cast<std::size_t>(state.range(0)), sizeof(T) == 1 ? 256 : 1024);
  std::vector<float> values = random_values(static_cast<std::size_t>(state.range(1)));
  std::vector<T> tokens(values.size());
  encode_uniform(grid, values, std::span<T>(tokens));
  for (auto _ : state) {
    decode_uniform(grid, std::span<const T>(tokens), values);
    benchmark::ClobberMemory();
  }
  report(state, values.size(), 4 + sizeof(T));
}

/// Reads 4 bytes and writes 1 for each value, with next to no arithmetic: 128 bytes are OR-ed to 32.
PIANOLA_CLONES void narrow_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b, in += 16, out += 4) {
    for (int j = 0; j < 4; ++j) out[j] = (in[j] | in[j + 4]) | (in[j + 8] | in[j + 12]);
  }
}

/// Reads 1 byte and writes 4 for each value: 32 bytes are written four times.
PIANOLA_CLONES void widen_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b, in += 4, out += 16) {
    for (int j = 0; j < 4; ++j) out[j] = out[j + 4] = out[j + 8] = out[j + 12] = in[j];
  }
}

template <bool kNarrow>
void limit(benchmark::State& state) {
  const std::size_t n = static_cast<std::size_t>(state.range(0));
  std::vector<std::uint64_t> wide(n / 2, 1), narrow(n / 8, 2);
  for (auto _ : state) {
    if constexpr (kNarrow) {
      narrow_bytes(wide.data(), narrow.data(), n / 32);
    } else {
      widen_bytes(narrow.data(), wide.data(), n / 32);
    }
    benchmark::ClobberMemory();
  }
  report(state, n, 5);
}

constexpr const char* kNumpy = R"(
import sys, time, numpy as np
what, n = sys.argv[1], int(sys.argv[2])
x = np.random.default_rng(0).uniform(-1.2, 1.2, n).astype(np.float32)
b, c, f = np.empty_like(x), np.random.default_rng(1).integers(0, 256, n).astype(np.uint8), np.float32
table = np.linspace(-1, 1, 256).astype(f)
def encode():
    np.subtract(x, f(-1), out=b); np.multiply(b, f(128), out=b); np.clip(b, f(0), f(255), out=b)
    np.copyto(c, b, casting='unsafe')
def decode(): np.take(table, c, out=b, mode='clip')
run = {'encode': encode, 'decode': decode}[what]
repeat, best = max(1, 4000000 // n), float('inf')
run()
for _ in range(9):
    start = time.process_time()
    for _ in range(repeat): run()
    best = min(best, (time.process_time() - start) / repeat)
print(best)
)";

/// Best processor seconds of NumPy for n values, buffers allocated beforehand; 0 if there is no interpreter.
double numpy_seconds(const std::string& what, std::size_t n) {
  const char* python = std::getenv("PIANOLA_PYTHON");
  if (python == nullptr) return 0.0;
  const std::string command = std::string(python) + " -c \"" + kNumpy + "\" " + what + " " + std::to_string(n);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  double seconds = 0.0;
  if (!pipe || std::fscanf(pipe.get(), "%lf", &seconds) != 1) return 0.0;
  return seconds;
}

void numpy(benchmark::State& state, const std::string& what) {
  const std::size_t n = static_cast<std::size_t>(state.range(0));
  const double seconds = numpy_seconds(what, n);
  if (seconds == 0.0) state.SkipWithError("PIANOLA_PYTHON names no interpreter with NumPy");
  for (auto _ : state) state.SetIterationTime(seconds);
  report(state, n, 5);
}

void sizes(benchmark::internal::Benchmark* b) { b->Arg(1 << 16)->Arg(1 << 20)->Arg(1 << 25); }
void dims_and_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"dim", "values"})->ArgsProduct({{1, 7, 26}, {1 << 16, 1 << 20, 1 << 25}});
}

BENCHMARK(limit<true>)->Name("encode_u8/limit")->Apply(sizes);
BENCHMARK(encode<std::uint8_t>)->Name("encode_u8")->Apply(dims_and_sizes);
BENCHMARK(encode<std::uint16_t>)->Name("encode_u16")->Args({7, 1 << 20});
BENCHMARK(encode<std::uint32_t>)->Name("encode_u32")->Args({7, 1 << 20});
BENCHMARK_CAPTURE(numpy, encode, std::string("encode"))
    ->Name("encode_u8/numpy")
    ->Apply(sizes)
    ->UseManualTime()
    ->Iterations(1);
BENCHMARK(limit<false>)->Name("decode_u8/limit")->Apply(sizes);
BENCHMARK(decode<std::uint8_t>)->Name("decode_u8")->Apply(dims_and_sizes);
BENCHMARK(decode<std::uint16_t>)->Name("decode_u16")->Args({7, 1 << 20});
BENCHMARK(decode<std::uint32_t>)->Name("decode_u32")->Args({7, 1 << 20});
BENCHMARK_CAPTURE(numpy, decode, std::string("decode"))
    ->Name("decode_u8/numpy")
    ->Apply(sizes)
    ->UseManualTime()
    ->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
