// A plant without dynamics for the toy data: it shows the contexts of toy_training.hpp and pays for likely tokens.
#pragma once

#include <algorithm>
#include <vector>

#include "pianola/systems/system.hpp"
#include "toy_training.hpp"

namespace pianola::toy_training {

class ToyPlant final : public System {
 public:
  explicit ToyPlant(std::size_t observation_dim = 3) {
    info_.spec = "toy_plant";
    info_.observation_dim = observation_dim;
    info_.action_dim = 3;
    info_.state_size = 1;
    info_.horizon = 12;
    info_.action_range = {{-10, -10, -10}, {10, 10, 10}};
    info_.action_kinds.assign(3, ActionKind::linear);
  }
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;

 private:
  SystemInfo info_;
};

/// State: the step. Reward 1 where the second action is its context's likelier token.
class ToyPlantSimulation final : public Simulation {
 public:
  ToyPlantSimulation(const ToyPlant& plant, std::size_t lanes) : plant_(plant), ids_(lanes), step_(lanes) {}
  [[nodiscard]] const System& system() const override { return plant_; }
  [[nodiscard]] std::size_t lanes() const override { return step_.size(); }
  void reset(const NoiseKey&, Ids ids) override {
    ids_.assign(ids.begin(), ids.end());
    std::fill(step_.begin(), step_.end(), 0.0);
  }
  void observe(std::span<double> out) const override {
    for (std::size_t lane = 0; lane < step_.size(); ++lane) {
      const std::size_t c = at(lane);
      out[lane * 3] = c == 0 ? 1.0 : 0.0;
      out[lane * 3 + 1] = c == 1 ? 1.0 : -1.0;
      out[lane * 3 + 2] = 5.0;
    }
  }
  void step(std::span<const std::uint32_t>, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    for (std::size_t lane = 0; lane < step_.size(); ++lane) {
      rewards[lane] = 0.0;
      if (outcomes[lane] != Outcome::running) continue;
      const std::size_t c = at(lane);
      const double likely = kSecond[c][1] > kSecond[c][0] ? 1.0 : 0.0;
      rewards[lane] = std::abs(actions[lane * 3 + 1] - likely) < 0.5 ? 1.0 : 0.0;
      step_[lane] += 1.0;
    }
  }
  void save(std::span<double> out) const override { std::copy(step_.begin(), step_.end(), out.begin()); }
  void restore(std::span<const double> saved) override { std::copy(saved.begin(), saved.end(), step_.begin()); }

 private:
  [[nodiscard]] std::size_t at(std::size_t lane) const {
    return context(static_cast<std::size_t>(ids_[lane]), static_cast<std::size_t>(step_[lane]));
  }
  const ToyPlant& plant_;
  std::vector<std::uint64_t> ids_;
  std::vector<double> step_;
};

inline std::unique_ptr<Simulation> ToyPlant::simulate(std::size_t lanes) const {
  return std::make_unique<ToyPlantSimulation>(*this, lanes);
}

}  // namespace pianola::toy_training
