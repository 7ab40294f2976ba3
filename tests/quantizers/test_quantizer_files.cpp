#include "pianola/quantizers/quantizer_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/registry.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Quantizer> fitted(const std::string& spec) {
  const auto sample = testing::make_sample("walk");
  return make_quantizer(spec, testing::context_of(sample.actions, 5));
}

/// One trajectory of 12 steps in memory, which may turn out to be unreadable.
class OneTrajectory final : public TrajectoryReader {
 public:
  explicit OneTrajectory(bool broken) {
    info_.action_dim = 3;
    info_.observation_dim = 1;
    trajectory_.name = "demo_0";
    trajectory_.steps = 12;
    trajectory_.actions.assign(36, 0.25);
    trajectory_.observations.assign(12, 0.0);
    broken_ = broken;
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return 1; }
  [[nodiscard]] std::size_t steps(std::size_t) const override { return trajectory_.steps; }
  [[nodiscard]] Trajectory read(std::size_t) override {
    if (broken_) throw DataError("broken");
    return trajectory_;
  }

 private:
  DatasetInfo info_;
  Trajectory trajectory_;
  bool broken_ = false;
};

class QuantizerFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  fs::path folder_ = fs::temp_directory_path() / ("pianola-files-" + std::to_string(getpid()));
};

TEST_F(QuantizerFilesTest, AQuantizerComesBack) {
  OneTrajectory reader(false);
  const auto quantizer = fitted("fast:vocabulary=300");
  EXPECT_TRUE(
      write_quantizer_files({path("q.json"), path("tokenizer"), "", ""}, *quantizer, reader, NoiseKey(1)).empty());
  FitContext context;
  context.action_dim = 3;
  context.chunk = 5;
  EXPECT_EQ(make_quantizer("saved:" + path("q.json"), context)->fingerprint(), quantizer->fingerprint());
  EXPECT_TRUE(fs::exists(path("tokenizer") + "/tokenizer.json"));
}

TEST_F(QuantizerFilesTest, NothingIsAskedNothingIsWritten) {
  OneTrajectory reader(false);
  write_quantizer_files({}, *fitted("uniform:bins=5"), reader, NoiseKey(1));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(QuantizerFilesTest, AllOrNone) {
  OneTrajectory reader(true);
  const QuantizerFiles files{path("q.json"), path("tokenizer"), path("twin.csv"), ""};
  EXPECT_THROW(write_quantizer_files(files, *fitted("fast:vocabulary=300"), reader, NoiseKey(1)), DataError);
  EXPECT_FALSE(fs::exists(path("q.json")) || fs::exists(path("tokenizer")) || fs::exists(path("twin.csv")));
}

TEST_F(QuantizerFilesTest, OnlyFastHasATokenizer) {
  OneTrajectory reader(false);
  EXPECT_THROW(write_quantizer_files({path("q.json"), path("tokenizer"), "", ""}, *fitted("uniform:bins=5"), reader,
                                     NoiseKey(1)),
               UsageError);
  EXPECT_FALSE(fs::exists(path("q.json")));
  EXPECT_THROW(require_tokenizer("uniform:bins=5"), UsageError);
  EXPECT_NO_THROW(require_tokenizer("fast"));
  EXPECT_NO_THROW(require_tokenizer("saved:q.json"));
  EXPECT_THROW(require_tokenizer("fast", "robot"), UsageError) << "one for each robot";
}

TEST_F(QuantizerFilesTest, QuantizersByAnAttributeStandInOneFile) {
  OneTrajectory reader(false);
  const std::shared_ptr<const Quantizer> quantizer = fitted("uniform:bins=5");
  const KeyedQuantizers keyed{"robot", {{"a", {0}, 12, quantizer}}};
  write_quantizer_files({path("q.json"), "", "", ""}, keyed, reader, NoiseKey(1));
  FitContext context;
  context.action_dim = 3;
  context.chunk = 5;
  EXPECT_EQ(make_quantizer("saved:" + path("q.json") + ",part=robot=a", context)->fingerprint(),
            quantizer->fingerprint());
  OneTrajectory broken(true);
  EXPECT_THROW(write_quantizer_files({path("r.json"), "", path("twin.csv"), ""}, keyed, broken, NoiseKey(1)),
               DataError);
  EXPECT_FALSE(fs::exists(path("r.json")) || fs::exists(path("twin.csv")));
  EXPECT_THROW(write_quantizer_files({path("r.json"), path("tokenizer"), "", ""}, keyed, reader, NoiseKey(1)),
               UsageError);
  EXPECT_FALSE(fs::exists(path("r.json")));
}

}  // namespace
}  // namespace pianola
