// Training steps on 11 observations with 7 heads of 256 tokens, batch 256: of the MLP policy 256-256 and of the
// transformer `tiny`. Forward, backward, clipping, AdamW, and the average of the weights. `ms` is the fastest of the
// repetitions.
//
// benchmarks/peer_training.py times the same steps in PyTorch (eager and, of the transformer, compiled and in bf16),
// same version, same threads, in turns with this program. Limit: the floating-point operations of products, three times
// those of the forward pass, at the machine's rate; `gflop_per_second` counts only those, `fma_fraction` is theirs of
// what the threads' fused multiply-adds could do.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "limits.hpp"
#include "pianola/base/random.hpp"
#include "pianola/training/learner.hpp"
#include "pianola/training/trainer.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kObservation = 11, kPositions = 7, kBatch = 256, kSamples = 20000;
constexpr std::uint32_t kVocabulary = 256;
constexpr double kMlpFlops = 6.0 * (11.0 * 256 + 256.0 * 256 + 256.0 * 1792) * kBatch;
/// Four blocks of 12·128² weights and attention over 7 places (half of the pairs), the head, the observation.
constexpr double kTransformerFlops =
    6.0 * kBatch * (kPositions * (4.0 * 12 * 128 * 128 + 128.0 * 256) + 11.0 * 128 + 4.0 * 7 * 8 * 128);
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

void training_step(benchmark::State& state, const char* policy, double flops) {
  set_training_threads(static_cast<int>(state.range(0)));
  const Samples samples = random_samples();
  LearnerOptions options;
  options.policy = policy;
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
  state.counters["gflop_per_second"] = 1e-9 * flops / best;
  state.counters["fma_fraction"] = 1e-9 * flops / best / (static_cast<double>(state.range(0)) * 1e-9 * peak_flops());
}
void with_threads(benchmark::internal::Benchmark* of) {
  of->ArgName("threads")->Arg(2)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(kRepetitions);
}
BENCHMARK_CAPTURE(training_step, mlp, "mlp", kMlpFlops)->Apply(with_threads);
BENCHMARK_CAPTURE(training_step, transformer, "transformer", kTransformerFlops)->Apply(with_threads);

}  // namespace

BENCHMARK_MAIN();
