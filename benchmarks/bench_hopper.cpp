// Closed-loop Hopper beside its limit: what mj_step alone costs for the same states and actions.
//
// One iteration plays 16 lanes for 200 steps three times from the same states: in closed loop with the 64-64 tanh MLP
// that made the recordings (observe, act, step); the same actions through Simulation::step; and the same actions
// through bare mj_step × frame_skip on the same data layout. `closed_loop_of_limit` and `step_of_limit` are rates over
// the bare rate, of the same run: 1 is the limit. One core. Needs PIANOLA_DATA for Hopper's model and expert.
#include <benchmark/benchmark.h>

#ifdef PIANOLA_WITH_MUJOCO
#include <mujoco/mujoco.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/registry.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kLanes = 16;
constexpr std::uint32_t kSteps = 200;
constexpr int kFrameSkip = 4;

/// Processor time of this thread: other work on the machine moves the ratios less.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_of(const auto& work) {
  const double begin = processor_seconds();
  work();
  return processor_seconds() - begin;
}

/// The lanes of a rollout, without the rollout loop's recorders.
struct Lanes {
  explicit Lanes(const System& system)
      : plant(system.simulate(kLanes)),
        ids(kLanes),
        h(kLanes),
        observations(kLanes * system.info().observation_dim),
        rewards(kLanes),
        outcomes(kLanes, Outcome::running) {
    std::iota(ids.begin(), ids.end(), 0u);
  }
  void step(std::span<const double> actions) {
    plant->step(h, actions, rewards, outcomes);
    for (std::uint32_t& step : h) ++step;
    benchmark::DoNotOptimize(rewards.data());
  }
  void rewind() {
    std::fill(h.begin(), h.end(), 0u);
    std::fill(outcomes.begin(), outcomes.end(), Outcome::running);
  }

  std::unique_ptr<Simulation> plant;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<double> observations, rewards;
  std::vector<Outcome> outcomes;
};

/// mj_step alone, one mjData a lane.
class Bare {
 public:
  explicit Bare(const std::string& path) {
    char reason[1000] = "";
    model_.reset(mj_loadXML(path.c_str(), nullptr, reason, sizeof reason));
    for (std::size_t lane = 0; model_ != nullptr && lane < kLanes; ++lane)
      data_.emplace_back(mj_makeData(model_.get()));
  }
  void start(std::span<const double> states) {
    const std::size_t size = states.size() / kLanes;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      mj_setState(model_.get(), data_[lane].get(), &states[lane * size], mjSTATE_INTEGRATION);
    }
  }
  void step(const double* actions) {
    for (const auto& data : data_) {
      for (int i = 0; i < model_->nu; ++i) data->ctrl[i] = *actions++;
      for (int i = 0; i < kFrameSkip; ++i) mj_step(model_.get(), data.get());
    }
  }

 private:
  struct Deleter {
    void operator()(mjModel* model) const { mj_deleteModel(model); }
    void operator()(mjData* data) const { mj_deleteData(data); }
  };
  std::unique_ptr<mjModel, Deleter> model_;
  std::vector<std::unique_ptr<mjData, Deleter>> data_;
};

struct Times {
  double closed_loop = 0.0, step = 0.0, bare = 0.0;
};

/// 200 steps of 16 lanes, three ways.
class Hopper {
 public:
  explicit Hopper(const std::string& data)
      : system_(make_system("gymnasium:Hopper-v4", {data + "/assets"})),
        expert_(make_expert("mlp:" + data + "/experts/Hopper.hdf5", system_)),
        lanes_(*system_),
        bare_(data + "/assets/hopper.xml"),
        states_(kLanes * system_->info().state_size),
        actions_(kSteps * kLanes * system_->info().action_dim) {
    lanes_.plant->reset(NoiseKey(1), lanes_.ids);
    lanes_.plant->save(states_);
  }

  void play(Times& times) {
    lanes_.rewind();
    lanes_.plant->restore(states_);
    times.closed_loop += seconds_of([&] { each_step([&](std::span<double> actions) { close_the_loop(actions); }); });
    lanes_.rewind();
    lanes_.plant->restore(states_);
    times.step += seconds_of([&] { each_step([&](std::span<double> actions) { lanes_.step(actions); }); });
    bare_.start(states_);
    times.bare += seconds_of([&] { each_step([&](std::span<double> actions) { bare_.step(actions.data()); }); });
  }

 private:
  void each_step(const auto& body) {
    const std::size_t width = actions_.size() / kSteps;
    for (std::uint32_t h = 0; h < kSteps; ++h) body(std::span(actions_).subspan(h * width, width));
  }
  void close_the_loop(std::span<double> actions) {
    lanes_.plant->observe(lanes_.observations);
    expert_->act(NoiseKey(1), {lanes_.ids, lanes_.h, lanes_.observations, lanes_.outcomes, lanes_.plant.get()},
                 actions);
    lanes_.step(actions);
  }

  std::shared_ptr<const System> system_;
  std::shared_ptr<const Expert> expert_;
  Lanes lanes_;
  Bare bare_;
  std::vector<double> states_, actions_;
};

void closed_loop(benchmark::State& state) {
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) {
    state.SkipWithError("PIANOLA_DATA is not set: no model and expert of Hopper");
    return;
  }
  Hopper hopper(std::string(data) + "/gymnasium");
  Times warm_up, times;
  hopper.play(warm_up);
  for (auto _ : state) {
    const double before = times.closed_loop;
    hopper.play(times);
    state.SetIterationTime(times.closed_loop - before);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kLanes * kSteps));
  state.counters["closed_loop_of_limit"] = times.bare / times.closed_loop;
  state.counters["step_of_limit"] = times.bare / times.step;
}
BENCHMARK(closed_loop)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
#endif

BENCHMARK_MAIN();
