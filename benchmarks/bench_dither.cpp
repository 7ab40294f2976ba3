// Dither: encode (noise drawn, rounded) and subtractive decode of one core, beside NumPy drawing the same kind of noise
// (Philox, counter-based) and rounding with it. Both take turns, kRounds times; each row is the best turn of ours in
// processor time, and its counters are ratios of rates, best against best:
//
//   of_numpy       ours / NumPy (absent without an interpreter that has it)
//   of_multiplier  ours / the processor's limit: a value costs ten 32-bit products, one a lane of the multiply-add unit
//   of_scalar      ours / the reference, value by value
//
// The interpreter: $PIANOLA_PYTHON, else the venv that ./bootstrap deps makes.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "limits.hpp"
#include "pianola/quantizers/dither.hpp"
#include "pianola/quantizers/dither_noise.hpp"
#include "python_peer.hpp"

namespace {

using pianola::NoiseKey;
using pianola::seconds_a_call;

constexpr std::size_t kDim = 7, kChunks = std::size_t{1} << 15;

constexpr const char* kNumpy = R"(
import sys, time, numpy as np
g, f = np.random.Generator(np.random.Philox(1)), np.float32
for line in sys.stdin:
    n, calls = map(int, line.split())
    x, u, t = np.random.default_rng(0).random(n, f), np.empty(n), np.empty(n)
    start = time.process_time()
    for _ in range(calls):
        g.random(out=u); np.multiply(x, 255.0, out=t); np.clip(t, 0.0, 255.0, out=t); np.add(t, u, out=t)
        k = t.astype(np.uint32)
    print((time.process_time() - start) / calls, flush=True)
)";

/// Buffers of many chunks, and what they are encoded with.
struct Work {
  explicit Work(bool subtractive)
      : dither({256, subtractive, {}}, 1, {std::vector<double>(kDim, 0.0), std::vector<double>(kDim, 1.0)}) {
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(pianola::uniform(NoiseKey(1), i, 0));
  }
  [[nodiscard]] pianola::CodecContext context() const { return {&key, ids, h, {}}; }

  pianola::Dither dither;
  NoiseKey key = NoiseKey(3).child("dither");
  std::vector<float> values = std::vector<float>(kChunks * kDim);
  std::vector<pianola::Token> tokens = std::vector<pianola::Token>(kChunks * kDim);
  std::vector<std::uint32_t> lengths = std::vector<std::uint32_t>(kChunks), h = std::vector<std::uint32_t>(kChunks, 5);
  std::vector<std::uint64_t> ids = std::vector<std::uint64_t>(kChunks);
};

/// The reference: noise and token of one value after the other.
void encode_scalar(Work& work) {
  for (std::size_t i = 0; i < work.values.size(); ++i) {
    const double noise = pianola::dither_noise(work.key, work.ids[i / kDim], work.h[i / kDim], i % kDim);
    const double t = std::clamp(255.0 * static_cast<double>(work.values[i]), 0.0, 255.0);
    work.tokens[i] = static_cast<pianola::Token>(std::min(t + noise, 255.0));
  }
}

template <class Ours>
void compare(benchmark::State& state, Work& work, const Ours& ours) {
  static pianola::PythonPeer numpy(kNumpy);
  constexpr int kRounds = 7;
  const std::size_t n = work.values.size();
  double best = HUGE_VAL, best_numpy = HUGE_VAL, best_scalar = HUGE_VAL, flops = 0.0;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      best = std::min(best, seconds_a_call(ours, 4));
      best_scalar = std::min(best_scalar, seconds_a_call([&] { encode_scalar(work); }, 1));
      flops = std::max(flops, pianola::peak_flops_now());
      best_numpy = std::min(best_numpy, numpy.answer(fmt::format("{} 2", n)));
    }
    state.SetIterationTime(best);
  }
  // A fused multiply-add is two flops of a 32-bit lane; a 32-bit product fills a 64-bit lane: a quarter as many.
  const double products = flops / 4.0;
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
  state.counters["of_multiplier"] = 10.0 * static_cast<double>(n) / best / products;
  state.counters["of_scalar"] = best_scalar / best;
  if (best_numpy < HUGE_VAL) state.counters["of_numpy"] = best_numpy / best;
}

void encode(benchmark::State& state) {
  Work work(false);
  compare(state, work, [&] { work.dither.encode(work.values, work.context(), {work.tokens, work.lengths}); });
}

void decode_subtractive(benchmark::State& state) {
  Work work(true);
  work.dither.encode(work.values, work.context(), {work.tokens, work.lengths});
  compare(state, work, [&] { work.dither.decode({work.tokens, work.lengths}, work.context(), work.values, {}); });
}

BENCHMARK(encode)->UseManualTime()->Iterations(1);
BENCHMARK(decode_subtractive)->UseManualTime()->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
