// The trap in lanes (theory/trap_lanes): feedback steps of one core, beside the processor's limit and the reference.
// They take turns, kRounds times; each row is the best turn, in processor time.
//
//   of_multiplier  ours / the limit: a step is 23 multiply-adds in double at least (arctan's polynomial has 19 terms,
//                  Highway; the plant two), at the multiply-add rate measured in the same run
//   of_scalar      ours / step by step with std::atan
//
// Goal: ≥ 100 M steps/s a core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "limits.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/theory/trap_lanes.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kLanes = 1024;
constexpr std::uint64_t kSteps = 256;
constexpr int kRounds = 7;
constexpr double kMultiplyAdds = 23.0;

std::vector<double> quantiles() {
  std::vector<double> starts;
  for (std::size_t i = 0; i < kLanes; ++i) {
    starts.push_back(normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(kLanes)));
  }
  return starts;
}

void feedback(benchmark::State& state, const TrapTable& table) {
  const std::vector<double> starts = quantiles();
  std::vector<double> paid(kLanes);
  const TrapTotals totals{paid, {}, {}};
  const std::span<const double> few = std::span(starts).first(kLanes / 32);
  const TrapTotals few_totals{std::span(paid).first(few.size()), {}, {}};
  double ours = 0.0, limit = 0.0, scalar = 0.0;
  const auto steps = static_cast<double>(kLanes * kSteps);
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      ours = std::max(ours, steps / seconds_a_call([&] { run_trap_lanes({}, table, kSteps, starts, totals); }, 4));
      scalar = std::max(
          scalar, steps / 32.0 / seconds_a_call([&] { run_trap_reference({}, table, kSteps, few, few_totals); }, 1));
      limit = std::max(limit, 0.5 * peak_flops_now() / (2.0 * kMultiplyAdds));  // double has half of float's lanes
    }
  }
  state.counters["steps/s"] = ours;
  state.counters["of_multiplier"] = ours / limit;
  state.counters["of_scalar"] = ours / scalar;
}

BENCHMARK_CAPTURE(feedback, trap, trap_table(TrapConstants()))->Iterations(1);
BENCHMARK_CAPTURE(feedback, bins, trap_bins(0x1p-6))->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
