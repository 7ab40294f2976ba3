#include "pianola/systems/scalar_linear.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "pianola/base/normal_lanes.hpp"
#include "pianola/systems/lanes.hpp"
#include "pianola/systems/riccati.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "scalar_linear";

/// State [lanes], contiguous. Frozen lanes are selected away, not branched around, so that the loop vectorises.
class ScalarLinearSimulation final : public Simulation {
 public:
  ScalarLinearSimulation(const ScalarLinear& system, std::size_t lanes)
      : system_(system), streams_(lanes), x_(lanes), next_(lanes), noise_(lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return x_.size(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    const auto& c = system_.constants();
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = c.x0 + c.x0_std * normal(streams_.initial(), ids[i], 0);
  }

  void observe(std::span<double> out) const override { save(out); }

  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    draw_noise(h);
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
  void draw_noise(std::span<const std::uint32_t> h) {
    const double sigma = system_.constants().noise;
    if (sigma == 0.0) return;
    normal_lanes(streams_.noise(), streams_.ids(), h, noise_);
    for (double& noise : noise_) noise *= sigma;
  }

  /// next_ and rewards of all lanes as if all were running.
  void move(const double* __restrict u, double* __restrict rewards) {
    const ScalarLinear::Constants c = system_.constants();
    const double* __restrict x = x_.data();
    const double* __restrict noise = noise_.data();
    double* __restrict next = next_.data();
    for (std::size_t i = 0; i < x_.size(); ++i) {
      next[i] = (c.a * x[i] + c.b * u[i]) + noise[i];
      const double error = std::abs(u[i] + c.k * x[i]);
      rewards[i] = 1.0 - (error < 1.0 ? error : 1.0);
    }
  }

  /// Takes next_ over where a lane runs and stays within the limit; says who diverged; freezes the rest.
  void settle(std::span<double> rewards, std::span<Outcome> outcomes) {
    const double limit = system_.constants().limit;
    bool plain = true;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const bool inside = std::abs(next_[i]) <= limit;
      plain &= (outcomes[i] == Outcome::running) & inside;
    }
    if (plain) return x_.swap(next_);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (outcomes[i] != Outcome::running) {
        rewards[i] = 0.0;
      } else if (std::abs(next_[i]) <= limit) {
        x_[i] = next_[i];
      } else {
        outcomes[i] = Outcome::diverged;
      }
    }
  }

  const ScalarLinear& system_;
  LaneStreams streams_;
  std::vector<double> x_, next_, noise_;
};

double regulator(const ScalarLinearConfig& config) {
  LqrProblem problem{1, 1, {config.a}, {config.b}, {}, {}};
  return solve_lqr(problem, std::string("system '") + kName + "'").k[0];
}

ScalarLinear::Constants checked(const ScalarLinearConfig& config) {
  const double a = checked_finite(kName, "a", config.a), b = checked_finite(kName, "b", config.b);
  const double k = config.gain ? checked_finite(kName, "gain", *config.gain) : regulator(config);
  const double x0 = checked_finite(kName, "x0", config.x0.value_or(0.0));
  const double x0_std = checked_std(kName, "x0_std", config.x0_std.value_or(config.x0 ? 0.0 : 1.0));
  const double limit = divergence_limit(kName, config.limit, std::abs(x0), x0_std);
  return {a, b, k, checked_std(kName, "noise", config.noise), x0, x0_std, limit};
}

std::span<const double> optional_span(const std::optional<double>& value) {
  return value ? std::span<const double>(&*value, 1) : std::span<const double>();
}

}  // namespace

ScalarLinear::ScalarLinear(const ScalarLinearConfig& config)
    : constants_(checked(config)), model_{1, 1, {config.a}, {config.b}} {
  info_.spec = write_spec(kName, config).text();
  info_.observation_dim = info_.action_dim = info_.state_size = 1;
  info_.horizon = checked_horizon(kName, config.horizon);
  info_.action_range = checked_range(kName, 1, optional_span(config.low), optional_span(config.high));
  info_.action_kinds = {ActionKind::linear};
  info_.reward_low = 0.0;
  info_.reward_high = 1.0;
  info_.reward_lipschitz = std::max(1.0, std::abs(constants_.k));
  info_.deterministic = constants_.noise == 0.0;
  info_.default_expert = "lqr";
}

std::unique_ptr<Simulation> ScalarLinear::simulate(std::size_t lanes) const {
  return std::make_unique<ScalarLinearSimulation>(*this, lanes);
}

SystemEntry system_entry_scalar_linear() {
  return {kName, "x' = a x + b u + noise; reward 1 − min(1, |u + k x|); expert: lqr",
          describe_options<ScalarLinearConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<ScalarLinear>(
                read_options<ScalarLinearConfig>(spec, std::string("system '") + kName + "'"));
          },
          ""};
}

}  // namespace pianola
