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
  const Page page = training_page(run, "pianola train");
  EXPECT_EQ(page.charts().size(), 3U);
  EXPECT_NE(page.html().find("pianola train"), std::string::npos);
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
