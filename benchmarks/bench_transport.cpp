// Transport distance W_ε' between token laws (bounds/transport): exact, by maximum flow.
//
// Laws of `atoms` atoms each, drawn in the unit square with drawn weights; tolerances from where hardly anything is
// within reach to where everything is. The row to look at is 256 atoms in two dimensions: 1 ms a distance is what an
// audit that compares thousands of pairs of states can afford. `line` is the one-dimensional case, a sort.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/bounds/transport.hpp"

namespace {

using pianola::NoiseKey;

struct Laws {
  std::vector<double> p, q, p_weights, q_weights;
};

std::vector<double> drawn(const NoiseKey& key, std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = pianola::uniform(key, i, 0);
  return values;
}

std::vector<double> weights(const NoiseKey& key, std::size_t n) {
  std::vector<double> values = drawn(key, n);
  double sum = 0.0;
  for (const double value : values) sum += value;
  for (double& value : values) value /= sum;
  return values;
}

Laws laws(std::size_t atoms, std::size_t dim, std::uint64_t seed) {
  const NoiseKey key(seed);
  return {drawn(key.child("p"), atoms * dim), drawn(key.child("q"), atoms * dim),
          weights(key.child("p weights"), atoms), weights(key.child("q weights"), atoms)};
}

/// range(0): atoms; range(1): tolerance in thousandths; dim is 1 or 2. Eight pairs of laws in turn.
template <std::size_t kDim>
void transport(benchmark::State& state) {
  const auto atoms = static_cast<std::size_t>(state.range(0));
  const double tolerance = static_cast<double>(state.range(1)) / 1000.0;
  std::vector<Laws> pairs;
  for (std::uint64_t seed = 0; seed < 8; ++seed) pairs.push_back(laws(atoms, kDim, seed));
  std::size_t next = 0;
  double distance = 0.0;
  for (auto _ : state) {
    const Laws& pair = pairs[next++ % pairs.size()];
    distance += pianola::transport({pair.p, pair.p_weights}, {pair.q, pair.q_weights}, kDim, tolerance).distance;
  }
  state.counters["mean_distance"] = distance / static_cast<double>(state.iterations());
}

BENCHMARK(transport<2>)
    ->Name("plane")
    ->ArgNames({"atoms", "tolerance/1000"})
    ->ArgsProduct({{64, 256, 1024}, {20, 50, 100, 200, 400, 1500}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(transport<1>)
    ->Name("line")
    ->ArgNames({"atoms", "tolerance/1000"})
    ->ArgsProduct({{256, 4096}, {1, 50}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
