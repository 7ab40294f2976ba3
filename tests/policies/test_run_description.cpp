#include "pianola/policies/run_description.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/policies/exported_folder.hpp"
#include "trained_run.hpp"

namespace pianola {
namespace {

TEST(RunDescription, SaysWhatARunIs) {
  const TrainedRun run("transformer:preset=tiny,width=16,layers=2,heads=2");
  const auto about = describe_run(run.folder);
  EXPECT_EQ(about["policy"], "transformer:preset=tiny,width=16,layers=2,heads=2");
  EXPECT_EQ(about["observation_dim"], 3);
  EXPECT_EQ(about["history"], 2);
  EXPECT_EQ(about["quantizer"]["spec"], "uniform:bins=5,low=-1,high=1");
  EXPECT_EQ(about["quantizer"]["vocabularies"], (std::vector<int>{5, 5}));
  EXPECT_EQ(about["chosen"], "ema@10");
  EXPECT_EQ(about["observation_mean"].size(), 6U);
  EXPECT_EQ(about["observation_std"].size(), 6U);
  const std::size_t block = 32 + 48 * 17 + 16 * 17 + 32 + 64 * 17 + 16 * 65;
  EXPECT_EQ(about["parameters"], 16 * 4 + 5 * 16 + 3 * 16 + 2 * block + 32 + 5 * 17);
  EXPECT_TRUE(about["training"].is_null());
}

TEST(RunDescription, TheHistoryOfATrainingIsSpreadWithItsEnds) {
  const TrainedRun run("mlp:hidden=8x1");
  std::string lines;
  for (int step = 10; step <= 1000; step += 10) {
    lines += R"({"format_version":1,"step":)" + std::to_string(step) + R"(,"train_nll":)" +
             std::to_string(2000 - step) + "}\n";
  }
  write_file(run.folder / "metrics.jsonl", lines + "{\"step\": 1010, \"train");
  const auto training = describe_run(run.folder, 5)["training"];
  EXPECT_EQ(training["steps"], 1000);
  ASSERT_EQ(training["rows"].size(), 5U);
  EXPECT_EQ(training["rows"][0]["step"], 10);
  EXPECT_EQ(training["rows"][4]["train_nll"], 1000);
}

TEST(RunDescription, LinesWithAValidationAreShownWhereThereAreSuch) {
  const TrainedRun run("mlp:hidden=8x1");
  write_file(run.folder / "metrics.jsonl",
             std::string(
                 "{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":2,\"validation_nll\":2.5}\n{\"step\":3,\"loss\":1}\n"));
  const auto training = describe_run(run.folder)["training"];
  EXPECT_EQ(training["steps"], 3);
  ASSERT_EQ(training["rows"].size(), 1U);
  EXPECT_EQ(training["rows"][0]["validation_nll"], 2.5);
}

TEST(RunDescription, FoldersAreToldApart) {
  const TrainedRun run("mlp:hidden=8x1");
  export_run(run.folder, run.beside("robot"), WeightFormat::float32);
  EXPECT_TRUE(is_run(run.folder) && !is_exported(run.folder));
  EXPECT_TRUE(is_exported(run.beside("robot")) && !is_run(run.beside("robot")));
  EXPECT_FALSE(is_run(run.beside("none")) || is_exported(run.beside("none")));
  EXPECT_THROW(describe_run(run.beside("robot")), DataError);
}

}  // namespace
}  // namespace pianola
