// At the ends of its axes an experiment passes, leaves checks open, or refuses by name: it does not turn red.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

/// What has to be true of a run: no check failed.
void expect_not_red(const std::string& name, const ExperimentOptions& options, const std::string& what) {
  SCOPED_TRACE("theorem " + name + " " + what);
  for (const Check& check : run_experiment(find_experiment(name), options).checks) {
    EXPECT_NE(check.passed, false) << check.name << ": " << check.measured.low << " … " << check.measured.high;
  }
}

/// Both ends of an axis, from the message that refuses a value outside.
template <class Value>
std::pair<Value, Value> ends(const std::string& name, ExperimentOptions options,
                             std::vector<Value> ExperimentOptions::*axis, Value outside) {
  options.*axis = {outside};
  try {
    (void)run_experiment(find_experiment(name), options);
  } catch (const UsageError& error) {
    const std::string text = error.what(), before = " is outside ", between = " … ";
    const std::size_t low = text.find(before), high = text.find(between);
    if (low == std::string::npos || high == std::string::npos) throw;
    const auto number = [&](std::size_t at) { return static_cast<Value>(std::strtod(text.c_str() + at, nullptr)); };
    return {number(low + before.size()), number(high + between.size())};
  }
  ADD_FAILURE() << "theorem " << name << " takes " << outside;
  return {};
}

/// A cheap point inside of all axes of theorems 2, 3, 7, 8 and 9 and of the gap.
ExperimentOptions inside(const std::string& name) {
  ExperimentOptions options;
  const TakenOptions takes = find_experiment(name).takes;
  if (takes.n != Taken::none) options.n = {64};
  if (takes.horizon != Taken::none && name != "6") options.horizon = {name == "rate" ? 240U : 32U};
  if (takes.epsilon != Taken::none) options.epsilon = {name == "2" ? 0x1p-12 : 0x1p-6};
  if (takes.initial_points) options.initial_points = 512;
  return options;
}

const std::vector<std::string> kWithAxes{"2", "3", "5", "6", "7", "8", "9", "rate", "gap"};

TEST(AxisEnds, EveryExperimentIsListed) {
  for (const ExperimentEntry& entry : experiments()) {
    const TakenOptions& takes = entry.takes;
    const bool has_axes = takes.epsilon != Taken::none || takes.horizon != Taken::none || takes.n != Taken::none;
    const bool listed = std::ranges::find(kWithAxes, entry.name) != kWithAxes.end();
    EXPECT_EQ(listed, has_axes && entry.name != "learners") << entry.name;  // learners: test_learners.cpp
  }
}

TEST(AxisEnds, OfEpsilonAreNotRed) {
  for (const std::string& name : kWithAxes) {
    if (find_experiment(name).takes.epsilon == Taken::none) continue;
    const auto [least, most] = ends(name, inside(name), &ExperimentOptions::epsilon, 2.0);
    for (const double epsilon : {least, most}) {
      ExperimentOptions options = inside(name);
      options.epsilon = {epsilon};
      expect_not_red(name, options, "--epsilon " + std::to_string(epsilon));
    }
  }
}

/// The most steps and demonstrations that a test has time for; the ends themselves take minutes.
constexpr std::uint64_t kMostSteps = 1024, kMostDemonstrations = 4096;

TEST(AxisEnds, OfHorizonsAreNotRed) {
  for (const std::string& name : kWithAxes) {
    if (find_experiment(name).takes.horizon == Taken::none) continue;
    const auto [least, most] = ends(name, inside(name), &ExperimentOptions::horizon, std::uint64_t{0});
    for (const std::uint64_t horizon : {least, std::min(most, kMostSteps)}) {
      ExperimentOptions options = inside(name);
      options.horizon = {horizon};
      expect_not_red(name, options, "--horizon " + std::to_string(horizon));
    }
  }
}

TEST(AxisEnds, OfDemonstrationsAreNotRed) {
  for (const std::string& name : kWithAxes) {
    if (find_experiment(name).takes.n == Taken::none) continue;
    const auto [least, most] = ends(name, inside(name), &ExperimentOptions::n, std::uint64_t{0});
    for (const std::uint64_t n : {least, std::min(most, kMostDemonstrations)}) {
      ExperimentOptions options = inside(name);
      options.n = {n};
      expect_not_red(name, options, "--n " + std::to_string(n));
    }
  }
}

/// The shortest axes that have a slope, from their least end, over a few seeds.
TEST(AxisEnds, ShortGridsAreNotRed) {
  struct Grid {
    std::string name;
    ExperimentOptions options;
  };
  std::vector<Grid> grids;
  const auto add = [&](const std::string& name, auto axis, const auto& values) {
    ExperimentOptions options = inside(name);
    options.*axis = values;
    grids.push_back({name, options});
  };
  using Counts = std::vector<std::uint64_t>;
  using Widths = std::vector<double>;
  for (const char* name : {"2", "3"}) {
    for (const Counts& n : {Counts{8, 16, 64}, Counts{16, 32, 128}}) add(name, &ExperimentOptions::n, n);
  }
  add("7", &ExperimentOptions::n, Counts{16, 32, 128});
  add("9", &ExperimentOptions::n, Counts{2, 4, 16});
  add("8", &ExperimentOptions::n, Counts{1, 2, 8});
  for (const char* name : {"2", "7"}) add(name, &ExperimentOptions::horizon, Counts{2, 4, 16});
  for (const char* name : {"2", "3", "7"}) add(name, &ExperimentOptions::horizon, Counts{12, 13, 96});
  for (const char* name : {"3", "7"}) {
    for (const Widths& epsilon : {Widths{0.0625, 0.03, 0.0075}, Widths{0x1p-6, 0.015, 0.001}}) {
      add(name, &ExperimentOptions::epsilon, epsilon);
    }
  }
  for (const Grid& grid : grids) {
    for (const std::uint64_t seed : {0U, 3U}) {
      ExperimentOptions options = grid.options;
      options.key = NoiseKey(seed).child("theorem " + grid.name);
      expect_not_red(grid.name, options, "seed " + std::to_string(seed));
    }
  }
}

}  // namespace
}  // namespace pianola
