#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <string>
#include <utility>

#include "pianola/systems/mujoco.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/scheme_colours.hpp"

namespace pianola {
namespace {

/// The fewest bits of a scheme on a plant from which, there and at all finer ones, the regret's upper limit is at most
/// `tolerated`.
double fewest_bits(const ExperimentResult& result, const std::string& plant, const std::string& who, double tolerated) {
  std::map<double, double> high;
  for (const Row& row : result.rows) {
    const auto cell = [&](const char* name) -> const Cell& {
      return std::ranges::find(row, name, &std::pair<std::string, Cell>::first)->second;
    };
    if (row.front().second != Cell("schemes at equal bits") || cell("plant") != Cell(plant) || cell("who") != Cell(who))
      continue;
    high[std::get<double>(cell("bits_per_action"))] = std::get<double>(cell("high"));
  }
  double fewest = HUGE_VAL;
  for (auto at = high.rbegin(); at != high.rend() && at->second <= tolerated; ++at) fewest = at->first;
  return fewest;
}

TEST(Plants, ChecksPassAndAlgorithmOneLosesThem) {
  const ExperimentResult result = find_experiment("plants").run({});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  test::expect_one_colour_a_scheme(result);
  EXPECT_TRUE(std::ranges::any_of(result.checks, [](const Check& check) { return check.control; }));
  std::set<std::string> plants;
  std::map<std::string, std::set<std::string>> swept;  // levels by what is swept
  std::size_t unlike = 0;
  for (const Row& row : result.rows) {
    const auto cell = [&](const char* name) -> const Cell& {
      return std::ranges::find(row, name, &std::pair<std::string, Cell>::first)->second;
    };
    if (row.front().first == "plant") {  // of a plant unlike the fitted one
      ++unlike;
      EXPECT_TRUE(std::isfinite(std::get<double>(cell("rise"))));
      EXPECT_LE(std::get<double>(cell("rise_low")), std::get<double>(cell("rise_high")));
      continue;
    }
    plants.insert(std::get<std::string>(cell("plant")));
    const std::string part = std::get<std::string>(cell("part"));
    const double lost = std::get<double>(cell("lost"));
    const bool held =
        !part.starts_with("fewest bits against") || !std::isnan(std::get<double>(cell("bits_per_action")));
    EXPECT_TRUE(held ? lost >= 0.0 && lost <= 1.0 : std::isnan(lost)) << part;
    if (part.starts_with("fewest bits against")) swept[part].insert(std::get<std::string>(cell("level")));
  }
  const bool mujoco = mujoco_unavailable().empty();
  EXPECT_EQ(plants.size(), mujoco ? 12U : 8U);
  EXPECT_EQ(result.notes.size(), mujoco ? 12U : 9U) << "what is left out is said";
  EXPECT_EQ(swept["fewest bits against rotor gain"].size(), 4U);
  EXPECT_EQ(swept.size(), mujoco ? 2U : 1U);
  for (const auto& [part, levels] : swept) EXPECT_GE(levels.size(), 4U) << part;
  EXPECT_EQ(unlike, (mujoco ? 5U : 2U) * 9U) << "raw expert and eight schemes";
  EXPECT_EQ(result.summaries.size(), mujoco ? 2U : 1U);
  const auto note = [&](const std::string& plant) {
    const auto at = std::ranges::find_if(
        result.notes, [&](const std::string& text) { return text.starts_with(plant + ", its own initial states: "); });
    return at == result.notes.end() ? std::string() : *at;
  };
  EXPECT_NE(note("quadrotor").find("from which none of 32 trajectories is lost"), std::string::npos);
  // A pendulum cannot be lost: the fewest bits are those of 5 % of its rewards' range, π² + 0.1·8² + 0.001·2².
  const std::string pendulum = note("pendulum");
  EXPECT_NE(pendulum.find("no scheme loses any of 32 trajectories at any number of bits"), std::string::npos)
      << pendulum;
  const double bits = fewest_bits(result, "pendulum", "log", 0.05 * (std::numbers::pi * std::numbers::pi + 6.404));
  EXPECT_GT(bits, 2.0) << "three levels, of which one is near 0, swing nothing up";
  EXPECT_NE(pendulum.find(fmt::format("log {:.0f}, zoom ", bits)), std::string::npos) << pendulum;
}

}  // namespace
}  // namespace pianola
