// How often the audits' intervals hold the truth, over 1,000 repetitions with noise of their own. Truths: closed forms,
// or means of 4,000 times as many rollouts. Clopper–Pearson: exactly, in tests/base/test_statistics.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "audit_plans.hpp"
#include "pianola/audits/gain_measurement.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

constexpr std::size_t kRepetitions = 1000, kRollouts = 100;

AuditPlan plan_of(std::uint64_t seed, std::size_t rollouts) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.3,horizon=8", "uniform:bins=9,low=-3,high=3");
  plan.key = NoiseKey(seed);
  plan.rollouts = rollouts;
  return checked_plan(plan);
}

DecompositionFindings decomposed(const AuditPlan& plan) {
  AuditFindings findings;
  for (const AuditEntry& entry : audits()) {
    if (entry.name == "decomposition") entry.run(plan, findings);
  }
  return *findings.decomposition;
}

bool holds(const Estimate& interval, double truth) { return interval.low <= truth && truth <= interval.high; }

TEST(Coverage, IntervalsOfMeansAndPairedDifferencesHoldTheTruthIn95Percent) {
  const double regret = decomposed(plan_of(1'000'000, 4000 * kRollouts)).total.value;
  std::size_t covered = 0;
  double sum = 0.0;
  for (std::size_t repetition = 0; repetition < kRepetitions; ++repetition) {
    const DecompositionFindings found = decomposed(plan_of(repetition, kRollouts));
    covered += holds(found.total, regret);
    sum += found.total.value;
    EXPECT_EQ(found.total.value, found.quantization.value) << "nothing was learned";
  }
  EXPECT_GE(covered, 930U);
  EXPECT_LE(covered, 970U);
  EXPECT_NEAR(sum / kRepetitions, regret, 0.01 * regret) << "no bias";
}

/// x' = diag(0.9, 0.6, 0.3)·x + u: ‖A^j‖ = 0.9^j, η = 0.9. Gains are measured in random directions, of which none is
/// that of the slow state, so that the fitted η is always too small: its limits have to make up for that. Drawn with
/// another generator, 400 repetitions: 99.5 %.
TEST(Coverage, LimitsOfASampledDecayHoldTheTruth) {
  std::size_t covered = 0, below = 0;
  for (std::uint64_t seed = 0; seed < kRepetitions; ++seed) {
    AuditPlan plan = test::audit_plan("linear:a='0.9,0,0,0,0.6,0,0,0,0.3',b='1,0,0,0,1,0,0,0,1',horizon=20", "");
    plan.key = NoiseKey(seed);
    const FittedGains fit = fit_measured(measure_gains({checked_plan(plan), false, {0.1, 0.01, 0.001}}));
    covered += holds(fit.eta, 0.9) ? 1 : 0;
    below += fit.eta.value < 0.9 - 1e-9 ? 1 : 0;
  }
  EXPECT_GE(covered, 930U);
  EXPECT_GE(below, 930U) << "the value alone is a lower estimate";
}

TEST(Coverage, SupremaOfGainsHoldTheTruthOnLinearPlants) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    AuditPlan plan =
        test::audit_plan("linear:a='0.9,0.3,0,0.8',b='0,1',noise=0.1,horizon=30", "uniform:bins=9,low=-3,high=3");
    plan.key = NoiseKey(seed);
    AuditFindings findings;
    const AuditSection section = test::run_until("stability", checked_plan(plan), findings);
    EXPECT_EQ(section.fields["basis"], "exact");
    EXPECT_LE(section.fields["measured_over_exact"].get<double>(), 1.0 + 1e-6) << seed;
    // ‖A^j·B‖ of the upper triangle by hand: (0.3·(0.9^j − 0.8^j)/0.1, 0.8^j).
    for (std::size_t j = 0; j < 30; ++j) {
      const auto steps = static_cast<double>(j);
      const double off = 3.0 * (std::pow(0.9, steps) - std::pow(0.8, steps));
      EXPECT_NEAR(findings.stability->open.gains[j], std::hypot(off, std::pow(0.8, steps)), 1e-11) << j;
    }
  }
}

}  // namespace
}  // namespace pianola
