#include "pianola/cli/training_page.hpp"

#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

class TrainingPage : public Scratch {
 protected:
  std::filesystem::path write(const std::string& metrics) {
    std::ofstream(path("metrics.jsonl")) << metrics;
    std::ofstream(path("config.toml")) << "steps = 2\n";
    return std::filesystem::path(path("metrics.jsonl")).parent_path();
  }
};

TEST_F(TrainingPage, ShowsTheThreeLosses) {
  const auto run = write(
      "{\"step\":1,\"loss\":2.5,\"lr\":0.1,\"grad_norm\":1.0}\n"
      "{\"step\":2,\"loss\":1.25,\"lr\":0.05,\"grad_norm\":0.5,\"validation_nll\":1.75,\"validation_nll_raw\":1.875}"
      "\n");
  const std::string chart = loss_chart(run).dump();
  for (const char* number : {"2.5", "1.25", "1.75", "1.875"})
    EXPECT_NE(chart.find(number), std::string::npos) << number;
  TrainResult result;
  result.run = run;
  const Page page = training_page(result, "pianola train");
  EXPECT_EQ(page.charts().size(), 3U);
  EXPECT_NE(page.html().find("pianola train"), std::string::npos);
}

TEST_F(TrainingPage, FinalNumbersStandInATable) {
  TrainResult result;
  result.steps = 2;
  result.chosen = "ema@2";
  result.train_nll = 1.125;
  result.train_nll_raw = 1.375;
  result.validation_nll = 1.625;
  result.decoded_rmse_per_dimension = {0.5, 0.75};
  const Table table = final_table(result);
  ASSERT_EQ(table.rows.size(), 6U);
  EXPECT_EQ(table.rows[0][1], "ema@2");
  EXPECT_EQ(table.rows[1][1], "1.125");
  EXPECT_EQ(table.rows[1][2], "1.375");
  EXPECT_EQ(table.rows[2][1], "1.625");
  EXPECT_EQ(table.rows[2][2], "–") << "not measured";
  EXPECT_EQ(table.rows[3][1], "–") << "cells that are not finite";
  EXPECT_EQ(table.rows[5][1], "0.75");
  result.outside = 0.25;
  result.atoms = 0.5;
  const Table shares = final_table(result);
  ASSERT_EQ(shares.rows.size(), 8U);
  EXPECT_EQ(shares.rows[4][1], "0.25");
  EXPECT_EQ(shares.rows[5][1], "0.5");
  result.run = write("{\"step\":1,\"loss\":2.5}\n");
  EXPECT_NE(training_page(result, "").html().find("1.625"), std::string::npos);
}

TEST_F(TrainingPage, ACurveBelowZeroIsShown) {
  const auto run = write("{\"step\":1,\"loss\":2.5}\n{\"step\":2,\"loss\":-0.5}\n");
  EXPECT_EQ(loss_chart(run).dump().find("not shown"), std::string::npos);
}

TEST_F(TrainingPage, LossesOfSeveralRunsAreNamed) {
  const auto run = write("{\"step\":1,\"loss\":2.5,\"validation_nll\":1.75}\n");
  const std::string chart = loss_comparison({{"first", run}, {"second", run}}).dump();
  for (const char* series : {"first: training batches", "first: held out", "second: held out"}) {
    EXPECT_NE(chart.find(series), std::string::npos) << series;
  }
}

TEST_F(TrainingPage, ADamagedLineIsNamed) {
  const auto run = write("{\"step\":1,\"loss\":2.5}\n{\"ste\n");
  try {
    loss_chart(run);
    FAIL() << "not refused";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
  }
}

TEST_F(TrainingPage, AMissingFileIsADataError) { EXPECT_THROW(loss_chart(path("nowhere")), DataError); }

}  // namespace
}  // namespace pianola::cli
