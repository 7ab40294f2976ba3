// One block of trajectories under all controllers of a plan, in lockstep: the inside of the rollout loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/control/rollout.hpp"

namespace pianola {

/// The simulations, controllers and buffers of one thread, used block after block.
class BlockRunner {
 public:
  /// Keeps a reference to the plan, whose horizon is not 0.
  BlockRunner(const RolloutPlan& plan, std::size_t lanes);

  [[nodiscard]] std::size_t lanes() const { return ids_.size(); }

  /// Trajectories first … first + lanes − 1 of the plan, all steps, into `recorder`.
  /// Cost: no allocation beside what plants, controllers and recorder do. @throws Interrupted.
  void run(std::uint64_t first, Recorder& recorder);

 private:
  void begin(std::uint64_t first);
  void step(std::uint32_t h, Recorder& recorder);
  void act(std::size_t controller, bool traced);
  void advance(std::size_t controller, std::uint32_t h, bool observe);
  void disturb(std::size_t controller, std::uint32_t h);
  void make_traces();
  [[nodiscard]] bool all_ended() const;
  [[nodiscard]] StepView view(std::uint32_t h, bool traced) const;

  const RolloutPlan& plan_;
  std::size_t observation_dim_, action_dim_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  // Each indexed by controller:
  std::vector<std::unique_ptr<Simulation>> plants_;
  std::vector<Simulation*> plant_views_;
  std::vector<std::unique_ptr<Controller>> controllers_;
  std::vector<std::vector<double>> observations_, next_observations_, actions_, executed_, rewards_;
  std::vector<std::vector<Outcome>> before_, after_;
  // Traces and what they point to, made when a recorder first asks:
  std::vector<ControlTrace> traces_;
  std::vector<std::vector<Token>> tokens_;
  std::vector<std::vector<float>> log_probabilities_;
  std::vector<std::vector<double>> auxiliary_;
  std::vector<std::vector<std::uint32_t>> age_;
};

}  // namespace pianola
