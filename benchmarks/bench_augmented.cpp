// Controllers on the paper's trap (docs/theory.md §6, §10), in lanes, steps a second of one thread's processor time.
//
// * trap_plant: Simulation::step alone; trap_quantized, trap_augmented: observe, act, step.
// * trap_reference: docs/theory.md §10 as a whole, 32,768 Gaussian midpoints by restore(), all H steps: regret a step
// as
//   counters beside the table's values. Its time is that of both controllers.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace {

using namespace pianola;

Deployment trap_of(double epsilon) {
  Deployment trap;
  trap.system = make_system(fmt::format("trap:epsilon={}", epsilon));
  trap.expert = make_expert("", trap.system);
  FitContext context;
  context.action_dim = context.chunk = 1;
  trap.quantizer = make_quantizer(fmt::format("trap:epsilon={}", epsilon), context);
  return trap;
}

/// One block of lanes and what it needs.
struct Lanes {
  Lanes(const Deployment& trap, const std::string& controller, std::vector<double> start)
      : acting(controller.empty() ? nullptr : make_controller(controller, trap)->make(start.size())),
        plant(trap.system->simulate(start.size())),
        ids(start.size()),
        h(start.size(), 0),
        observations(std::move(start)),
        actions(ids.size()),
        rewards(ids.size()),
        outcomes(ids.size(), Outcome::running) {
    std::iota(ids.begin(), ids.end(), 0);
    plant->reset(NoiseKey(1), ids);
    plant->restore(observations);
    if (acting) acting->reset(NoiseKey(1), ids);
  }
  void step() {
    if (acting) {
      plant->observe(observations);
      acting->act({ids, h, observations, outcomes, plant.get()}, actions);
    }
    plant->step(h, actions, rewards, outcomes);
    for (std::uint32_t& step : h) ++step;
  }

  std::unique_ptr<Controller> acting;
  std::unique_ptr<Simulation> plant;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<double> observations, actions, rewards;
  std::vector<Outcome> outcomes;
};

std::vector<double> gaussian_midpoints(std::size_t count) {
  std::vector<double> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(count));
  }
  return points;
}

void trap_steps(benchmark::State& state, const std::string& controller) {
  Lanes lanes(trap_of(std::exp2(-7)), controller, gaussian_midpoints(static_cast<std::size_t>(state.range(0))));
  for (auto unused : state) lanes.step();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

double regret_per_step(const Deployment& trap, const std::string& controller) {
  Lanes lanes(trap, controller, gaussian_midpoints(32768));
  double regret = 0.0;
  for (std::uint32_t h = 0; h < trap.system->info().horizon; ++h) {
    lanes.step();
    for (const double reward : lanes.rewards) regret += 1.0 - reward;
  }
  return regret / (32768.0 * trap.system->info().horizon);
}

void trap_reference(benchmark::State& state) {
  constexpr double kFeedback[] = {0.604437, 0.673435, 0.708179}, kAugmented[] = {0.110813, 0.055558, 0.027921};
  const auto row = static_cast<std::size_t>(state.range(0) - 5);
  const Deployment trap = trap_of(std::exp2(-static_cast<double>(state.range(0))));
  double feedback = 0.0, augmented = 0.0;
  for (auto unused : state) {
    feedback = regret_per_step(trap, "quantized");
    augmented = regret_per_step(trap, "augmented");
  }
  state.counters["feedback"] = feedback;
  state.counters["augmented"] = augmented;
  const double error = std::max(std::abs(feedback - kFeedback[row]), std::abs(augmented - kAugmented[row]));
  state.counters["error"] = error;
  if (error > 1e-5) state.SkipWithError("not the reference value of docs/theory.md §10");
}

void trap_plant(benchmark::State& state) { trap_steps(state, ""); }
void trap_quantized(benchmark::State& state) { trap_steps(state, "quantized"); }
void trap_augmented(benchmark::State& state) { trap_steps(state, "augmented"); }

BENCHMARK(trap_plant)->Arg(64)->Arg(1024);
BENCHMARK(trap_quantized)->Arg(64)->Arg(1024);
BENCHMARK(trap_augmented)->Arg(64)->Arg(1024);
BENCHMARK(trap_reference)->DenseRange(5, 7)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
