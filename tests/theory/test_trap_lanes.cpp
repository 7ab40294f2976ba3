#include "pianola/theory/trap_lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/trap.hpp"

namespace pianola {
namespace {

struct Totals {
  std::vector<double> feedback, augmented, observed;
  explicit Totals(std::size_t n) : feedback(n), augmented(n), observed(n) {}
  [[nodiscard]] TrapTotals spans() { return {feedback, augmented, observed}; }
};

std::vector<double> starts(std::size_t n) {
  std::vector<double> x;
  for (std::size_t i = 0; i < n; ++i) x.push_back(normal(NoiseKey(3), i, 0));
  return x;
}

TEST(TrapLanes, AreTheReference) {
  TrapConstants c;
  for (const TrapTable& table : {trap_table(c), trap_without_intervals(c), trap_bins(c.epsilon)}) {
    for (const std::size_t n : {1U, 3U, 16U, 37U}) {
      Totals fast(n), slow(n);
      run_trap_lanes(c, table, 300, starts(n), fast.spans());
      run_trap_reference(c, table, 300, starts(n), slow.spans());
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(fast.feedback[i], slow.feedback[i], 1e-10);
        EXPECT_NEAR(fast.augmented[i], slow.augmented[i], 1e-10);
        EXPECT_NEAR(fast.observed[i], slow.observed[i], 1e-10);
      }
    }
  }
}

TEST(TrapLanes, ALaneDoesNotSeeItsNeighbours) {
  const TrapConstants c;
  const auto all = starts(50);
  Totals together(50);
  run_trap_lanes(c, trap_table(c), 200, all, together.spans());
  for (std::size_t i = 0; i < 50; i += 7) {
    Totals alone(1);
    run_trap_lanes(c, trap_table(c), 200, std::span(all).subspan(i, 1), alone.spans());
    EXPECT_EQ(alone.feedback[0], together.feedback[i]);
    EXPECT_EQ(alone.augmented[0], together.augmented[i]);
    EXPECT_EQ(alone.observed[0], together.observed[i]);
  }
}

// One step of the table is the quantizer of quantizers/trap.
TEST(TrapLanes, TheTableIsTheQuantizer) {
  TrapConstants c;
  const TrapQuantizer quantizer(c, 1, 1);
  std::vector<double> x = starts(400);
  for (int i = -200; i <= 200; ++i) x.push_back(c.epsilon * i / 50.0);
  Totals totals(x.size());
  run_trap_reference(c, trap_table(c), 1, x, totals.spans());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double u = std::atan(x[i]);
    EXPECT_NEAR(totals.observed[i], std::abs(quantizer.play(u) - u), 1e-12) << x[i];
  }
}

}  // namespace
}  // namespace pianola
