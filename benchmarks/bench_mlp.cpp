// Inference of MLPs on one core, beside what the processor can do: fused multiply-adds in registers, and reading as
// many bytes as the weights have. Both limits are measured in the same run, in processor time.
//
//   of_limit = max(flops / FMA peak, weight bytes / read bandwidth at that size) / time
//
// Shapes: the Hopper expert (11 → 64 → 64 → 3, tanh), and a policy of 7 actions of 256 bins (256-256, relu). The FMA
// loop and the reads use the widest vectors that the processor has, as the kernels do.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

#include "limits.hpp"
#include "pianola/base/dense.hpp"
#include "pianola/base/random.hpp"
#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/runtime.hpp"

namespace {

using pianola::Activation;
using pianola::NoiseKey;
using pianola::peak_flops;
using pianola::read_bandwidth;
using pianola::Runtime;
using pianola::RuntimeDecode;
using pianola::Status;

std::vector<float> random_floats(std::uint64_t seed, std::size_t n, double scale) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<float>(scale * (2.0 * pianola::uniform(NoiseKey(seed), i, 0) - 1.0));
  }
  return values;
}

struct FreeBlock {
  void operator()(void* pointer) const { std::free(pointer); }
};
template <class T>
using Aligned = std::unique_ptr<T[], FreeBlock>;
template <class T>
Aligned<T> aligned(std::size_t n) {
  return Aligned<T>(static_cast<T*>(std::aligned_alloc(64, (n * sizeof(T) + 63) / 64 * 64)));
}

class Mlp {
 public:
  Mlp(std::vector<std::size_t> widths, Activation activation, std::size_t batch)
      : widths_(std::move(widths)), activation_(activation), batch_(batch) {
    for (std::size_t i = 0; i + 1 < widths_.size(); ++i) {
      const std::size_t in = widths_[i], out = widths_[i + 1], size = pianola::packed_dense_size(in, out);
      layers_.push_back(aligned<float>(size));
      const auto weights = random_floats(i, in * out, 1.0 / static_cast<double>(in));
      pianola::pack_dense(weights, random_floats(100 + i, out, 0.1), in, out, {layers_.back().get(), size});
      flops_ += 2.0 * static_cast<double>(batch * in * out);
      bytes_ += size * sizeof(float);
    }
    const std::size_t widest = *std::max_element(widths_.begin(), widths_.end());
    for (auto& buffer : buffers_) buffer = aligned<float>(batch * widest);
    const auto x = random_floats(7, batch * widths_[0], 1.0);
    std::copy(x.begin(), x.end(), buffers_[0].get());
  }

  /// From buffer 0 through the others; the input stays.
  const float* forward() {
    const float* x = buffers_[0].get();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      float* const y = buffers_[1 + i % 2].get();
      const Activation activation = i + 1 < layers_.size() ? activation_ : Activation::none;
      pianola::dense(layers_[i].get(), widths_[i], widths_[i + 1], activation, x, batch_, y);
      x = y;
    }
    return x;
  }

  void report(benchmark::State& state) const {
    const double limit = std::max(flops_ / peak_flops(), static_cast<double>(bytes_) / read_bandwidth(bytes_));
    const auto n = static_cast<double>(state.iterations());
    using benchmark::Counter;
    state.counters["GFLOP/s"] = Counter(1e-9 * flops_ * n, Counter::kIsRate);
    state.counters["peak_GFLOP/s"] = 1e-9 * peak_flops();
    state.counters["read_GB/s"] = 1e-9 * read_bandwidth(bytes_);
    state.counters["limit_ns"] = 1e9 * limit;
    state.counters["of_limit"] = Counter(limit * n, Counter::kIsRate);
  }

 private:
  std::vector<std::size_t> widths_;
  Activation activation_;
  std::size_t batch_;
  std::vector<Aligned<float>> layers_;
  Aligned<float> buffers_[3];
  double flops_ = 0.0;
  std::size_t bytes_ = 0;
};

void run(benchmark::State& state, Mlp mlp) {
  for (auto _ : state) benchmark::DoNotOptimize(mlp.forward());
  mlp.report(state);
}

void hopper_64_64(benchmark::State& state) {
  run(state, Mlp({11, 64, 64, 3}, Activation::tanh, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(hopper_64_64)->ArgName("batch")->Arg(1)->Arg(6)->Arg(64);

void policy_256_256(benchmark::State& state) {
  run(state, Mlp({11, 256, 256, 7 * 256}, Activation::relu, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(policy_256_256)->ArgName("batch")->Arg(1)->Arg(6)->Arg(64);

/// A whole decision of the runtime. arguments: hidden width, actions, bins, RuntimeDecode.
void runtime_act(benchmark::State& state) {
  const auto hidden = static_cast<std::uint32_t>(state.range(0)), actions = static_cast<std::uint32_t>(state.range(1));
  const auto bins = static_cast<std::uint32_t>(state.range(2));
  const auto mean = random_floats(1, 11, 1.0), inverse_std = random_floats(2, 11, 1.0);
  const auto levels = random_floats(3, std::size_t{actions} * bins, 1.0);
  const std::vector<std::uint32_t> widths = {11, hidden, hidden, actions * bins}, vocabularies(actions, bins);
  std::vector<std::vector<float>> weights, biases;
  std::vector<pianola::image::PlainLayer> layers;
  for (std::size_t i = 0; i < 3; ++i) {
    weights.push_back(random_floats(10 + i, std::size_t{widths[i]} * widths[i + 1], 2.0 / std::sqrt(widths[i])));
    biases.push_back(random_floats(20 + i, widths[i + 1], 0.1));
  }
  for (std::size_t i = 0; i < 3; ++i) layers.push_back({widths[i], widths[i + 1], weights[i], biases[i]});
  pianola::image::Parts parts{11, 1, actions, 1, Activation::tanh, mean, inverse_std, vocabularies, levels, layers, {}};
  const std::size_t size = pianola::image::size(parts);
  const auto image = aligned<std::byte>(size);
  const bool written = pianola::image::write(parts, {image.get(), size});
  const std::size_t needed = Runtime::required_bytes({image.get(), size});
  const auto memory = aligned<std::byte>(needed);
  Runtime runtime;
  if (!written || Runtime::bind({image.get(), size}, {memory.get(), needed}, runtime) != Status::ok ||
      runtime.configure(static_cast<RuntimeDecode>(state.range(3)), 1.0F, pianola::OnError::hold) != Status::ok) {
    return state.SkipWithError("the runtime refused its image");
  }
  const auto x = random_floats(4, 11, 1.0);
  std::vector<float> action(actions);
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(runtime.act(x, ++key, action));
}
BENCHMARK(runtime_act)
    ->ArgNames({"hidden", "actions", "bins", "decode"})
    ->ArgsProduct({{64}, {3}, {17}, {0, 1, 2}})
    ->ArgsProduct({{256}, {7}, {256}, {0, 1, 2}});

/// Activations alone. argument: Activation; 4,096 values.
void activations(benchmark::State& state) {
  std::vector<float> values = random_floats(5, 4096, 3.0);
  for (auto _ : state) pianola::activate(static_cast<Activation>(state.range(0)), values);
  state.SetItemsProcessed(state.iterations() * 4096);
}
BENCHMARK(activations)->ArgName("activation")->DenseRange(1, 4);

}  // namespace

BENCHMARK_MAIN();
