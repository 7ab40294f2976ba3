// What every expert must do on the system that it plays. A test file of an expert calls check_expert_conformance().
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"

namespace pianola::conformance {

/// Situations from the system under its expert, and the actions there: [steps] each.
struct Play {
  std::vector<std::vector<double>> observations, actions, rewards;
  double mean_return = 0.0;
  double terminated_fraction = 0.0;
};
inline Play play(const System& system, const Expert& expert, std::size_t lanes, std::uint32_t steps,
                 const NoiseKey& key = NoiseKey(17), std::uint64_t first_id = 0) {
  Run run(system, key, iota(lanes, first_id));
  Play out;
  for (std::uint32_t h = 0; h < steps; ++h) {
    const std::vector<double> x = run.observe();
    const Situation situation{run.ids, run.h, x, run.outcomes, run.plant.get()};
    expert.act(key, situation, run.actions);
    out.observations.push_back(x);
    out.actions.push_back(run.actions);
    run.plant->step(run.h, run.actions, run.rewards, run.outcomes);
    out.rewards.push_back(run.rewards);
    for (std::uint32_t& step : run.h) ++step;
    for (const double reward : run.rewards) out.mean_return += reward / static_cast<double>(lanes);
  }
  for (const Outcome outcome : run.outcomes) out.terminated_fraction += outcome != Outcome::running;
  out.terminated_fraction /= static_cast<double>(lanes);
  return out;
}

/// The law names the action that act() plays: an atom; or, of a stochastic expert, a law with finite moments.
inline void check_law(const Expert& expert, const Situation& situation, const std::vector<double>& actions) {
  std::vector<ActionLaw> laws(situation.lanes());
  const bool known = expert.law(situation, laws);
  EXPECT_TRUE(known || !expert.info().deterministic);
  for (std::size_t lane = 0; known && lane < laws.size(); ++lane) {
    EXPECT_EQ(laws[lane].action_dim, expert.info().action_dim);
    double total = 0.0;
    for (const double weight : laws[lane].weights) total += weight;
    EXPECT_NEAR(total, 1.0, 1e-12);
    EXPECT_EQ(laws[lane].means.size(), laws[lane].weights.size() * expert.info().action_dim);
    if (!expert.info().deterministic) continue;
    EXPECT_TRUE(laws[lane].stds.empty());
    for (std::size_t i = 0; i < expert.info().action_dim; ++i) {
      EXPECT_EQ(laws[lane].means[i], actions[lane * expert.info().action_dim + i]);
    }
  }
}

/// ‖π(x) − π(x')‖ ≤ L ‖x − x'‖ on observations that the play visited (1e-5: networks are float32).
inline void check_lipschitz(const ExpertInfo& info, const Play& played) {
  const std::size_t n = info.observation_dim, m = info.action_dim;
  for (std::size_t h = 0; h < played.actions.size(); ++h) {
    for (std::size_t i = 0; i + 1 < played.actions[h].size() / m; ++i) {
      double moved = 0.0, answered = 0.0;
      for (std::size_t j = 0; j < n; ++j) {
        moved += std::pow(played.observations[h][i * n + j] - played.observations[h][(i + 1) * n + j], 2);
      }
      for (std::size_t j = 0; j < m; ++j) {
        answered += std::pow(played.actions[h][i * m + j] - played.actions[h][(i + 1) * m + j], 2);
      }
      ASSERT_LE(std::sqrt(answered), *info.lipschitz * std::sqrt(moved) + 1e-5);
    }
  }
}

inline void check_expert_conformance(const std::string& spec, const std::shared_ptr<const System>& system) {
  SCOPED_TRACE(spec + " on " + system->info().spec);
  const auto expert = make_expert(spec, system);
  const ExpertInfo& info = expert->info();
  EXPECT_EQ(info.observation_dim, system->info().observation_dim);
  EXPECT_EQ(info.action_dim, system->info().action_dim);
  EXPECT_EQ(make_expert(info.spec, system)->info().spec, info.spec);

  constexpr std::uint32_t kPlayed = 10;
  const Play all = play(*system, *expert, 64, kPlayed);
  for (const std::size_t width : {std::size_t{1}, std::size_t{7}}) {
    for (std::size_t first = 0; first < 64; first += 21) {
      const std::size_t count = std::min(width, 64 - first);
      const Play block = play(*system, *expert, count, kPlayed, NoiseKey(17), first);
      for (std::uint32_t h = 0; h < kPlayed; ++h) {
        const auto begin = all.actions[h].begin() + static_cast<std::ptrdiff_t>(first * info.action_dim);
        const std::vector<double> expected(begin, begin + static_cast<std::ptrdiff_t>(count * info.action_dim));
        ASSERT_EQ(bits(block.actions[h]), bits(expected)) << width << " lanes from " << first << ", step " << h;
      }
    }
  }
  const std::vector<std::uint64_t> ids = iota(64);
  const std::vector<std::uint32_t> h(64, kPlayed - 1);
  const std::vector<Outcome> outcomes(64, Outcome::running);
  const auto plant = system->simulate(64);
  check_law(*expert, {ids, h, all.observations.back(), outcomes, plant.get()}, all.actions.back());
  if (info.lipschitz) check_lipschitz(info, all);
}

}  // namespace pianola::conformance
