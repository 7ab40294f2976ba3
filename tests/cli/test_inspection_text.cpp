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
  inspection.actions.min = {-1.0};
  inspection.actions.max = {1.0};
  inspection.actions.mean = {0.0};
  inspection.actions.std = {0.5};
  inspection.actions.quantiles = {{-1, -1, -0.9, -0.5, 0, 0.5, 0.9, 1, 1}};
  inspection.actions.histograms = {{-1.0, 0.5, {1, 2, 3, 4}}};
  inspection.observations.min = {-2.0, 0.0};
  inspection.observations.max = {2.0, 1.0};
  inspection.observations.std = {1.0, 0.1};
  inspection.observations.quantiles.assign(2, inspection.actions.quantiles[0]);
  inspection.observations.histograms.assign(2, {-2.0, 1.0, {5, 0, 5}});
  inspection.saturated_fraction = {0.44};
  inspection.problems = {{Severity::warning, "action[0]", "44 % of the values lie on the bounds", "use ends"}};
  return inspection;
}

TEST(InspectionText, ProblemsComeFirst) {
  const std::string text = inspection_text(example());
  EXPECT_EQ(text.rfind("warning: action[0]", 0), 0U) << text;
  EXPECT_NE(text.find("44 %"), std::string::npos);
}

TEST(InspectionText, FieldsAndDimensionsHaveRows) {
  Inspection inspection = example();
  inspection.info.observation_fields = {{"position", 0, 1}, {"speed", 1, 1}};
  inspection.info.extra_fields = {{"task_index", 1, "int64"}};
  inspection.info.left_out_fields = {{"camera", 0, 49152}};
  const std::string text = inspection_text(inspection);
  for (const char* part : {"speed[0]", "task_index", "int64", "camera", "49152", "▂▄▆█", "█ █"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  inspection.info.observation_dim = 1000;
  EXPECT_NE(inspection_text(inspection).find("--report shows them"), std::string::npos);
}

TEST(InspectionText, ARemedyIsNotRepeated) {
  Inspection inspection = example();
  inspection.problems.push_back(inspection.problems[0]);
  const std::string text = inspection_text(inspection);
  EXPECT_EQ(text.find("use ends"), text.rfind("use ends")) << text;
}

TEST(InspectionText, ReturnsAsFarAsRewardsTellThem) {
  Inspection inspection = example();
  const auto says = [&](const std::string& line) {
    EXPECT_NE(inspection_text(inspection).find(line), std::string::npos) << inspection_text(inspection);
  };
  says("return: not known, no rewards are recorded\n");
  inspection.returns = Estimate{2.0, 1.0, 3.0, 3};
  inspection.return_min = 1.0;
  inspection.return_max = 4.0;
  says("return: 2.0 ± 1.0, from 1 to 4\n");
  inspection.returns->n = 2;
  says("return: 2.0 ± 1.0, from 1 to 4; only 2 of 3 trajectories have rewards\n");
  inspection.returns = Estimate{0.0, 0.0, 0.0, 3};
  inspection.return_min = inspection.return_max = 0.0;
  says("return: 0 in every trajectory\n");
}

TEST(InspectionText, NothingReadableHasNoTable) {
  Inspection inspection = example();
  inspection.actions.min.clear();
  EXPECT_EQ(inspection_text(inspection).find("at bounds"), std::string::npos);
}

TEST(InspectionText, LongProblemsAreWrapped) {
  Inspection inspection = example();
  for (int i = 0; i < 60; ++i) inspection.problems[0].what += " word";
  std::istringstream lines(inspection_text(inspection));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100U) << line;
}

KeyedPart part_between(const std::string& value, std::vector<double> min, std::vector<double> max) {
  KeyedPart part;
  part.value = value;
  part.trajectories = part.steps = 1;
  part.min = std::move(min);
  part.max = std::move(max);
  part.mean = part.std = part.shift = part.spread = std::vector<double>(part.min.size(), 0.5);
  return part;
}

TEST(KeyedText, ARangeThatWastesMoreThanABitIsSaid) {
  // Of all: [0, 8] and [0, 3]. Part b takes an eighth of the first.
  KeyedStatistics s{"robot", {part_between("a", {0, 0}, {8, 3}), part_between("b", {1, 1}, {2, 3})}};
  const std::string text = keyed_text(s);
  EXPECT_NE(text.find("robot 'b': in dimension 0 the range of all is 8 times its own"), std::string::npos) << text;
  EXPECT_NE(text.find("quantize --by robot"), std::string::npos) << text;
  s.parts[1].max[0] = 5;  // twice is no more than a bit
  EXPECT_EQ(keyed_text(s).find("times its own"), std::string::npos);
  s.parts[1].min[0] = s.parts[1].max[0] = 1;  // constant: no bins are spent on it
  EXPECT_EQ(keyed_text(s).find("times its own"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
