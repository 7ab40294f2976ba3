#include "pianola/data/trajectory_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

/// Row r, column c of a matrix is 10 r + c.
CheckedMatrix read_numbers(std::size_t rows, std::size_t columns, bool reserve, std::size_t bad = SIZE_MAX,
                           double value = 0.0) {
  std::size_t expected = 0;
  return read_in_blocks(rows, columns, reserve, [&](std::size_t first, std::span<double> out) {
    EXPECT_EQ(first, expected) << "blocks come in ascending order";
    expected += columns == 0 ? 0 : out.size() / columns;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t at = first * columns + i;
      out[i] = at == bad ? value : 10.0 * static_cast<double>(at / columns) + static_cast<double>(at % columns);
    }
  });
}

TEST(ReadInBlocks, GivesAllRowsOnceInOrder) {
  test::property([] {
    const std::size_t rows = *rc::gen::inRange<std::size_t>(0, 5000), columns = *rc::gen::inRange<std::size_t>(0, 40);
    const CheckedMatrix matrix = read_numbers(rows, columns, rows % 2 == 0);
    RC_ASSERT(matrix.finite);
    RC_ASSERT(matrix.values.size() == rows * columns);
    for (std::size_t i = 0; i < matrix.values.size(); ++i) {
      const double expected = 10.0 * static_cast<double>(i / columns) + static_cast<double>(i % columns);
      if (matrix.values[i] != expected) RC_ASSERT(matrix.values[i] == expected);
    }
  });
}

TEST(ReadInBlocks, SeesANumberThatIsNotFiniteInAnyBlock) {
  const std::size_t columns = 7, rows = 3 * kCachedBlock / columns;
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t bad : {std::size_t{0}, kCachedBlock - 1, kCachedBlock, rows * columns - 1}) {
      EXPECT_FALSE(read_numbers(rows, columns, true, bad, value).finite) << bad;
    }
  }
  EXPECT_TRUE(read_numbers(rows, columns, true, 3, std::numeric_limits<double>::max()).finite);
}

TEST(CheckFiniteTrajectory, HoldsAllElseToWhatCheckTrajectoryHoldsItTo) {
  DatasetInfo info;
  info.observation_dim = 2;
  info.action_dim = 1;
  Trajectory t;
  t.name = "demo_4";
  t.steps = 2;
  t.observations = {1, 2, 3, 4};
  t.actions = {1, 2};
  EXPECT_NO_THROW(check_finite_trajectory(t, info, "a"));
  t.rewards = {1, std::nan("")};
  expect_parts(message_of<DataError>([&] { check_finite_trajectory(t, info, "a"); }), {"'demo_4'", "rewards", "row 1"});
  t.rewards.clear();
  t.actions.pop_back();
  EXPECT_THROW(check_finite_trajectory(t, info, "a"), DataError) << "a row is missing";
  t.steps = 0;
  EXPECT_THROW(check_finite_trajectory(t, info, "a"), DataError) << "it is empty";
}

}  // namespace
}  // namespace pianola
