// Steps of scalar_linear through the virtual interface, against what moving the same bytes costs.
//
// A step reads state, action and outcome and writes state, reward and next state: 6 doubles and a byte a lane; the
// limit is a loop that does no more than that. Goal: ≥ 50 M steps/s a core.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/registry.hpp"

namespace {

using namespace pianola;

struct Loop {
  Loop(const std::string& spec, std::size_t lanes)
      : system(make_system(spec)),
        plant(system->simulate(lanes)),
        ids(lanes),
        h(lanes, 0),
        x(lanes),
        u(lanes, 0.01),
        rewards(lanes),
        outcomes(lanes, Outcome::running) {
    std::iota(ids.begin(), ids.end(), 0);
    plant->reset(NoiseKey(1), ids);
  }
  std::shared_ptr<const System> system;
  std::unique_ptr<Simulation> plant;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<double> x, u, rewards;
  std::vector<Outcome> outcomes;
};

void count(benchmark::State& state, std::size_t lanes) {
  state.counters["steps/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(lanes),
                                                 benchmark::Counter::kIsRate);
}

/// step() alone.
void step(benchmark::State& state, const std::string& spec, std::size_t ended) {
  const auto lanes = static_cast<std::size_t>(state.range(0));
  Loop loop(spec, lanes);
  for (std::size_t i = 0; i < ended; ++i) loop.outcomes[i * lanes / ended] = Outcome::truncated;
  for (auto _ : state) {
    loop.plant->step(loop.h, loop.u, loop.rewards, loop.outcomes);
    benchmark::ClobberMemory();
  }
  count(state, lanes);
}

/// The closed loop with the system's own expert: observe, act, step.
void closed_loop(benchmark::State& state) {
  const auto lanes = static_cast<std::size_t>(state.range(0));
  Loop loop("scalar_linear", lanes);
  const auto expert = make_expert("", loop.system);
  for (auto _ : state) {
    loop.plant->observe(loop.x);
    expert->act(NoiseKey(1), {loop.ids, loop.h, loop.x, loop.outcomes, loop.plant.get()}, loop.u);
    loop.plant->step(loop.h, loop.u, loop.rewards, loop.outcomes);
    benchmark::ClobberMemory();
  }
  count(state, lanes);
}

/// The limit: the same arrays, read and written once, with one multiplication and addition each.
void limit(benchmark::State& state) {
  const auto lanes = static_cast<std::size_t>(state.range(0));
  std::vector<double> x(lanes, 1.0), u(lanes, 0.01), next(lanes), rewards(lanes);
  for (auto _ : state) {
    for (std::size_t i = 0; i < lanes; ++i) {
      next[i] = 0.9 * x[i] + u[i];
      rewards[i] = 1.0 - u[i];
    }
    x.swap(next);
    benchmark::ClobberMemory();
  }
  count(state, lanes);
}

BENCHMARK(limit)->Arg(64)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(step, plain, "scalar_linear", 0)->Arg(64)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(step, some_ended, "scalar_linear", 8)->Arg(64)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(step, noise, "scalar_linear:noise=0.1", 0)->Arg(64)->Arg(256)->Arg(1024);
BENCHMARK(closed_loop)->Arg(64)->Arg(256)->Arg(1024);

}  // namespace

BENCHMARK_MAIN();
