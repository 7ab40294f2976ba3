// The nearest code and k-means on one core, beside the processor's multiply-adds and beside scikit-learn in the same
// run. The three take turns; each row is the best turn of ours in processor time, and its counters are ratios:
//
//   of_limit     (2·n·k·D flops / FMA peak) / ours          of_sklearn   scikit-learn's time / ours
//
// The interpreter: $PIANOLA_PYTHON, else the venv that ./bootstrap deps makes; it needs scikit-learn and threadpoolctl
// (PYTHONPATH may hold them: ./bootstrap benchmark installs them into .peers). A row without them says so. Encode:
// predict() of as many normal vectors. Fit: 50 iterations of Lloyd from k-means++, n_init=1 and tol=0, seeds included
// on both sides.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "limits.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/code_clusters.hpp"
#include "pianola/quantizers/lloyd.hpp"
#include "pianola/quantizers/nearest_code.hpp"
#include "python_peer.hpp"

namespace {

using pianola::Codebook;
using pianola::NoiseKey;
using pianola::PythonPeer;
using pianola::seconds_a_call;

constexpr const char* kScikitLearn = R"(
import sys, time, warnings, numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
warnings.simplefilter('ignore')
kept = {}
def problem(n, k, d):
    if (n, k, d) not in kept:
        kept.clear()
        x = np.random.default_rng(0).standard_normal((n, d)).astype(np.float32)
        kept[n, k, d] = x, KMeans(k, n_init=1, init='random', max_iter=1, random_state=0).fit(x)
    return kept[n, k, d]
with threadpool_limits(1):
    for line in sys.stdin:
        what, n, k, d = line.split()
        x, model = problem(int(n), int(k), int(d))
        start = time.process_time()
        if what == 'encode': model.predict(x)
        else: KMeans(int(k), n_init=1, max_iter=50, tol=0, random_state=0).fit(x)
        print(time.process_time() - start, flush=True)
)";

PythonPeer& scikit_learn() {
  static PythonPeer peer(kScikitLearn);
  return peer;
}

/// The ratio, or a word that there is none.
void report_peer(benchmark::State& state, double peer, double ours) {
  if (peer < HUGE_VAL) {
    state.counters["of_sklearn"] = peer / ours;
  } else {
    state.SetLabel("no scikit-learn: ./bootstrap benchmark installs it into .peers");
  }
}

std::vector<float> normal_values(std::size_t n, std::uint64_t seed) {
  std::vector<double> wide(n);
  pianola::normals(NoiseKey(seed), 0, 0, wide);
  return {wide.begin(), wide.end()};
}

/// arguments: codes, dimensions, vectors.
void encode(benchmark::State& state) {
  const auto k = static_cast<std::size_t>(state.range(0)), dim = static_cast<std::size_t>(state.range(1));
  const auto n = static_cast<std::size_t>(state.range(2));
  const std::vector<float> vectors = normal_values(n * dim, 1);
  const Codebook book(normal_values(k * dim, 2), dim);
  std::vector<std::uint32_t> nearest(n);
  const std::string question = fmt::format("encode {} {} {}", n, k, dim);
  const double flops = 2.0 * static_cast<double>(n * k * dim);
  double best = HUGE_VAL, best_peer = HUGE_VAL, peak = 0.0;
  for (auto _ : state) {
    for (int round = 0; round < 9; ++round) {
      for (int i = 0; i < 8; ++i) {
        best = std::min(best, seconds_a_call([&] { nearest_codes(book, vectors, std::span(nearest)); }, 1));
      }
      peak = std::max(peak, pianola::peak_flops_now());
      best_peer = std::min(best_peer, scikit_learn().answer(question));
    }
    state.SetIterationTime(best);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
  state.counters["of_limit"] = flops / peak / best;
  report_peer(state, best_peer, best);
}
BENCHMARK(encode)
    ->ArgNames({"codes", "dim", "vectors"})
    ->Args({64, 7, 1 << 17})
    ->Args({16, 7, 1 << 17})
    ->Args({1024, 7, 1 << 14})
    ->Args({256, 26, 1 << 14})
    ->Args({256, 780, 1 << 10})
    ->UseManualTime()
    ->Iterations(1);

/// One thread. arguments: codes, dimensions, vectors.
void fit(benchmark::State& state) {
  const auto k = static_cast<std::size_t>(state.range(0)), dim = static_cast<std::size_t>(state.range(1));
  const auto n = static_cast<std::size_t>(state.range(2));
  const std::vector<float> rows = normal_values(n * dim, 1);
  const std::string question = fmt::format("fit {} {} {}", n, k, dim);
  pianola::set_threads(1);
  double best = HUGE_VAL, best_peer = HUGE_VAL, iterations = 0.0;
  const auto ours = [&] {
    auto starts = pianola::code_seeds(rows, dim, k, NoiseKey(1));
    iterations = static_cast<double>(pianola::lloyd(rows, dim, std::move(starts), NoiseKey(1)).iterations);
  };
  for (auto _ : state) {
    for (int round = 0; round < 3; ++round) {
      best = std::min(best, seconds_a_call(ours, 1));
      best_peer = std::min(best_peer, scikit_learn().answer(question));
    }
    state.SetIterationTime(best);
  }
  pianola::set_threads(0);
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
  state.counters["iterations"] = iterations;
  report_peer(state, best_peer, best);
}
BENCHMARK(fit)->ArgNames({"codes", "dim", "vectors"})->Args({64, 7, 200000})->UseManualTime()->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
