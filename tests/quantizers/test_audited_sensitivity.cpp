#include "pianola/quantizers/audited_sensitivity.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

class AuditedSensitivity : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::vector<double> read(const std::string& text) {
    write_file(path_, text);
    return read_audited_sensitivity(path_);
  }
  std::string path_ = std::filesystem::temp_directory_path() / ("pianola-audit-" + std::to_string(getpid()) + ".json");
};

TEST_F(AuditedSensitivity, NumbersAreOverTheLargest) {
  EXPECT_EQ(read(R"({"stability": {"action_sensitivity": [2, 8, 0]}})"), (std::vector<double>{0.25, 1.0, 0.0}));
}

TEST_F(AuditedSensitivity, FilesWithoutThemAreRefused) {
  for (const char* text :
       {"", "7", "{}", R"({"stability": {}})", R"({"stability": {"action_sensitivity": []}})",
        R"({"stability": {"action_sensitivity": [1, null]}})", R"({"stability": 3})",
        R"({"stability": {"action_sensitivity": [0, 0]}})", R"({"stability": {"action_sensitivity": [-1]}})"}) {
    EXPECT_THROW(read(text), DataError) << text;
  }
  EXPECT_THROW(read_audited_sensitivity("nothing_there.json"), DataError);
}

TEST_F(AuditedSensitivity, GoesToTheSpecsThatAskForIt) {
  const std::vector<double> prices{0.25, 1.0};
  EXPECT_EQ(with_sensitivity({"uniform:bits=auto,total_bits=8", "fast", "quantile:bits=auto,sensitivity=1;2"}, prices),
            (std::vector<std::string>{"uniform:bits=auto,total_bits=8,sensitivity=0.25;1", "fast",
                                      "quantile:bits=auto,sensitivity=1;2"}));
  EXPECT_THROW(with_sensitivity({"uniform", "uniform:bits=4;4"}, prices), UsageError);
}

}  // namespace
}  // namespace pianola
