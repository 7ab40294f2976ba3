#include "pianola/audits/perturbed_pairs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "audits/audit_plans.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

PerturbedPairPlan impulses(const std::string& system, bool closed, std::size_t trajectories = 21) {
  const AuditPlan audit = test::audit_plan(system, "");
  PerturbedPairPlan plan;
  plan.system = audit.deployment.system;
  plan.expert = audit.deployment.expert;
  plan.key = NoiseKey(3);
  plan.trajectories = trajectories;
  plan.branches = 2;
  plan.horizon = 10;
  plan.closed_loop = closed;
  plan.perturbation = [](std::uint64_t id, std::size_t branch) {
    return Perturbation{Perturbation::Kind::impulse, branch == 0 ? 0.5 : 1e-3, static_cast<std::uint32_t>(id % 10),
                        NoiseKey(branch)};
  };
  return plan;
}

TEST(PerturbedPairs, AnImpulseDecaysAsThePlantDoes) {
  for (const bool closed : {false, true}) {
    const double decay = closed ? 0.8 - 2.0 * 0.1 : 0.8;  // a − b·k
    std::size_t seen = 0;
    perturbed_pairs(
        impulses("scalar_linear:a=0.8,b=2,gain=0.1,noise=0.3,horizon=10", closed), [&](const PerturbedPair& pair) {
          const std::size_t at = pair.id % 10;
          const double size = pair.branch == 0 ? 0.5 : 1e-3;
          for (std::size_t h = 0; h < 10; ++h) {
            EXPECT_NEAR(pair.sizes[h], h == at ? size : 0.0, 1e-15);
            const double expected = h < at ? 0.0 : 2.0 * size * std::pow(decay, static_cast<double>(h - at));
            EXPECT_NEAR(pair.distances[h], expected, 1e-12) << "lag " << h - at;
          }
          EXPECT_LE(pair.reward_slope, 1.0 + 1e-6) << "declared: max(1, |k|)";
          EXPECT_FALSE(pair.stopped);
          ++seen;
        });
    EXPECT_EQ(seen, 42u);
  }
}

TEST(PerturbedPairs, APairThatDivergesIsInfinitelyFarApart) {
  PerturbedPairPlan plan = impulses("scalar_linear:a=30,b=1,horizon=10", false, 1);
  bool infinite = false;
  perturbed_pairs(plan, [&](const PerturbedPair& pair) {
    infinite = infinite || pair.distances[9] == std::numeric_limits<double>::infinity();
    EXPECT_TRUE(pair.stopped) << "10⁻³ times 30⁹ lies beyond the limit of 10⁹, and the expert stays";
  });
  EXPECT_TRUE(infinite);
}

TEST(PerturbedPairs, ConstantOnesPushOneWayAndRandomOnesDoNot) {
  for (const auto kind : {Perturbation::Kind::constant, Perturbation::Kind::random}) {
    PerturbedPairPlan plan = impulses("scalar_linear:a=1,b=1,gain=0,horizon=10", false, 30);
    plan.branches = 1;
    plan.perturbation = [kind](std::uint64_t, std::size_t) { return Perturbation{kind, 0.25, 0, NoiseKey(5)}; };
    std::size_t straight = 0;
    perturbed_pairs(plan, [&](const PerturbedPair& pair) {
      for (const double size : pair.sizes) EXPECT_EQ(size, 0.25);
      straight += std::abs(pair.distances[9] - 2.5) < 1e-12 ? 1 : 0;
    });
    EXPECT_EQ(straight, kind == Perturbation::Kind::constant ? 30u : 0u) << "an integrator adds them up";
  }
}

TEST(PerturbedPairs, TheSameBitsForOneAndTwoThreads) {
  const auto run = [](int count) {
    set_threads(count);
    std::vector<double> all;
    perturbed_pairs(impulses("pendulum", true, 50), [&](const PerturbedPair& pair) {
      all.insert(all.end(), pair.distances.begin(), pair.distances.end());
      all.push_back(pair.reward_slope);
    });
    set_threads(0);
    return all;
  };
  EXPECT_EQ(run(1), run(2));
}

}  // namespace
}  // namespace pianola
