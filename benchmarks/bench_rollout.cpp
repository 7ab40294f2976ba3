// The rollout loop beside its limits. Rates of one thread and all ratios are of processor time.
//
// * scalar_linear: rollout() with the system's LQR expert; `of_plant` is its rate over that of Simulation::step alone
//   with as many lanes. evaluate() adds the quantized expert, the coupled comparison and its recorders; its items are
//   steps of both.
// * Hopper: rollout() with the 64-64 tanh MLP that made the recordings, on so many threads, in wall time; `of_limit` is
//   its rate over bare mj_step × frame_skip, from the same states with the same actions, in the same run: 1 is the
//   limit. Needs PIANOLA_DATA for the model and the expert. benchmarks/peer_rollout.py: what Gymnasium makes of it.
#include <benchmark/benchmark.h>

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/control/rollout.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

#ifdef PIANOLA_WITH_MUJOCO
#include <mujoco/mujoco.h>
#endif

namespace {

using namespace pianola;

double now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Processor time of all threads: what else runs on the machine counts as little as can be.
double seconds_of(const auto& work) {
  const double begin = now(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return now(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

Deployment deployment_of(const std::string& system, const std::string& expert, const SystemContext& context = {}) {
  Deployment out;
  out.system = make_system(system, context);
  out.expert = make_expert(expert, out.system);
  FitContext fit;
  fit.action_dim = out.system->info().action_dim;
  fit.range = out.system->info().action_range;
  out.quantizer = make_quantizer(fit.range.finite() ? "uniform:bins=17" : "uniform:bins=17,low=-3,high=3", fit);
  return out;
}

RolloutPlan plan_of(const Deployment& deployment, std::size_t rollouts, std::size_t lanes, std::uint32_t horizon) {
  RolloutPlan plan;
  plan.system = deployment.system;
  plan.controllers = {make_controller("expert", deployment)};
  plan.rollouts = rollouts;
  plan.lanes = lanes;
  plan.horizon = horizon;
  return plan;
}

class ReturnRecorder final : public Recorder {
 public:
  void begin(Ids) override {}
  void step(const StepView& view) override {
    sum_ += std::accumulate(view.rewards[0].begin(), view.rewards[0].end(), 0.0);
  }
  void end() override { benchmark::DoNotOptimize(sum_); }

 private:
  double sum_ = 0.0;
};

void roll_out(const RolloutPlan& plan) {
  rollout(
      plan, [](const Block&) { return std::make_unique<ReturnRecorder>(); }, [](Recorder&) {});
}

/// Simulation::step alone, with actions that change nothing.
double bare_plant_seconds(const RolloutPlan& plan) {
  const auto plant = plan.system->simulate(plan.lanes);
  std::vector<std::uint64_t> ids(plan.lanes);
  std::vector<std::uint32_t> h(plan.lanes);
  std::vector<double> actions(plan.lanes * plan.system->info().action_dim, 1e-3), rewards(plan.lanes);
  return seconds_of([&] {
    for (std::size_t first = 0; first < plan.rollouts; first += plan.lanes) {
      std::iota(ids.begin(), ids.end(), first);
      std::vector<Outcome> outcomes(plan.lanes, Outcome::running);
      plant->reset(plan.key, ids);
      for (std::uint32_t step = 0; step < plan.horizon; ++step) {
        std::ranges::fill(h, step);
        plant->step(h, actions, rewards, outcomes);
        benchmark::DoNotOptimize(rewards.data());
      }
    }
  });
}

void rollout_scalar_linear(benchmark::State& state) {
  set_threads(1);
  const auto deployment = deployment_of("scalar_linear:a=0.9,b=1", "");
  const auto plan = plan_of(deployment, 6400, static_cast<std::size_t>(state.range(0)), 200);
  double bare = 0.0, ours = 0.0;
  for (auto _ : state) {
    bare += bare_plant_seconds(plan);
    const double seconds = seconds_of([&] { roll_out(plan); });
    ours += seconds;
    state.SetIterationTime(seconds);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * plan.rollouts * plan.horizon));
  state.counters["of_plant"] = bare / ours;
}
BENCHMARK(rollout_scalar_linear)->Arg(16)->Arg(64)->Arg(256)->UseManualTime()->Unit(benchmark::kMillisecond);

void evaluate_scalar_linear(benchmark::State& state) {
  set_threads(1);
  EvaluatePlan plan;
  plan.deployment = deployment_of("scalar_linear:a=0.9,b=1", "");
  plan.controllers = {"quantized"};
  plan.rollouts = 6400;
  plan.horizon = 200;
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(plan));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 2 * plan.rollouts * plan.horizon));
}
BENCHMARK(evaluate_scalar_linear)->Unit(benchmark::kMillisecond);

/// Σ ‖x_h − x'_h‖ of a coupled rollout: what an audit makes of it at least.
class DeviationRecorder final : public Recorder {
 public:
  void begin(Ids) override {}
  void step(const StepView& view) override {
    const auto &here = view.observations[0], &there = view.observations[1];
    for (std::size_t i = 0; i < here.size(); ++i) sum_ += std::abs(here[i] - there[i]);
  }
  void end() override { benchmark::DoNotOptimize(sum_); }

 private:
  double sum_ = 0.0;
};

/// Expert and quantized expert under shared noise; items are steps of both.
void coupled_scalar_linear(benchmark::State& state) {
  set_threads(1);
  const auto deployment = deployment_of("scalar_linear:a=0.9,b=1", "");
  auto plan = plan_of(deployment, 6400, static_cast<std::size_t>(state.range(0)), 200);
  plan.controllers.push_back(make_controller(state.range(1) == 0 ? "expert" : "quantized", deployment));
  for (auto _ : state) {
    const auto run = [&] {
      rollout(
          plan, [](const Block&) { return std::make_unique<DeviationRecorder>(); }, [](Recorder&) {});
    };
    state.SetIterationTime(seconds_of(run));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 2 * plan.rollouts * plan.horizon));
}
BENCHMARK(coupled_scalar_linear)
    ->ArgNames({"lanes", "quantized"})
    ->ArgsProduct({{64, 256}, {0, 1}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

#ifdef PIANOLA_WITH_MUJOCO

constexpr std::size_t kRollouts = 64, kLanes = 16;
constexpr std::uint32_t kSteps = 200;
constexpr int kFrameSkip = 4;

/// Every action that one rollout of the plan plays: [block][step][lanes × action_dim].
class ActionRecorder final : public Recorder {
 public:
  explicit ActionRecorder(std::vector<double>& actions) : actions_(actions) {}
  void begin(Ids) override {}
  void step(const StepView& view) override {
    actions_.insert(actions_.end(), view.actions[0].begin(), view.actions[0].end());
  }
  void end() override {}

 private:
  std::vector<double>& actions_;
};

/// mj_step alone, one mjData a lane.
class Bare {
 public:
  Bare(const std::string& path, const RolloutPlan& plan) : states_(plan.rollouts * plan.system->info().state_size) {
    char reason[1000] = "";
    model_.reset(mj_loadXML(path.c_str(), nullptr, reason, sizeof reason));
    for (std::size_t lane = 0; lane < kLanes; ++lane) data_.emplace_back(mj_makeData(model_.get()));
    const auto plant = plan.system->simulate(plan.rollouts);
    std::vector<std::uint64_t> ids(plan.rollouts);
    std::iota(ids.begin(), ids.end(), 0u);
    plant->reset(plan.key, ids);
    plant->save(states_);
    rollout(
        plan, [&](const Block&) { return std::make_unique<ActionRecorder>(actions_); }, [](Recorder&) {});
  }

  /// All rollouts of the plan, from its states, with its actions.
  void play() {
    const double* action = actions_.data();
    const std::size_t size = states_.size() / kRollouts;
    for (std::size_t first = 0; first < kRollouts; first += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        mj_setState(model_.get(), data_[lane].get(), &states_[(first + lane) * size], mjSTATE_INTEGRATION);
      }
      for (std::uint32_t step = 0; step < kSteps; ++step) {
        for (const auto& data : data_) {
          for (int i = 0; i < model_->nu; ++i) data->ctrl[i] = *action++;
          for (int i = 0; i < kFrameSkip; ++i) mj_step(model_.get(), data.get());
        }
      }
    }
  }

 private:
  struct Deleter {
    void operator()(mjModel* model) const { mj_deleteModel(model); }
    void operator()(mjData* data) const { mj_deleteData(data); }
  };
  std::unique_ptr<mjModel, Deleter> model_;
  std::vector<std::unique_ptr<mjData, Deleter>> data_;
  std::vector<double> states_, actions_;
};

/// The folder of Hopper's model and expert, or "" after marking the benchmark as skipped.
std::string gymnasium_folder(benchmark::State& state) {
  const char* const data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) state.SkipWithError("PIANOLA_DATA is not set: no model and expert of Hopper");
  return data == nullptr ? "" : std::string(data) + "/gymnasium";
}

Deployment hopper(const std::string& folder) {
  return deployment_of("gymnasium:Hopper-v4", "mlp:" + folder + "/experts/Hopper.hdf5", {folder + "/assets"});
}

void rollout_hopper(benchmark::State& state) {
  const std::string folder = gymnasium_folder(state);
  if (folder.empty()) return;
  set_threads(1);  // one after the other: the order in which the bare plant plays the actions
  const auto deployment = hopper(folder);
  const auto plan = plan_of(deployment, kRollouts, kLanes, kSteps);
  Bare bare(folder + "/assets/hopper.xml", plan);
  set_threads(static_cast<int>(state.range(0)));
  double limit = 0.0, ours = 0.0;
  for (auto _ : state) {
    limit += seconds_of([&] { bare.play(); });
    const double begin = now(CLOCK_MONOTONIC);
    ours += seconds_of([&] { roll_out(plan); });
    state.SetIterationTime(now(CLOCK_MONOTONIC) - begin);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRollouts * kSteps));
  state.counters["of_limit"] = limit / ours;
}
BENCHMARK(rollout_hopper)->ArgName("threads")->Arg(1)->Arg(2)->UseManualTime()->Unit(benchmark::kMillisecond);

void evaluate_hopper(benchmark::State& state) {
  const std::string folder = gymnasium_folder(state);
  if (folder.empty()) return;
  set_threads(1);
  EvaluatePlan plan;
  plan.deployment = hopper(folder);
  plan.controllers = {"quantized"};
  plan.rollouts = kRollouts;
  plan.horizon = kSteps;
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(plan));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 2 * kRollouts * kSteps));
}
BENCHMARK(evaluate_hopper)->Unit(benchmark::kMillisecond);

#endif

}  // namespace

BENCHMARK_MAIN();
