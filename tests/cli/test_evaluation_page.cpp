#include "pianola/cli/evaluation_page.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pianola/base/terminal_text.hpp"

namespace pianola::cli {
namespace {

Evaluation example() {
  Evaluation evaluation;
  evaluation.system = "scalar_linear";
  evaluation.horizon = 3;
  evaluation.rollouts = 4;
  evaluation.has_expert = true;
  evaluation.expert_return = {3.0, 2.9, 3.1, 4};
  ControllerResult row;
  row.name = "quantized";
  row.quantizer = "uniform:bins=5";
  row.total_return = {2.5, 2.4, 2.6, 4};
  row.regret = {0.5, 0.4, 0.6, 4};
  row.regret_per_step = {0.5 / 3, 0.4 / 3, 0.6 / 3, 4};
  row.deviation_bands = {{0, 0, 0, 4}, {0.1, 0.05, 0.15, 4}, {0.2, 0.1, 0.3, 4}};
  evaluation.controllers = {row};
  return evaluation;
}

TEST(EvaluationPage, TheTableShowsExpertAndControllers) {
  const Table table = evaluation_table(example());
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0][0], "expert");
  EXPECT_EQ(table.rows[1][0], "quantized");
  EXPECT_EQ(table.rows[1][1], "2.50 ± 0.10");
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(EvaluationPage, OneQuantizerForAllIsSaidOnceAbove) {
  Evaluation evaluation = example();
  evaluation.controllers.push_back(evaluation.controllers[0]);
  evaluation.controllers[1].name = "expert";
  evaluation.controllers[1].quantizer = "";
  EXPECT_EQ(shared_quantizer(evaluation), "uniform:bins=5") << "an expert beside it plays none";
  const std::string text = evaluation_text(evaluation);
  const std::size_t at = text.find("uniform:bins=5");
  EXPECT_LT(at, text.find("controller")) << text;
  EXPECT_EQ(text.find("uniform:bins=5", at + 1), std::string::npos) << text;
}

TEST(EvaluationPage, DifferentQuantizersHaveAColumnAndNameTheLines) {
  Evaluation evaluation = example();
  evaluation.controllers.push_back(evaluation.controllers[0]);
  evaluation.controllers[1].quantizer = "uniform:bins=9";
  EXPECT_EQ(shared_quantizer(evaluation), "");
  const Table table = evaluation_table(evaluation);
  EXPECT_EQ(table.columns[1], "quantizer");
  EXPECT_EQ(table.rows[2][1], "uniform:bins=9");
  const auto chart = deviation_chart(evaluation);
  EXPECT_EQ(chart["data"]["values"][0]["series"], "uniform:bins=5");
  EXPECT_EQ(chart["encoding"]["color"]["legend"]["title"], "quantizer");
}

TEST(EvaluationPage, GivenLabelsReplaceNamesAndLeaveOut) {
  Evaluation evaluation = example();
  evaluation.controllers.push_back(evaluation.controllers[0]);
  const auto chart = deviation_chart(evaluation, {"", "mine"});
  ASSERT_EQ(chart["data"]["values"].size(), 2U);
  EXPECT_EQ(chart["data"]["values"][0]["series"], "mine");
}

TEST(EvaluationPage, TheExpertDoesNotDeviateFromItself) {
  Evaluation evaluation = example();
  evaluation.controllers.push_back(evaluation.controllers[0]);
  evaluation.controllers[1].name = "expert";
  EXPECT_EQ(deviation_chart(evaluation)["data"]["values"].size(), 2U);
}

TEST(EvaluationPage, EndsThatNoneCameToAreSaidInWords) {
  Evaluation evaluation = example();
  EXPECT_EQ(evaluation_table(evaluation).columns.back(), "regret a step");
  EXPECT_NE(evaluation_text(evaluation).find("no rollout ended early or diverged"), std::string::npos);
  evaluation.controllers[0].terminated_fraction = 0.25;
  EXPECT_EQ(evaluation_table(evaluation).rows[1].back(), "25 %");
  EXPECT_NE(evaluation_text(evaluation).find("no rollout diverged"), std::string::npos);
  evaluation.controllers[0].diverged_fraction = 0.5;
  EXPECT_EQ(evaluation_table(evaluation).columns.back(), "diverged");
  EXPECT_EQ(evaluation_text(evaluation).find("no rollout"), std::string::npos);
}

TEST(EvaluationPage, TheExpertsEndIsSaidInItsRow) {
  Evaluation evaluation = example();
  evaluation.expert_terminated_fraction = 0.5;
  const Table table = evaluation_table(evaluation);
  EXPECT_EQ(table.columns.back(), "ended");
  EXPECT_EQ(table.rows[0].back(), "50 %");
  EXPECT_EQ(table.rows[1].back(), "0 %");
  EXPECT_EQ(evaluation_text(evaluation).find("ended early"), std::string::npos);
  evaluation.expert_diverged_fraction = 0.25;
  EXPECT_EQ(evaluation_table(evaluation).rows[0].back(), "25 %");
}

TEST(EvaluationPage, OneIsNotMany) {
  Evaluation evaluation = example();
  EXPECT_NE(evaluation_text(evaluation).find("scalar_linear, 3 steps, 4 rollouts;"), std::string::npos);
  evaluation.rollouts = evaluation.horizon = 1;
  EXPECT_NE(evaluation_text(evaluation).find("scalar_linear, 1 step, 1 rollout;"), std::string::npos);
}

TEST(EvaluationPage, WithoutAnyQuantizerThereIsNoColumnOfBlanks) {
  Evaluation evaluation = example();
  evaluation.controllers[0].quantizer = "";
  EXPECT_EQ(evaluation_table(evaluation).columns[1], "return");
  EXPECT_EQ(evaluation_text(evaluation).find("quantizer"), std::string::npos);
}

TEST(EvaluationPage, WithoutAnExpertThereIsNoRegret) {
  Evaluation evaluation = example();
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  evaluation.has_expert = false;
  evaluation.controllers[0].regret = {kNaN, kNaN, kNaN, 0};
  EXPECT_EQ(evaluation_table(evaluation).rows[0][2], "–");
  EXPECT_TRUE(evaluation_page(evaluation, "").charts().empty());
}

TEST(EvaluationPage, TheDeviationChartHoldsEachStepButTheFirst) {
  const std::string chart = deviation_chart(example()).dump();
  EXPECT_NE(chart.find("0.15"), std::string::npos);
  EXPECT_EQ(evaluation_page(example(), "pianola evaluate").charts().size(), 1U);
}

TEST(EvaluationPage, TheTextFitsATerminal) {
  Evaluation evaluation = example();
  evaluation.controllers.push_back(evaluation.controllers[0]);
  evaluation.controllers[0].name = "feedback:decode=argmax,temperature=0.5";
  evaluation.controllers[0].quantizer = "uniform:bins=255,representatives=ends,quantile=0.01";
  const std::string text = evaluation_text(evaluation);
  EXPECT_EQ(text.find("…"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100U) << line;
}

}  // namespace
}  // namespace pianola::cli
