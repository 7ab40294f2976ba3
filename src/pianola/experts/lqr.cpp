#include "pianola/experts/lqr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/systems/linear.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/riccati.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'lqr'";

/// A weight matrix from one number, a diagonal or all entries.
std::vector<double> weight(const char* option, const std::vector<double>& given, std::size_t n) {
  if (given.size() == n * n && n != 1) return given;
  if (!given.empty() && given.size() != 1 && given.size() != n) {
    throw UsageError(
        fmt::format("{}: option '{}' takes 1, {} or {} numbers, not {}", kWho, option, n, n * n, given.size()));
  }
  std::vector<double> matrix(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    matrix[i * n + i] = given.empty() ? 1.0 : given[given.size() == 1 ? 0 : i];
  }
  return matrix;
}

std::vector<double> point(const char* option, const std::vector<double>& given, std::size_t n) {
  if (given.empty()) return std::vector<double>(n, 0.0);
  if (given.size() != n) {
    throw UsageError(fmt::format("{}: option '{}' takes {} numbers, not {}", kWho, option, n, given.size()));
  }
  const auto bad = std::find_if_not(given.begin(), given.end(), [](double x) { return std::isfinite(x); });
  if (bad == given.end()) return given;
  throw UsageError(fmt::format("{}: number {} of option '{}' is {}; all must be finite", kWho, bad - given.begin() + 1,
                               option, *bad));
}

/// The observation one step after x₀ under u₀, of a simulator without noise.
std::vector<double> next_observation(const System& system, std::span<const double> x0, std::span<const double> u0) {
  const std::uint64_t id = 0;
  const std::uint32_t h = 0;
  double reward = 0.0;
  Outcome outcome = Outcome::running;
  std::vector<double> next(x0.size());
  const auto plant = system.simulate(1);
  plant->reset(NoiseKey(), {&id, 1});
  plant->restore(mujoco_state_from_observation(system, x0));
  plant->step({&h, 1}, u0, {&reward, 1}, {&outcome, 1});
  plant->observe(next);
  return next;
}

/// Where f(x₀, u₀) ≠ x₀ the linear model leaves a constant out, and u₀ − K (x − x₀) holds another point or none.
void require_equilibrium(const System& system, std::span<const double> x0, std::span<const double> u0) {
  constexpr double kTolerance = 1e-4;  // a step; room for x₀ and u₀ rounded to four digits or so
  const std::vector<double> next = next_observation(system, x0, u0);
  std::size_t worst = 0;
  const auto drift = [&](std::size_t i) { return std::abs(next[i] - x0[i]) / std::max(1.0, std::abs(x0[i])); };
  for (std::size_t i = 1; i < x0.size(); ++i) {
    if (drift(i) > drift(worst)) worst = i;
  }
  if (drift(worst) <= kTolerance) return;
  throw UsageError(
      fmt::format("{}: (x0, u0) is no equilibrium of system '{}': one step from it moves observation {} from {:.6g} to "
                  "{:.6g}; give the x0 to hold and the u0 that holds it",
                  kWho, system.info().spec, worst, x0[worst], next[worst]));
}

std::vector<double> regulator(const LqrConfig& config, const System& system, std::span<const double> x0,
                              std::span<const double> u0) {
  const auto* linear = dynamic_cast<const LinearSystem*>(&system);
  if (linear != nullptr && config.q.empty() && config.r.empty()) return {linear->gain().begin(), linear->gain().end()};
  const auto model = system.linearise(x0, u0);
  if (!model) {
    throw UsageError(fmt::format(
        "{}: system '{}' has no linear model, because its observations are not a state of it; "
        "use {}",
        kWho, system.info().spec,
        system.info().default_expert.empty() ? "another expert" : "expert '" + system.info().default_expert + "'"));
  }
  if (!system.info().simulator.empty()) require_equilibrium(system, x0, u0);
  return solve_lqr(
             {model->n, model->m, model->a, model->b, weight("q", config.q, model->n), weight("r", config.r, model->m)},
             fmt::format("{} for system '{}'", kWho, system.info().spec))
      .k;
}

}  // namespace

Lqr::Lqr(const LqrConfig& config, const System& system)
    : x0_(point("x0", config.x0, system.info().observation_dim)),
      u0_(point("u0", config.u0, system.info().action_dim)) {
  gain_ = regulator(config, system, x0_, u0_);
  info_.spec = write_spec("lqr", config).text();
  info_.observation_dim = system.info().observation_dim;
  info_.action_dim = system.info().action_dim;
  info_.lipschitz = spectral_norm_bound(gain_, info_.action_dim, info_.observation_dim);
}

void Lqr::act(const Situation& situation, std::span<double> actions) const {
  const std::size_t n = info_.observation_dim, m = info_.action_dim;
  if (n == 1 && m == 1) {  // all lanes at once
    const double gain = gain_[0], x0 = x0_[0], u0 = u0_[0];
    const double* x = situation.observations.data();
    for (std::size_t lane = 0; lane < situation.lanes(); ++lane) actions[lane] = u0 - gain * (x[lane] - x0);
    return;
  }
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const double* x = &situation.observations[lane * n];
    for (std::size_t i = 0; i < m; ++i) {
      double sum = 0.0;
      for (std::size_t j = 0; j < n; ++j) sum += gain_[i * n + j] * (x[j] - x0_[j]);
      actions[lane * m + i] = u0_[i] - sum;
    }
  }
}

ExpertEntry entry_lqr() {
  return {"lqr", "linear-quadratic regulator u = u0 − K (x − x0); a linear system's own gain by default",
          describe_options<LqrConfig>(), [](const Spec& spec, std::shared_ptr<const System> system) {
            return std::shared_ptr<const Expert>(std::make_shared<Lqr>(read_options<LqrConfig>(spec, kWho), *system));
          }};
}

}  // namespace pianola
