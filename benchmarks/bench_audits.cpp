// Audits beside what limits them. Ratios are of processor time, in one run.
//
// * `hopper`: 64-64 MLP expert and its quantized version. Every audit that plays (quantization, stability, smoothness,
//   decomposition, certificates), and all of them. `of_limit`: bare mj_step × frame_skip, from the same kind of states
//   with the expert's actions, for as many plant steps as the audit took, over what the audit took; 1 is the limit, and
//   the goal is 0.8 (an audit of 10⁴ coupled rollouts of 200 steps; the ratio does not depend on how many). Steps are
//   counted by a plant that counts and passes on. Needs PIANOLA_DATA.
// * `scalar_linear`: the same in lanes, steps a second on one core, those of every rollout counted: both of a pair (the
//   goal: 50 M), or the expert's and its branches'. `pairs` is the number of pairs' steps, half of that or four fifths.
// * `memory`: peak memory of a decomposition of 4 × as many rollouts over that of as many. Goal: 1.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/paired_rollouts.hpp"
#include "pianola/audits/perturbed_pairs.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/control/deployment.hpp"

#ifdef PIANOLA_WITH_MUJOCO
#include <mujoco/mujoco.h>
#endif

namespace {

using namespace pianola;

double seconds_of(const auto& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double begin = now();
  work();
  return now() - begin;
}

/// Steps of lanes that run, of all simulations of a system.
class CountingSystem final : public System {
 public:
  explicit CountingSystem(std::shared_ptr<const System> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] const SystemInfo& info() const override { return inner_->info(); }
  [[nodiscard]] std::unique_ptr<pianola::Simulation> simulate(std::size_t lanes) const override {
    return std::make_unique<Counting>(*this, inner_->simulate(lanes));
  }
  [[nodiscard]] std::optional<LinearModel> linearise(std::span<const double> x,
                                                     std::span<const double> u) const override {
    return inner_->linearise(x, u);
  }
  mutable std::atomic<std::uint64_t> steps = 0;

 private:
  class Counting final : public pianola::Simulation {
   public:
    Counting(const CountingSystem& owner, std::unique_ptr<pianola::Simulation> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    [[nodiscard]] const System& system() const override { return owner_; }
    [[nodiscard]] std::size_t lanes() const override { return inner_->lanes(); }
    void reset(const NoiseKey& key, Ids ids) override { inner_->reset(key, ids); }
    void observe(std::span<double> out) const override { inner_->observe(out); }
    void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
              std::span<Outcome> outcomes) override {
      std::uint64_t running = 0;
      for (const Outcome outcome : outcomes) running += outcome == Outcome::running ? 1 : 0;
      owner_.steps += running;
      inner_->step(h, actions, rewards, outcomes);
    }
    void save(std::span<double> out) const override { inner_->save(out); }
    void restore(std::span<const double> saved) override { inner_->restore(saved); }

   private:
    const CountingSystem& owner_;
    std::unique_ptr<pianola::Simulation> inner_;
  };
  std::shared_ptr<const System> inner_;
};

AuditPlan plan_of(const std::string& system, const std::string& quantizer, const std::string& expert = "",
                  const std::string& assets = "") {
  DeploymentRequest request;
  request.system = system, request.expert = expert, request.assets = assets;
  request.quantizer = quantizer;
  AuditPlan plan;
  plan.deployment = make_deployment(request);
  plan.controller = "quantized";
  return plan;
}

/// Expert and quantized expert, rewards and deviations of both: what a decomposition is made of.
double coupled(const AuditPlan& plan, std::size_t rollouts, std::uint32_t horizon) {
  PairedRolloutPlan pairs;
  pairs.plant = plan.deployment;
  pairs.controllers = {make_controller("quantized", plan.deployment)};
  pairs.rollouts = rollouts, pairs.horizon = horizon;
  double sum = 0.0;
  paired_rollouts(pairs, [&](const PairedRollout& rollout) { sum += rollout.regret(1); });
  return sum;
}

void coupled_scalar_linear(benchmark::State& state) {
  set_threads(1);
  const AuditPlan plan = plan_of("scalar_linear:a=0.9,b=1,low=-6,high=6", "uniform:bins=257");
  constexpr std::size_t kRollouts = 10'000;
  constexpr std::uint32_t kSteps = 200;
  for (auto _ : state) {
    state.SetIterationTime(seconds_of([&] { benchmark::DoNotOptimize(coupled(plan, kRollouts, kSteps)); }));
  }
  const auto pair_steps = static_cast<double>(state.iterations() * kRollouts * kSteps);
  state.SetItemsProcessed(static_cast<std::int64_t>(2.0 * pair_steps));
  state.counters["pairs"] = benchmark::Counter(pair_steps, benchmark::Counter::kIsRate);
  state.SetLabel("items: steps, those of both rollouts of a pair counted; pairs: steps of pairs");
}
BENCHMARK(coupled_scalar_linear)->UseManualTime()->Unit(benchmark::kMillisecond);

/// Impulses beside the expert, open loop: what gains are measured from.
void perturbed_scalar_linear(benchmark::State& state) {
  set_threads(1);
  const AuditPlan plan = plan_of("scalar_linear:a=0.9,b=1,low=-6,high=6", "uniform:bins=257");
  PerturbedPairPlan pairs;
  pairs.system = plan.deployment.system, pairs.expert = plan.deployment.expert;
  pairs.trajectories = 2'000, pairs.branches = 4, pairs.horizon = 200;
  pairs.perturbation = [](std::uint64_t id, std::size_t branch) {
    return Perturbation{
        Perturbation::Kind::impulse, 0.1, static_cast<std::uint32_t>((id + branch) % 200), NoiseKey(1), {}};
  };
  for (auto _ : state) {
    double largest = 0.0;
    state.SetIterationTime(seconds_of([&] {
      perturbed_pairs(pairs, [&](const PerturbedPair& pair) { largest = std::max(largest, pair.distances.back()); });
    }));
    benchmark::DoNotOptimize(largest);
  }
  const auto tracks = static_cast<std::int64_t>(pairs.trajectories * (pairs.branches + 1) * pairs.horizon);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * tracks);
  const auto pair_steps = static_cast<double>(state.iterations() * pairs.trajectories * pairs.branches * pairs.horizon);
  state.counters["pairs"] = benchmark::Counter(pair_steps, benchmark::Counter::kIsRate);
  state.SetLabel("items: steps, the expert's and its four branches' counted; pairs: steps of pairs");
}
BENCHMARK(perturbed_scalar_linear)->UseManualTime()->Unit(benchmark::kMillisecond);

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// Peaks never fall, so the fewer rollouts come first.
void memory_of_more_rollouts(benchmark::State& state) {
  set_threads(2);
  const AuditPlan plan = plan_of("scalar_linear:a=0.9,b=1,low=-6,high=6", "uniform:bins=257");
  for (auto _ : state) {
    benchmark::DoNotOptimize(coupled(plan, 20'000, 200));
    const double fewer = peak_megabytes();
    benchmark::DoNotOptimize(coupled(plan, 80'000, 200));
    state.counters["peak_ratio"] = peak_megabytes() / fewer;
  }
}
BENCHMARK(memory_of_more_rollouts)->Iterations(1)->Unit(benchmark::kMillisecond);

#ifdef PIANOLA_WITH_MUJOCO

constexpr int kFrameSkip = 4;

/// Processor seconds of one plant step, by mj_step alone along the expert's own trajectories.
class Bare {
 public:
  Bare(const std::string& path, const AuditPlan& plan) {
    char reason[1000] = "";
    model_.reset(mj_loadXML(path.c_str(), nullptr, reason, sizeof reason));
    data_.reset(mj_makeData(model_.get()));
    const System& system = *plan.deployment.system;
    const auto plant = system.simulate(1);
    const std::uint64_t id = 0;
    plant->reset(NoiseKey(0), {&id, 1});
    start_.resize(system.info().state_size);
    plant->save(start_);
    std::vector<double> seen(system.info().observation_dim), action(system.info().action_dim), reward(1);
    std::vector<Outcome> outcome{Outcome::running};
    for (std::uint32_t h = 0; h < kSteps; ++h) {
      plant->observe(seen);
      plan.deployment.expert->act(NoiseKey(0), {{&id, 1}, {&h, 1}, seen, outcome, plant.get()}, action);
      actions_.insert(actions_.end(), action.begin(), action.end());
      plant->step({&h, 1}, action, reward, outcome);
    }
  }
  /// `times` trajectories of kSteps.
  double seconds_a_step(std::size_t times) {
    return seconds_of([&] {
             for (std::size_t t = 0; t < times; ++t) {
               mj_setState(model_.get(), data_.get(), start_.data(), mjSTATE_INTEGRATION);
               const double* action = actions_.data();
               for (std::size_t h = 0; h < kSteps; ++h) {
                 for (int i = 0; i < model_->nu; ++i) data_->ctrl[i] = *action++;
                 for (int i = 0; i < kFrameSkip; ++i) mj_step(model_.get(), data_.get());
               }
             }
           }) /
           static_cast<double>(times * kSteps);
  }

 private:
  static constexpr std::size_t kSteps = 200;
  struct Deleter {
    void operator()(mjModel* model) const { mj_deleteModel(model); }
    void operator()(mjData* data) const { mj_deleteData(data); }
  };
  std::unique_ptr<mjModel, Deleter> model_;
  std::unique_ptr<mjData, Deleter> data_;
  std::vector<double> start_, actions_;
};

/// name: of an audit; "": all of them.
void hopper(benchmark::State& state, const std::string& name) {
  const char* const folder = std::getenv("PIANOLA_DATA");
  if (folder == nullptr) {
    state.SkipWithError("PIANOLA_DATA is not set: no model and expert of Hopper");
    return;
  }
  set_threads(1);
  const std::string data = std::string(folder) + "/gymnasium";
  AuditPlan plan = plan_of("gymnasium:Hopper-v4", "uniform:bins=17,representatives=ends",
                           "mlp:" + data + "/experts/Hopper.hdf5", data + "/assets");
  Bare bare(data + "/assets/hopper.xml", plan);
  const auto counting = std::make_shared<CountingSystem>(plan.deployment.system);
  plan.deployment.system = counting;
  plan.horizon = 200, plan.rollouts = 64, plan.perturbations = 40;
  double limit = 0.0, ours = 0.0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    AuditFindings findings;
    double seconds = 0.0;
    for (const AuditEntry& entry : audits()) {
      counting->steps = 0;
      const double taken = seconds_of([&] { benchmark::DoNotOptimize(entry.run(plan, findings)); });
      if (!name.empty() && entry.name != name) continue;
      seconds += taken, steps += counting->steps;
      limit += bare.seconds_a_step(20) * static_cast<double>(counting->steps);
    }
    ours += seconds;
    state.SetIterationTime(seconds);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(steps));
  state.counters["of_limit"] = limit / ours;
}
BENCHMARK_CAPTURE(hopper, all, "")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hopper, quantization, "quantization")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hopper, stability, "stability")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hopper, smoothness, "smoothness")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hopper, decomposition, "decomposition")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hopper, certificates, "certificates")->UseManualTime()->Unit(benchmark::kMillisecond);

#endif

}  // namespace

BENCHMARK_MAIN();
