#include "pianola/policies/run_provenance.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

class RunProvenance : public testing::Test {
 protected:
  RunProvenance() { fs::create_directories(folder); }
  ~RunProvenance() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  [[nodiscard]] std::map<std::string, std::string> of(const std::string& config) const {
    write_file(folder / "config.toml", config);
    return run_provenance(folder);
  }

  fs::path folder = fs::temp_directory_path() / ("pianola-provenance-" + std::to_string(::getpid()));
};

TEST_F(RunProvenance, HoldsTheTextsOfTheTable) {
  const auto notes =
      of("system = \"no note\"\n[provenance]\nsimulator = \"mujoco 3.4.0\"\ndataset_system = 'a:b=\"c\"'\n"
         "number = 3\n");
  EXPECT_EQ(notes,
            (std::map<std::string, std::string>{{"simulator", "mujoco 3.4.0"}, {"dataset_system", "a:b=\"c\""}}));
}

TEST_F(RunProvenance, OptionsAreTheTextsOutsideTheTable) {
  write_file(folder / "config.toml", "system = 'trap'\nassets = ''\nsteps = 3\n[provenance]\nexpert = 'none'\n");
  EXPECT_EQ(run_options(folder), (std::map<std::string, std::string>{{"system", "trap"}}));
}

TEST_F(RunProvenance, IsEmptyWhereNothingIsNoted) {
  EXPECT_TRUE(run_provenance(folder).empty());
  EXPECT_TRUE(of("provenance = 3\n").empty());
  EXPECT_TRUE(of("").empty());
}

TEST_F(RunProvenance, NamesTheLineOfADamagedFile) {
  try {
    static_cast<void>(of("a = 1\nb = = 2\n"));
    FAIL() << "not refused";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("config.toml, line 2"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
