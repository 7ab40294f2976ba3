// Training steps of the MLP policy 256-256 on 11 observations with 7 heads of 256 tokens, batch 256, on 2 threads:
// forward, backward, clipping, AdamW, and the average of the weights. `ms` is the fastest of the repetitions.
//
// benchmarks/peer_training.py times the same step in PyTorch eager (without and with clipping and average), same
// version, same threads, in turns with this program. Limit: 6·(11·256 + 256·256 + 256·1792)·256 floating-point
// operations of products, at the machine's rate; `gflop_per_second` counts only those.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "pianola/base/random.hpp"
#include "pianola/training/learner.hpp"
#include "pianola/training/trainer.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kObservation = 11, kPositions = 7, kBatch = 256, kSamples = 20000;
constexpr std::uint32_t kVocabulary = 256;
constexpr double kFlops = 6.0 * (11.0 * 256 + 256.0 * 256 + 256.0 * 1792) * kBatch;
constexpr int kStepsAtATime = 10, kRepetitions = 8;

Samples random_samples() {
  Samples samples;
  samples.input_dim = kObservation;
  samples.positions = kPositions;
  samples.chunk_values = kPositions;
  samples.vocabularies.assign(kPositions, kVocabulary);
  samples.normalisation = {std::vector<float>(kObservation, 0.0F), std::vector<float>(kObservation, 1.0F)};
  const NoiseKey key(1);
  for (std::size_t row = 0; row < kSamples; ++row) {
    for (std::uint32_t d = 0; d < kObservation; ++d) {
      samples.inputs.push_back(static_cast<float>(normal(key, row, 0, d)));
    }
    for (std::uint32_t p = 0; p < kPositions; ++p) {
      samples.tokens.push_back(static_cast<std::int64_t>(uniform(key, row, 1, p) * kVocabulary));
    }
    samples.train.push_back(static_cast<std::int64_t>(row));
  }
  return samples;
}

void training_step(benchmark::State& state) {
  set_training_threads(static_cast<int>(state.range(0)));
  const Samples samples = random_samples();
  LearnerOptions options;
  options.weight_decay = 0.01;
  options.gradient_clip = 1.0;
  Learner learner(samples, options);
  double best = 1e9;
  std::size_t first = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (int step = 0; step < kStepsAtATime; ++step) {
      benchmark::DoNotOptimize(learner.step(std::span(samples.train).subspan(first, kBatch), 3e-4, 0.999));
      first = (first + kBatch) % (kSamples - kBatch);
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count() / kStepsAtATime);
  }
  state.counters["ms"] = 1e3 * best;
  state.counters["gflop_per_second"] = 1e-9 * kFlops / best;
}
BENCHMARK(training_step)
    ->ArgName("threads")
    ->Arg(2)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(kRepetitions);

}  // namespace

BENCHMARK_MAIN();
