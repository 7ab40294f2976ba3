#include "pianola/cli/inspection_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "pianola/base/terminal_text.hpp"

namespace pianola::cli {
namespace {

Inspection example() {
  Inspection inspection;
  inspection.info.format = "robomimic";
  inspection.info.observation_dim = 2;
  inspection.info.action_dim = 1;
  inspection.trajectories = inspection.readable = 3;
  inspection.steps = 30;
  inspection.steps_per_trajectory = {10, 10, 10.0};
  inspection.action_min = {-1.0};
  inspection.action_max = {1.0};
  inspection.action_mean = {0.0};
  inspection.action_std = {0.5};
  inspection.action_quantiles = {{-1, -1, -0.9, -0.5, 0, 0.5, 0.9, 1, 1}};
  inspection.saturated_fraction = {0.44};
  inspection.problems = {{Severity::warning, "action[0]", "44 % of the values lie on the bounds", "use ends"}};
  return inspection;
}

TEST(InspectionText, ProblemsComeFirst) {
  const std::string text = inspection_text(example());
  EXPECT_EQ(text.rfind("warning: action[0]", 0), 0U) << text;
  EXPECT_NE(text.find("44 %"), std::string::npos);
}

TEST(InspectionText, NothingReadableHasNoTable) {
  Inspection inspection = example();
  inspection.action_min.clear();
  EXPECT_EQ(inspection_text(inspection).find("at bounds"), std::string::npos);
}

TEST(InspectionText, LongProblemsAreWrapped) {
  Inspection inspection = example();
  for (int i = 0; i < 60; ++i) inspection.problems[0].what += " word";
  std::istringstream lines(inspection_text(inspection));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100U) << line;
}

}  // namespace
}  // namespace pianola::cli
