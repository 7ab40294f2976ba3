#include "pianola/theory/experiment_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

std::atomic<int> runs;

ExperimentResult counted_run(const ExperimentOptions& options) {
  ++runs;
  ExperimentResult result;
  result.checks = {check_at_most("a", {0.1, 0.05, 1.0 / 3.0, 7}, 0.5),
                   control_at_least("b", exact(std::numeric_limits<double>::infinity()), 1.0),
                   undecided(check_at_least("c", exact(1.0), 2.0))};
  result.rows = {{{"n", 16.0}, {"missing", std::numeric_limits<double>::quiet_NaN()}, {"scheme", "uniform"}}};
  result.exponents["n"] = {-0.5, -0.51, -0.49, 9};
  result.pictures = {{{{"mark", "line"}}, "falls"}};
  result.summaries = {{"areas", {{{"scheme", "uniform"}, {"noise", 0.25}}}}};
  result.notes = {"seed " + std::to_string(options.key.value())};
  return result;
}

class ExperimentFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    runs = 0;
    std::filesystem::remove_all(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("pianola_experiments_" + std::to_string(::getpid()));
  ExperimentEntry entry_{"test", "title", "statement", "assumed", {}, &counted_run};
  ExperimentOptions options_;
};

TEST_F(ExperimentFolderTest, ResultsReturnBitForBit) {
  const ExperimentResult first = counted_run(options_);
  const std::string bytes = saved_experiment(first, "test", options_);
  const ExperimentResult again = loaded_experiment(bytes, "test", options_, "here");
  EXPECT_EQ(saved_experiment(again, "test", options_), bytes);
  EXPECT_EQ(again.checks[0].measured.high, 1.0 / 3.0);
  EXPECT_TRUE(std::isinf(again.checks[1].measured.value));
  EXPECT_FALSE(again.checks[2].passed.has_value());
  EXPECT_TRUE(std::isnan(std::get<double>(again.rows[0][1].second)));
  EXPECT_EQ(std::get<std::string>(again.rows[0][2].second), "uniform");
  EXPECT_EQ(again.pictures[0].chart, first.pictures[0].chart);
  EXPECT_EQ(again.notes, first.notes);
  ASSERT_EQ(again.summaries.size(), 1U);
  EXPECT_EQ(again.summaries[0].caption, "areas");
  EXPECT_EQ(again.summaries[0].rows, first.summaries[0].rows);
}

TEST_F(ExperimentFolderTest, ALaterRunTakesWhatIsKept) {
  const ExperimentFolder folder(path_);
  const auto first = folder.result(entry_, options_, false);
  const auto second = ExperimentFolder(path_).result(entry_, options_, false);
  EXPECT_EQ(runs, 1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(saved_experiment(*first, "test", options_), saved_experiment(*second, "test", options_));
  EXPECT_EQ(first->kept_in, "");
  EXPECT_EQ(second->kept_in, (path_ / "theorem_test.cbor").string());
}

TEST_F(ExperimentFolderTest, ResultsOfAnotherBuildAreRefused) {
  nlohmann::ordered_json fields =
      nlohmann::ordered_json::from_cbor(saved_experiment(counted_run(options_), "test", options_));
  ASSERT_TRUE(fields.at("of").contains("program_crc32c"));
  fields["of"]["program_crc32c"] = "another";
  std::string bytes;
  nlohmann::ordered_json::to_cbor(fields, bytes);
  EXPECT_THROW((void)loaded_experiment(bytes, "test", options_, "here"), DataError);
}

TEST_F(ExperimentFolderTest, AnExperimentOfAnotherProcessIsLeftOrWaitedFor) {
  const ExperimentFolder folder(path_);
  const int other = ::open((path_ / "theorem_test.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  EXPECT_FALSE(folder.result(entry_, options_, false));
  EXPECT_EQ(runs, 0);
  std::thread waiting([&] { EXPECT_TRUE(folder.result(entry_, options_, true)); });
  ::close(other);  // it died without a result
  waiting.join();
  EXPECT_EQ(runs, 1);
}

TEST_F(ExperimentFolderTest, OtherOptionsAndDamageAreRefused) {
  const ExperimentFolder folder(path_);
  ASSERT_TRUE(folder.result(entry_, options_, false));
  ExperimentOptions thorough = options_;
  thorough.thorough = true;
  EXPECT_THROW((void)folder.result(entry_, thorough, false), DataError);
  const std::filesystem::path file = path_ / "theorem_test.cbor";
  const std::string bytes = read_file(file);
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(file, bytes.substr(0, length));
    EXPECT_THROW((void)folder.result(entry_, options_, false), DataError) << length;
  }
  EXPECT_EQ(runs, 1);
}

TEST_F(ExperimentFolderTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(path_) << "a file";
  EXPECT_THROW(ExperimentFolder folder(path_), ResourceError);
}

}  // namespace
}  // namespace pianola
