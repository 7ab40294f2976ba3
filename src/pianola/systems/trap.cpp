#include "pianola/systems/trap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <span>

#include "pianola/base/atan_lanes.hpp"
#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "trap";
constexpr double kLimit = 1e9;

class TrapSimulation final : public Simulation {
 public:
  TrapSimulation(const Trap& system, std::size_t lanes)
      : system_(system), streams_(lanes), x_(lanes), next_(lanes), expert_(lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return x_.size(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = normal(streams_.initial(), ids[i], 0);
  }

  void observe(std::span<double> out) const override { save(out); }

  void step(std::span<const std::uint32_t>, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    atan_lanes(x_, expert_);
    move(actions.data(), rewards.data());
    settle(rewards, outcomes);
  }

  void save(std::span<double> out) const override {
    assert(out.size() == x_.size());
    std::copy(x_.begin(), x_.end(), out.begin());
  }

  void restore(std::span<const double> saved) override {
    assert(saved.size() == x_.size());
    std::copy(saved.begin(), saved.end(), x_.begin());
  }

 private:
  /// next_ and rewards of all lanes as if all were running.
  void move(const double* __restrict u, double* __restrict rewards) {
    const double a = system_.config().a, b = system_.config().b;
    const double* __restrict x = x_.data();
    const double* __restrict expert = expert_.data();
    double* __restrict next = next_.data();
    for (std::size_t i = 0; i < x_.size(); ++i) {
      next[i] = a * x[i] + b * u[i];
      rewards[i] = 1.0 - std::abs(u[i] - expert[i]);
    }
  }

  /// Takes next_ over where a lane runs and stays within the limit; says who diverged; freezes the rest.
  void settle(std::span<double> rewards, std::span<Outcome> outcomes) {
    bool plain = true;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const bool inside = std::abs(next_[i]) <= kLimit;
      plain &= (outcomes[i] == Outcome::running) & inside;
    }
    if (plain) return x_.swap(next_);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (outcomes[i] != Outcome::running) {
        rewards[i] = 0.0;
      } else if (std::abs(next_[i]) <= kLimit) {
        x_[i] = next_[i];
      } else {
        outcomes[i] = Outcome::diverged;
      }
    }
  }

  const Trap& system_;
  LaneStreams streams_;
  std::vector<double> x_, next_, expert_;
};

void require_plant(const TrapConfig& c) {
  for (const auto& [option, value] :
       {std::pair{"a", c.a}, {"b", c.b}, {"k", c.k}, {"d", c.d}, {"epsilon", c.epsilon}}) {
    if (checked_finite(kName, option, value) <= 0.0) {
      throw UsageError(fmt::format("system 'trap': option '{}' must be positive, not {}", option, value));
    }
  }
  if (c.a + c.b >= 1.0) {
    throw UsageError(fmt::format(
        "system 'trap': a + b must be below 1, or the expert's loop does not contract; it is {}", c.a + c.b));
  }
  if (c.epsilon >= 1.0)
    throw UsageError(fmt::format("system 'trap': option 'epsilon' must be below 1, not {}", c.epsilon));
}

}  // namespace

Trap::Trap(const TrapConfig& config) : config_(config) {
  require_plant(config_);
  constexpr double kRange = std::numbers::pi / 2.0;
  const double log_epsilon = std::log(config_.epsilon);
  info_.spec = write_spec(kName, config_).text();
  info_.observation_dim = info_.action_dim = info_.state_size = 1;
  info_.horizon = static_cast<std::uint32_t>(std::max(1.0, std::ceil(64.0 * log_epsilon * log_epsilon)));
  info_.action_range = {{-kRange}, {kRange}};
  info_.action_kinds = {ActionKind::linear};
  info_.reward_high = 1.0;
  info_.reward_lipschitz = 1.0;
  info_.default_expert = "arctan";
}

std::unique_ptr<Simulation> Trap::simulate(std::size_t lanes) const {
  return std::make_unique<TrapSimulation>(*this, lanes);
}

std::optional<LinearModel> Trap::linearise(std::span<const double> x0, std::span<const double> u0) const {
  if (x0.size() != 1 || u0.size() != 1) throw UsageError("system 'trap' has 1 state and 1 action");
  return LinearModel{1, 1, {config_.a}, {config_.b}};
}

SystemEntry system_entry_trap() {
  return {kName, "the paper's trap (Theorem 6): x' = a x + b u, reward 1 − |u − arctan x|; expert: arctan",
          describe_options<TrapConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<Trap>(read_options<TrapConfig>(spec, "system 'trap'"));
          },
          ""};
}

}  // namespace pianola
