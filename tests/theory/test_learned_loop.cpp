#include "pianola/theory/learned_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

LearnedLoop stable() {
  LearnedLoop learned;
  learned.loop = {.a = 0.9, .gain = lqr_gain(0.9), .noise = 0.01, .steps = 100, .ball = 10.0};
  return learned;
}

TEST(LearnedLoop, ManyDemonstrationsGiveTheExpertsCost) {
  const LearnedLoop learned = stable();
  const NoiseKey key(3);
  const auto starts = spread_starts(1.0, 32);
  const auto fine = fit_to_loop({}, "uniform:bins=64,representatives=ends", learned.loop, 1.0, starts, key);
  const LoopOutcome learner = learn_and_play(learned, *fine, 2000, starts, key, 0);
  const LoopOutcome expert = play_expert(learned, starts, key, 0);
  EXPECT_EQ(learner.left, 0.0);
  EXPECT_NEAR(learner.cost, expert.cost, 0.2 * expert.cost) << "its cells have a width";
}

TEST(LearnedLoop, TheExpertsCostIsThatOfTheSum) {  // x_{h+1} = c·x_h without noise
  LearnedLoop learned = stable();
  learned.loop.noise = 0.0;
  const std::vector<double> starts{1.0};
  const double c = learned.loop.a - learned.loop.gain, square = c * c;
  const double expected = square * (1.0 - std::pow(square, 100)) / (1.0 - square) / 100.0;
  EXPECT_NEAR(play_expert(learned, starts, NoiseKey(3), 0).cost, expected, 1e-12);
}

TEST(LearnedLoop, OneDemonstrationSpreadsToCellsThatWereNeverSeen) {
  LearnedLoop learned = stable();
  learned.loop.a = 1.2;
  learned.loop.gain = 1.2;
  learned.loop.steps = 5;
  learned.demonstrated = 1;
  const auto starts = spread_starts(1.0, 64);
  const auto bins = fit_to_loop({}, "uniform:bins=65", learned.loop, 1.0, starts, NoiseKey(5));
  const LoopOutcome learner = learn_and_play(learned, *bins, 1, starts, NoiseKey(5), 0);
  EXPECT_TRUE(std::isfinite(learner.cost));
  EXPECT_GT(learner.cost, play_expert(learned, starts, NoiseKey(5), 0).cost) << "one action is played everywhere";
}

TEST(LearnedLoop, RepetitionsDiffer) {
  const LearnedLoop learned = stable();
  const auto starts = spread_starts(1.0, 16);
  const auto bins = fit_to_loop({}, "uniform:bins=8", learned.loop, 1.0, starts, NoiseKey(7));
  const auto cost = [&](std::uint64_t repetition) {
    return learn_and_play(learned, *bins, 8, starts, NoiseKey(7), repetition).cost;
  };
  EXPECT_EQ(cost(0), cost(0));
  EXPECT_NE(cost(0), cost(1));
}

TEST(LearnedLoop, NoiseThatIsDrawnBeforeIsTheSameNoise) {
  LearnedLoop learned = stable();
  const auto starts = spread_starts(1.0, 16);
  const auto bins = fit_to_loop({}, "uniform:bins=8", learned.loop, 1.0, starts, NoiseKey(7));
  const LoopOutcome before = learn_and_play(learned, *bins, 4, starts, NoiseKey(7), 2);
  draw_noise(learned, starts.size(), NoiseKey(7), 3);
  const LoopOutcome after = learn_and_play(learned, *bins, 4, starts, NoiseKey(7), 2);
  EXPECT_EQ(before.cost, after.cost);
  EXPECT_EQ(before.rest, after.rest);
  EXPECT_NE(learn_and_play(learned, *bins, 4, starts, NoiseKey(7), 1).cost, after.cost);
}

/// The dead-beat expert is at 0 after a step, so that all later labels are tokens of the middle, which shrink the
/// scale. The learner errs by a cell of x over the scale; only if its own tokens shrink the scale does the error shrink
/// too.
TEST(LearnedLoop, ALearnerOfZoomSeesTheScaleThatItsOwnTokensMove) {
  LearnedLoop learned = stable();
  learned.loop = {.a = 1.2, .gain = 1.2, .noise = 0.0, .steps = 60, .ball = 10.0};
  const auto starts = spread_starts(1.0, 32);
  const auto zoom = fit_to_loop({}, "zoom:bins=64,a=1.2", learned.loop, 1.0, starts, NoiseKey(3));
  const LoopOutcome learner = learn_and_play(learned, *zoom, 200, starts, NoiseKey(3), 0);
  EXPECT_EQ(learner.left, 0.0);
  EXPECT_LT(learner.rest, 1e-3) << "finer than any cell of the table, which is 1/12 wide, could place it";
  // A table of the state itself rests no nearer than its cells, however fine the tokens.
  const auto bins = fit_to_loop({}, "uniform:bins=64", learned.loop, 1.0, starts, NoiseKey(3));
  EXPECT_GT(learn_and_play(learned, *bins, 200, starts, NoiseKey(3), 0).rest, 1e-3);
}

}  // namespace
}  // namespace pianola
