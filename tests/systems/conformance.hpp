// What every system must do, whatever it is. A test file of a system calls check_system_conformance(system); the
// registered systems that need no options are checked by test_registry.cpp.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola::conformance {

inline constexpr std::size_t kTrajectories = 64;
inline constexpr std::uint32_t kSteps = 12;

inline std::vector<std::uint64_t> bits(std::span<const double> values) {
  std::vector<std::uint64_t> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), [](double v) { return std::bit_cast<std::uint64_t>(v); });
  return out;
}

/// An action within the system's range (within ±1 where that is infinite), a function of (id, h, variant) alone.
inline void act(const SystemInfo& info, std::uint64_t id, std::uint32_t h, std::uint64_t variant,
                std::span<double> out) {
  const NoiseKey key = NoiseKey(77).child("conformance", variant);
  for (std::size_t i = 0; i < info.action_dim; ++i) {
    const double low = info.action_range.low.empty() ? -1.0 : std::max(info.action_range.low[i], -1.0);
    const double high = info.action_range.high.empty() ? 1.0 : std::min(info.action_range.high[i], 1.0);
    out[i] = low + (high - low) * uniform(key, id, h, static_cast<std::uint32_t>(i));
  }
}

/// A simulation with all that a rollout loop keeps beside it.
struct Run {
  Run(const System& system, const NoiseKey& key, std::vector<std::uint64_t> ids_in)
      : info(system.info()),
        ids(std::move(ids_in)),
        plant(system.simulate(ids.size())),
        h(ids.size(), 0),
        actions(ids.size() * info.action_dim),
        rewards(ids.size()),
        outcomes(ids.size(), Outcome::running) {
    plant->reset(key, ids);
  }
  void step(std::uint64_t variant = 0) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      act(info, ids[i], h[i], variant, std::span(actions).subspan(i * info.action_dim, info.action_dim));
    }
    plant->step(h, actions, rewards, outcomes);
    for (std::uint32_t& step : h) ++step;
  }
  [[nodiscard]] std::vector<double> observe() const {
    std::vector<double> out(ids.size() * info.observation_dim, std::numeric_limits<double>::quiet_NaN());
    plant->observe(out);
    return out;
  }
  [[nodiscard]] std::vector<double> save() const {
    std::vector<double> out(ids.size() * info.state_size, std::numeric_limits<double>::quiet_NaN());
    plant->save(out);
    return out;
  }
  /// All that can be seen of lane i now.
  [[nodiscard]] std::vector<std::uint64_t> lane(std::size_t i) const {
    std::vector<double> seen{rewards[i], static_cast<double>(outcomes[i])};
    const std::vector<double> x = observe(), s = save();
    const auto append = [&](const std::vector<double>& from, std::size_t dim) {
      const auto first = from.begin() + static_cast<std::ptrdiff_t>(i * dim);
      seen.insert(seen.end(), first, first + static_cast<std::ptrdiff_t>(dim));
    };
    append(x, info.observation_dim);
    append(s, info.state_size);
    return bits(seen);
  }

  SystemInfo info;
  std::vector<std::uint64_t> ids;
  std::unique_ptr<Simulation> plant;
  std::vector<std::uint32_t> h;
  std::vector<double> actions, rewards;
  std::vector<Outcome> outcomes;
};

inline std::vector<std::uint64_t> iota(std::size_t count, std::uint64_t first = 0) {
  std::vector<std::uint64_t> ids(count);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

inline void check_info(const System& system) {
  const SystemInfo& info = system.info();
  EXPECT_FALSE(info.spec.empty());
  EXPECT_GT(info.observation_dim, 0u);
  EXPECT_GT(info.action_dim, 0u);
  EXPECT_GT(info.state_size, 0u);
  EXPECT_GT(info.horizon, 0u);
  EXPECT_EQ(info.action_kinds.size(), info.action_dim);
  EXPECT_TRUE(info.action_range.low.empty() || info.action_range.low.size() == info.action_dim);
  ASSERT_EQ(info.action_range.low.size(), info.action_range.high.size());
  for (std::size_t i = 0; i < info.action_range.low.size(); ++i) {
    EXPECT_LT(info.action_range.low[i], info.action_range.high[i]) << "action dimension " << i;
  }
  if (info.reward_low && info.reward_high) {
    EXPECT_LT(*info.reward_low, *info.reward_high);
  }
  if (info.reward_lipschitz) {
    EXPECT_GT(*info.reward_lipschitz, 0.0);
  }
  for (const std::size_t lanes : {std::size_t{1}, std::size_t{5}}) {
    const auto plant = system.simulate(lanes);
    EXPECT_EQ(plant->lanes(), lanes);
    EXPECT_EQ(&plant->system(), &system);
  }
}

/// The canonical spec makes the same system again.
inline void check_spec(const System& system, const SystemContext& context) {
  const auto again = make_system(system.info().spec, context);
  EXPECT_EQ(again->info().spec, system.info().spec);
  Run a(system, NoiseKey(3), iota(2)), b(*again, NoiseKey(3), iota(2));
  for (int i = 0; i < 3; ++i) {
    a.step(), b.step();
    EXPECT_EQ(a.lane(1), b.lane(1));
  }
}

/// W = 1, 7, 64 lanes give the same bits.
inline void check_lane_counts(const System& system) {
  Run all(system, NoiseKey(5), iota(kTrajectories));
  std::vector<std::vector<std::vector<std::uint64_t>>> expected;  // [step][trajectory]
  for (std::uint32_t h = 0; h < kSteps; ++h) {
    all.step();
    expected.emplace_back();
    for (std::size_t i = 0; i < kTrajectories; ++i) expected.back().push_back(all.lane(i));
  }
  for (const std::size_t width : {std::size_t{1}, std::size_t{7}}) {
    for (std::size_t first = 0; first < kTrajectories; first += width) {
      const std::size_t count = std::min(width, kTrajectories - first);
      Run block(system, NoiseKey(5), iota(count, first));
      for (std::uint32_t h = 0; h < kSteps; ++h) {
        block.step();
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_EQ(block.lane(i), expected[h][first + i]) << width << " lanes, step " << h << ", lane " << i;
        }
      }
    }
  }
}

/// restore() continues bit for bit: in the same simulation, and in another one with the lanes in another order.
inline void check_save_restore(const System& system) {
  constexpr std::size_t kLanes = 7;
  Run run(system, NoiseKey(8), iota(kLanes));
  for (int i = 0; i < 5; ++i) run.step();
  const std::vector<double> saved = run.save();
  const auto h = run.h;
  const auto outcomes = run.outcomes;
  for (std::uint32_t i = 0; i < kSteps; ++i) run.step();
  const auto first_time = run.save();
  const auto first_seen = run.observe();

  run.plant->restore(saved);
  run.h = h, run.outcomes = outcomes;
  EXPECT_EQ(bits(run.save()), bits(saved));
  for (std::uint32_t i = 0; i < kSteps; ++i) run.step();
  EXPECT_EQ(bits(run.save()), bits(first_time));
  EXPECT_EQ(bits(run.observe()), bits(first_seen));

  std::vector<std::uint64_t> reversed_ids(run.ids.rbegin(), run.ids.rend());
  Run other(system, NoiseKey(8), reversed_ids);
  other.step(1);  // elsewhere before it is restored
  std::vector<double> turned(saved.size());
  const std::size_t size = run.info.state_size;
  for (std::size_t i = 0; i < kLanes; ++i) {
    std::copy_n(saved.begin() + static_cast<std::ptrdiff_t>(i * size), size,
                turned.begin() + static_cast<std::ptrdiff_t>((kLanes - 1 - i) * size));
  }
  other.plant->restore(turned);
  other.h = h;
  other.outcomes.assign(outcomes.rbegin(), outcomes.rend());
  for (std::uint32_t i = 0; i < kSteps; ++i) other.step();
  for (std::size_t i = 0; i < kLanes; ++i) EXPECT_EQ(other.lane(kLanes - 1 - i), run.lane(i)) << "lane " << i;
}

/// What one lane shows after one step from `state` at step h under one action: (key, id, h) alone can differ.
inline std::vector<std::uint64_t> step_from(const System& system, const std::vector<double>& state, std::uint64_t key,
                                            std::uint64_t id, std::uint32_t h) {
  Run run(system, NoiseKey(key), {id});
  run.plant->restore(state);
  act(run.info, 0, 0, 0, run.actions);
  run.h[0] = h;
  run.plant->step(run.h, run.actions, run.rewards, run.outcomes);
  return run.lane(0);
}

/// Initial states and noise are functions of (key, id, h): other actions before do not change them. With noise each of
/// the three alone moves a step; without, none of them does.
inline void check_shared_noise(const System& system) {
  Run a(system, NoiseKey(13), iota(4)), b(system, NoiseKey(13), iota(4));
  EXPECT_EQ(bits(a.save()), bits(b.save()));
  for (int i = 0; i < 4; ++i) a.step(0), b.step(1);
  b.plant->restore(a.save());
  b.outcomes = a.outcomes;
  a.step(2), b.step(2);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(a.lane(i), b.lane(i));

  const std::vector<double> state = Run(system, NoiseKey(13), {20}).save();
  const auto one = step_from(system, state, 13, 20, 3);
  EXPECT_EQ(step_from(system, state, 13, 20, 3), one);
  const bool moves = !system.info().deterministic;
  EXPECT_EQ(step_from(system, state, 14, 20, 3) != one, moves) << "by the key, info says " << moves;
  EXPECT_EQ(step_from(system, state, 13, 21, 3) != one, moves) << "by the id, info says " << moves;
  EXPECT_EQ(step_from(system, state, 13, 20, 4) != one, moves) << "by the step, info says " << moves;
}

/// A lane that has ended keeps its state, earns nothing, keeps its outcome, and does not move its neighbours.
inline void check_frozen_lanes(const System& system) {
  for (const Outcome ended : {Outcome::terminated, Outcome::truncated, Outcome::diverged}) {
    Run run(system, NoiseKey(21), iota(3)), free(system, NoiseKey(21), iota(3));
    run.step(), free.step();
    if (run.outcomes != std::vector<Outcome>(3, Outcome::running)) return;  // too short-lived to say more
    run.outcomes[1] = ended;
    const auto before = run.save();
    for (int i = 0; i < 3; ++i) {
      run.step(), free.step();
      EXPECT_EQ(run.rewards[1], 0.0);
      EXPECT_EQ(run.outcomes[1], ended);
      const auto after = run.save();
      const auto size = static_cast<std::ptrdiff_t>(run.info.state_size);
      EXPECT_TRUE(std::equal(before.begin() + size, before.begin() + 2 * size, after.begin() + size));
      EXPECT_EQ(run.lane(0), free.lane(0));
      EXPECT_EQ(run.lane(2), free.lane(2));
    }
  }
}

/// observe() and save() can be left out or repeated without moving anything.
inline void check_observe_is_pure(const System& system) {
  Run watched(system, NoiseKey(34), iota(3)), blind(system, NoiseKey(34), iota(3));
  for (std::uint32_t h = 0; h < kSteps; ++h) {
    EXPECT_EQ(bits(watched.observe()), bits(watched.observe()));
    static_cast<void>(watched.save());
    watched.step(), blind.step();
  }
  EXPECT_EQ(bits(watched.save()), bits(blind.save()));
  EXPECT_EQ(bits(watched.observe()), bits(blind.observe()));
}

/// Where trajectories start: elsewhere for each key and each id, or, of a system whose options say so, all at one
/// point; of one with finitely many states two may start alike by chance.
enum class Start { random, fixed, finite };

/// reset() leaves nothing of what was before; another key alone, or another id alone, starts elsewhere.
inline void check_reset(const System& system, Start start_of = Start::random) {
  Run run(system, NoiseKey(55), iota(3));
  const auto start = run.save();
  const auto seen = run.observe();
  for (int i = 0; i < 4; ++i) run.step();
  run.plant->reset(NoiseKey(55), run.ids);
  EXPECT_EQ(bits(run.save()), bits(start));
  EXPECT_EQ(bits(run.observe()), bits(seen));
  const std::vector<std::uint64_t> same(3, 9);
  run.plant->reset(NoiseKey(55), same);
  const auto repeated = run.save();
  const auto size = static_cast<std::ptrdiff_t>(run.info.state_size);
  EXPECT_TRUE(std::equal(repeated.begin(), repeated.begin() + size, repeated.begin() + size));

  const auto start_at = [&](std::uint64_t key, std::uint64_t id) {
    run.plant->reset(NoiseKey(key), std::vector<std::uint64_t>(3, id));
    return bits(run.save());
  };
  const auto one = start_at(55, 9);
  EXPECT_EQ(one, bits(repeated));
  if (start_of == Start::finite) return;
  const bool random = start_of == Start::random;
  EXPECT_EQ(start_at(56, 9) != one, random) << "by the key";
  EXPECT_EQ(start_at(55, 10) != one, random) << "by the id";
}

/// A NaN or infinite action of a running lane is refused before anything moves; of a frozen lane it is not read.
inline void check_non_finite_actions(const System& system) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Run run(system, NoiseKey(89), iota(2));
    run.step();
    const auto before = run.save();
    std::vector<double> actions(run.actions.size(), 0.0);
    actions.back() = bad;
    EXPECT_THROW(run.plant->step(run.h, actions, run.rewards, run.outcomes), UsageError);
    EXPECT_EQ(bits(run.save()), bits(before));
    run.outcomes[1] = Outcome::terminated;
    EXPECT_NO_THROW(run.plant->step(run.h, actions, run.rewards, run.outcomes));
  }
}

/// Rewards stay in the declared range under actions in range.
inline void check_rewards(const System& system) {
  Run run(system, NoiseKey(144), iota(16));
  for (std::uint32_t h = 0; h < 2 * kSteps; ++h) {
    const auto before = run.outcomes;
    run.step(3);
    for (std::size_t i = 0; i < run.ids.size(); ++i) {
      EXPECT_TRUE(std::isfinite(run.rewards[i]));
      if (before[i] != Outcome::running) continue;
      if (run.info.reward_low) {
        EXPECT_GE(run.rewards[i], *run.info.reward_low);
      }
      if (run.info.reward_high) {
        EXPECT_LE(run.rewards[i], *run.info.reward_high);
      }
    }
  }
}

inline void check_system_conformance(const System& system, const SystemContext& context = {},
                                     Start start = Start::random) {
  SCOPED_TRACE(system.info().spec);
  check_info(system);
  check_spec(system, context);
  check_lane_counts(system);
  check_save_restore(system);
  check_shared_noise(system);
  check_frozen_lanes(system);
  check_observe_is_pure(system);
  check_reset(system, start);
  check_non_finite_actions(system);
  check_rewards(system);
}

}  // namespace pianola::conformance
