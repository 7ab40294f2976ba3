#include "pianola/systems/linear.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"
#include "pianola/systems/riccati.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "linear";

/// Σ_j row[j]·v[j], in the order of j: a lane's bits depend on nothing else.
double dot(const double* row, const double* v, std::size_t n) {
  double sum = 0.0;
  for (std::size_t j = 0; j < n; ++j) sum += row[j] * v[j];
  return sum;
}

class DenseLinearSimulation final : public Simulation {
 public:
  DenseLinearSimulation(const DenseLinear& system, std::size_t lanes)
      : system_(system),
        n_(system.model().n),
        m_(system.model().m),
        streams_(lanes),
        x_(lanes * n_),
        next_(n_),
        noise_(n_) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return streams_.lanes(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      normals(streams_.initial(), ids[lane], 0, noise_);
      for (std::size_t i = 0; i < n_; ++i) {
        x_[lane * n_ + i] = system_.initial_mean()[i] + system_.initial_std() * noise_[i];
      }
    }
  }

  void observe(std::span<double> out) const override { save(out); }

  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() * m_ && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      rewards[lane] = 0.0;
      if (outcomes[lane] != Outcome::running) continue;
      double* x = &x_[lane * n_];
      const double* u = &actions[lane * m_];
      rewards[lane] = reward(x, u);
      if (advance(x, u, lane, h[lane])) {
        std::copy(next_.begin(), next_.end(), x);
      } else {
        outcomes[lane] = Outcome::diverged;
      }
    }
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
  [[nodiscard]] double reward(const double* x, const double* u) const {
    double squared = 0.0;
    for (std::size_t i = 0; i < m_; ++i) {
      const double error = u[i] + dot(&system_.gain()[i * n_], x, n_);
      squared += error * error;
    }
    return squared < 1.0 ? 1.0 - std::sqrt(squared) : 0.0;
  }

  /// next_ ← A x + B u + σ ω; whether it is within the limit.
  bool advance(const double* x, const double* u, std::size_t lane, std::uint32_t h) {
    const LinearModel& model = system_.model();
    for (std::size_t i = 0; i < n_; ++i) next_[i] = dot(&model.a[i * n_], x, n_) + dot(&model.b[i * m_], u, m_);
    if (system_.noise() > 0.0) {
      normals(streams_.noise(), streams_.id(lane), h, noise_);
      for (std::size_t i = 0; i < n_; ++i) next_[i] += system_.noise() * noise_[i];
    }
    return std::all_of(next_.begin(), next_.end(), [&](double v) { return std::abs(v) <= system_.limit(); });
  }

  const DenseLinear& system_;
  std::size_t n_, m_;
  LaneStreams streams_;
  std::vector<double> x_, next_, noise_;
};

void check_all_finite(const char* option, const std::vector<double>& values) {
  for (const double value : values) checked_finite(kName, option, value);
}

/// Dimensions from the sizes of A and B.
LinearModel sized(const DenseLinearConfig& config) {
  const auto root = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(config.a.size()))));
  if (config.n && *config.n < 1)
    throw UsageError(fmt::format("system 'linear': option 'n' must be ≥ 1, not {}", *config.n));
  const std::size_t n = config.n ? static_cast<std::size_t>(*config.n) : root;
  if (n == 0 || config.a.size() != n * n) {
    throw UsageError(fmt::format("system 'linear': A of {} states takes {} numbers, but option 'a' has {}", n, n * n,
                                 config.a.size()));
  }
  if (config.b.empty() || config.b.size() % n != 0) {
    throw UsageError(
        fmt::format("system 'linear': B of {} states takes a multiple of {} numbers, but option 'b' has {}", n, n,
                    config.b.size()));
  }
  check_all_finite("a", config.a);
  check_all_finite("b", config.b);
  return {n, config.b.size() / n, config.a, config.b};
}

std::vector<double> checked_gain(const LinearModel& model, const std::vector<double>& given) {
  if (given.empty()) return solve_lqr({model.n, model.m, model.a, model.b, {}, {}}, "system 'linear'").k;
  check_all_finite("gain", given);
  if (given.size() == model.n * model.m) return given;
  throw UsageError(fmt::format("system 'linear': the gain of {} actions and {} states takes {} numbers, not {}",
                               model.m, model.n, model.n * model.m, given.size()));
}

std::vector<double> checked_mean(const LinearModel& model, const std::vector<double>& given) {
  if (given.empty()) return std::vector<double>(model.n, 0.0);
  check_all_finite("x0", given);
  if (given.size() == model.n) return given;
  throw UsageError(
      fmt::format("system 'linear': option 'x0' takes {} numbers (one a state), not {}", model.n, given.size()));
}

}  // namespace

std::optional<LinearModel> LinearSystem::linearise(std::span<const double> x0, std::span<const double> u0) const {
  if (x0.size() != model().n || u0.size() != model().m) {
    throw UsageError(fmt::format("system '{}' has {} states and {} actions; cannot be linearised about {} and {}",
                                 info().spec, model().n, model().m, x0.size(), u0.size()));
  }
  return model();
}

double divergence_limit(const char* who, std::optional<double> limit, double x0, double x0_std) {
  if (!limit) return 1e9 * std::max({1.0, x0, x0_std});
  if (checked_finite(who, "limit", *limit) > x0) return *limit;
  throw UsageError(fmt::format(
      "system '{}': option 'limit' must be above 0 and above |x0|, where trajectories begin; {} is not above "
      "{}; take more, or leave it out",
      who, *limit, x0));
}

DenseLinear::DenseLinear(DenseLinearConfig config) : config_(std::move(config)), model_(sized(config_)) {
  info_.spec = write_spec(kName, config_).text();
  gain_ = checked_gain(model_, config_.gain);
  config_.x0_std = checked_std(kName, "x0_std", config_.x0_std.value_or(config_.x0.empty() ? 1.0 : 0.0));
  config_.x0 = checked_mean(model_, config_.x0);
  checked_std(kName, "noise", config_.noise);
  double farthest = 0.0;
  for (const double value : config_.x0) farthest = std::max(farthest, std::abs(value));
  limit_ = divergence_limit(kName, config_.limit, farthest, *config_.x0_std);
  info_.observation_dim = info_.state_size = model_.n;
  info_.action_dim = model_.m;
  info_.horizon = checked_horizon(kName, config_.horizon);
  info_.action_range = checked_range(kName, model_.m, config_.low, config_.high);
  info_.action_kinds.assign(model_.m, ActionKind::linear);
  info_.reward_low = 0.0;
  info_.reward_high = 1.0;
  info_.reward_lipschitz = std::max(1.0, spectral_norm_bound(gain_, model_.m, model_.n));
  info_.deterministic = config_.noise == 0.0;
  info_.default_expert = "lqr";
}

std::unique_ptr<Simulation> DenseLinear::simulate(std::size_t lanes) const {
  return std::make_unique<DenseLinearSimulation>(*this, lanes);
}

SystemEntry system_entry_linear() {
  return {kName, "x' = A x + B u + noise, any size; reward 1 − min(1, ‖u + K x‖); expert: lqr",
          describe_options<DenseLinearConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<DenseLinear>(read_options<DenseLinearConfig>(spec, "system 'linear'"));
          },
          ""};
}

}  // namespace pianola
