// A system of any dimensions that stands still: for tests of experts whose plant is not needed.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pianola/systems/system.hpp"

namespace pianola {

class PlainSystem final : public System {
 public:
  PlainSystem(std::size_t observation_dim, std::size_t action_dim, std::string default_expert = "") {
    info_.spec = "plain";
    info_.observation_dim = observation_dim;
    info_.action_dim = action_dim;
    info_.state_size = observation_dim;
    info_.horizon = 10;
    info_.action_kinds.assign(action_dim, ActionKind::linear);
    info_.default_expert = std::move(default_expert);
  }
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;

 private:
  SystemInfo info_;
};

/// Observations are standard normal of (key, id) and never move.
class PlainSimulation final : public Simulation {
 public:
  PlainSimulation(const PlainSystem& system, std::size_t lanes)
      : system_(system), lanes_(lanes), x_(lanes * system.info().observation_dim) {}
  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return lanes_; }
  void reset(const NoiseKey& key, Ids ids) override {
    const std::size_t n = system_.info().observation_dim;
    for (std::size_t i = 0; i < lanes_; ++i) normals(key.child("plant"), ids[i], 0, {&x_[i * n], n});
  }
  void observe(std::span<double> out) const override { std::copy(x_.begin(), x_.end(), out.begin()); }
  void step(std::span<const std::uint32_t>, std::span<const double>, std::span<double> rewards,
            std::span<Outcome>) override {
    std::fill(rewards.begin(), rewards.end(), 0.0);
  }
  void save(std::span<double> out) const override { observe(out); }
  void restore(std::span<const double> saved) override { std::copy(saved.begin(), saved.end(), x_.begin()); }

 private:
  const PlainSystem& system_;
  std::size_t lanes_;
  std::vector<double> x_;
};

inline std::unique_ptr<Simulation> PlainSystem::simulate(std::size_t lanes) const {
  return std::make_unique<PlainSimulation>(*this, lanes);
}

/// Actions of `expert` on rows of observations: [lanes × action_dim].
template <class Expert>
std::vector<double> actions_on(const Expert& expert, const std::vector<double>& observations, std::uint32_t step = 0,
                               const NoiseKey& key = NoiseKey(1)) {
  const std::size_t lanes = observations.size() / expert.info().observation_dim;
  std::vector<std::uint64_t> ids(lanes);
  for (std::size_t i = 0; i < lanes; ++i) ids[i] = i;
  const std::vector<std::uint32_t> h(lanes, step);
  const std::vector<Outcome> outcomes(lanes, Outcome::running);
  std::vector<double> actions(lanes * expert.info().action_dim);
  expert.act(key, {ids, h, observations, outcomes, nullptr}, actions);
  return actions;
}

}  // namespace pianola
