// Runs the command line in process, in a scratch folder, and hands back what a user would see.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "pianola/cli/run.hpp"

/// First in a test that reads or writes HDF5.
#ifdef PIANOLA_WITH_HDF5
#define PIANOLA_NEEDS_HDF5() static_cast<void>(0)
#else
#define PIANOLA_NEEDS_HDF5() GTEST_SKIP() << "this build has no HDF5"
#endif

namespace pianola::cli {

struct Ran {
  int code = 0;
  std::string out, err;
  /// The one JSON object on stdout.
  [[nodiscard]] Json json() const { return Json::parse(out); }
};

inline Ran command(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  const int code = run(arguments, {out, err, false});
  return {code, out.str(), err.str()};
}

/// A fresh folder that is gone after the test.
class Scratch : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("pianola-" + std::to_string(getpid()) + "-" + test->test_suite_name() + "-" + test->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

/// Fails unless the command succeeded; its JSON then.
inline Json succeeded(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  return ran.code == 0 ? ran.json() : Json::object();
}

}  // namespace pianola::cli
