// The autoregressive transformer `tiny` (0.86 M parameters), 7 tokens of 256, on one core, beside what the processor
// can do in the same run, in processor time.
//
//   act       one decision of the runtime: 7 places, one after the other; of_limit is the time to read the packed
//   weights
//             7 times at the bandwidth of reading as many bytes, over the time it took
//   act_tail  100,000 decisions, each timed: p50, p99, p99.9, max
//   batch     64 decisions at once; of_peak is flops / FMA peak, over the time it took
//
// Ratios are best against best: the fastest decision beside the fastest of several readings, multiply-adds.
//
// PIANOLA_WEIGHTS names a policy.safetensors to measure (peer_transformer.py shares one with its peers); else they are
// random. tokens is the sum of the tokens decided, for peers to compare.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "limits.hpp"
#include "pianola/policies/runtime_image.hpp"
#include "pianola/policies/transformer_image.hpp"
#include "pianola/policies/transformer_policy.hpp"

namespace {

using namespace pianola;
using benchmark::Counter;

constexpr std::size_t kObservation = 11, kPositions = 7, kVocabulary = 256, kBatch = 64;

TransformerWeights random_weights() {
  TransformerWeights w;
  w.observation_dim = kObservation;
  w.vocabularies.assign(kPositions, kVocabulary);
  w.blocks.resize(4);
  std::uint64_t count = 0;
  w.visit([&](const std::string& name, std::vector<float>& values, const std::vector<std::size_t>& shape) {
    std::size_t n = 1;
    for (const std::size_t extent : shape) n *= extent;
    std::vector<double> drawn(n);
    normals(NoiseKey(++count), 0, 0, drawn);
    const double centre = name.ends_with("norm.weight") || name == "observation_inverse_std" ? 1.0 : 0.0;
    for (const double x : drawn) values.push_back(static_cast<float>(centre + 0.05 * x));
  });
  return w;
}

const TransformerWeights& weights() {
  static const TransformerWeights loaded = [] {
    const char* const file = std::getenv("PIANOLA_WEIGHTS");
    return file == nullptr ? random_weights() : transformer_weights_from_tensors(read_safetensors(file), file);
  }();
  return loaded;
}

const TransformerPolicy& policy(WeightFormat format) {
  static const TransformerPolicy policies[] = {TransformerPolicy(weights(), WeightFormat::float32),
                                               TransformerPolicy(weights(), WeightFormat::bfloat16),
                                               TransformerPolicy(weights(), WeightFormat::int8)};
  return policies[static_cast<std::size_t>(format)];
}

/// A bound runtime whose action is its tokens.
struct Robot {
  explicit Robot(WeightFormat format) {
    const auto& vocabularies = weights().vocabularies;
    std::vector<float> levels;
    for (const std::uint32_t v : vocabularies) {
      for (std::uint32_t k = 0; k < v; ++k) levels.push_back(static_cast<float>(k));
    }
    image::TransformerParts parts;
    parts.action_dim = static_cast<std::uint32_t>(vocabularies.size());
    parts.vocabularies = vocabularies;
    parts.levels = levels;
    parts.weights = policy(format).weights();
    image.resize(image::size(parts));
    bound = image::write(parts, image);
    memory.resize(Runtime::required_bytes(image));
    bound = bound && Runtime::bind(image, memory, runtime) == Status::ok &&
            runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold) == Status::ok;
    action.resize(runtime.action_dim());
    observation.assign(runtime.observation_dim(), 0.0F);
    for (std::size_t i = 0; i < observation.size(); ++i) observation[i] = 0.1F * static_cast<float>(i) - 0.5F;
  }
  void act() {
    if (runtime.act(observation, 0, action) != Status::ok) bound = false;
    benchmark::DoNotOptimize(action.data());
  }
  [[nodiscard]] double tokens() const {
    double sum = 0.0;
    for (const float token : action) sum += static_cast<double>(token);
    return sum;
  }
  AlignedBytes image, memory;
  Runtime runtime;
  std::vector<float> action, observation;
  bool bound = false;
};

WeightFormat format_of(const benchmark::State& state) { return static_cast<WeightFormat>(state.range(0)); }

/// argument: WeightFormat.
void act(benchmark::State& state) {
  Robot robot(format_of(state));
  const std::size_t bytes = transformer::packed_size(policy(format_of(state)).weights().dimensions);
  double each = HUGE_VAL;
  for (auto _ : state) {
    const double start = processor_seconds();
    robot.act();
    each = std::min(each, processor_seconds() - start);
  }
  if (!robot.bound) return state.SkipWithError("the runtime refused");
  state.counters["best_us"] = 1e6 * each;
  const double limit = static_cast<double>(kPositions * bytes) / read_bandwidth(bytes);
  state.counters["read_GB/s"] = 1e-9 * read_bandwidth(bytes);
  state.counters["limit_us"] = 1e6 * limit;
  state.counters["of_limit"] = limit / each;
  state.counters["tokens"] = robot.tokens();
}
BENCHMARK(act)->ArgName("weights")->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

void report_tail(benchmark::State& state, const std::string& clock, std::vector<double>& taken) {
  std::ranges::sort(taken);
  const double median = taken[taken.size() / 2], late = taken[taken.size() * 999 / 1000];
  state.counters[clock + "_p50_us"] = 1e6 * median;
  state.counters[clock + "_p99_us"] = 1e6 * taken[taken.size() * 99 / 100];
  state.counters[clock + "_p99.9_us"] = 1e6 * late;
  state.counters[clock + "_max_us"] = 1e6 * taken.back();
  state.counters[clock + "_p99.9/p50"] = late / median;
}

/// Each decision by the wall clock (what else runs on the core counts) and in processor time (it does not); argument:
/// WeightFormat.
void act_tail(benchmark::State& state) {
  Robot robot(format_of(state));
  std::vector<double> wall, processor;
  wall.reserve(1'000'000);
  processor.reserve(wall.capacity());
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const double before = processor_seconds();
    robot.act();
    processor.push_back(processor_seconds() - before);
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (!robot.bound) return state.SkipWithError("the runtime refused");
  state.counters["decisions"] = static_cast<double>(wall.size());
  report_tail(state, "wall", wall);
  report_tail(state, "processor", processor);
}

/// 64 decisions through a policy's session, the most likely tokens; argument: WeightFormat.
void batch(benchmark::State& state) {
  const TransformerPolicy& brain = policy(format_of(state));
  const transformer::Dimensions& d = brain.weights().dimensions;
  const auto session = brain.session(kBatch);
  std::vector<float> histories(kBatch * d.inputs()), logits(kBatch * d.largest_vocabulary);
  for (std::size_t i = 0; i < histories.size(); ++i) histories[i] = 0.01F * static_cast<float>(i % 97) - 0.5F;
  std::vector<Token> previous(kBatch);
  double each = HUGE_VAL;
  for (auto _ : state) {
    const double start = processor_seconds();
    session->begin({}, histories);
    for (std::size_t p = 0; p < d.positions; ++p) {
      session->logits(previous, logits);
      for (std::size_t lane = 0; lane < kBatch; ++lane) {
        const std::span<const float> row(&logits[lane * d.largest_vocabulary], d.largest_vocabulary);
        previous[lane] = static_cast<Token>(argmax(row));
      }
    }
    each = std::min(each, processor_seconds() - start);
  }
  state.counters["best_us"] = 1e6 * each;
  const auto width = static_cast<double>(d.width);
  const double products = static_cast<double>(d.blocks) * 12.0 * width * width + width * 256.0;
  const double flops = 2.0 * static_cast<double>(kBatch * kPositions) * products;
  state.counters["GFLOP/s"] = 1e-9 * flops / each;
  state.counters["peak_GFLOP/s"] = 1e-9 * peak_flops();
  state.counters["of_peak"] = flops / each / peak_flops();
}
BENCHMARK(batch)->ArgName("weights")->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

}  // namespace

/// With --benchmark_min_time the tail has as many decisions as fit in it, else 100,000.
int main(int argc, char** argv) {
  const bool brief =
      std::any_of(argv, argv + argc, [](std::string_view word) { return word.starts_with("--benchmark_min_time"); });
  auto* const tail = benchmark::RegisterBenchmark("act_tail", act_tail);
  tail->ArgName("weights")->DenseRange(0, 1)->Unit(benchmark::kMicrosecond);
  if (!brief) tail->Iterations(100'000);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
