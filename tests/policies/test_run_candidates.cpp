#include "pianola/policies/run_candidates.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/policies/run_folder.hpp"
#include "toy_mlp.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

class RunCandidates : public testing::Test {
 protected:
  RunCandidates() {
    fs::remove_all(run);
    fs::create_directories(run / "candidates");
  }
  ~RunCandidates() override {
    std::error_code ignored;
    fs::remove_all(run, ignored);
  }
  void keep(const std::string& name) const {
    write_policy(run / "candidates" / name, to_tensors(toy_mlp::random_weights({3, 1, {8}, {5, 5}, Activation::relu})),
                 {});
  }

  fs::path run = fs::temp_directory_path() / ("pianola-candidates-" + std::to_string(::getpid()));
};

TEST_F(RunCandidates, AreReadInTheOrderOfTheirSteps) {
  keep("step-00000200.safetensors");
  keep("step-00000030.safetensors");
  keep("other.safetensors");
  write_file(run / "candidates" / "returns.json", "{}");
  const auto candidates = load_candidates(run, "mlp:hidden=8x1");
  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_EQ(candidates[0].steps, 30U);
  EXPECT_EQ(candidates[1].steps, 200U);
  ASSERT_NE(candidates[0].policy, nullptr);
  EXPECT_EQ(candidates[0].policy->info().vocabularies, (std::vector<std::uint32_t>{5, 5}));
  EXPECT_EQ(candidates[0].action_policy, nullptr);
}

TEST_F(RunCandidates, ARunMayHaveKeptNone) {
  fs::remove_all(run / "candidates");
  EXPECT_TRUE(load_candidates(run, "mlp").empty());
}

TEST_F(RunCandidates, AChangedFileIsNamed) {
  keep("step-00000030.safetensors");
  const fs::path file = run / "candidates" / "step-00000030.safetensors";
  std::string bytes = read_file(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(file, bytes);
  try {
    load_candidates(run, "mlp:hidden=8x1");
    FAIL() << "no DataError";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("step-00000030"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
