#include "pianola/base/toml_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(TomlFile, ReadsTables) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "toml_file.toml";
  std::ofstream(file) << "[a]\nb = 3\n";
  EXPECT_EQ(read_toml(file)["a"]["b"].value<int>(), 3);
  std::filesystem::remove(file);
}

TEST(TomlFile, NamesFileLineAndRemedy) {
  try {
    static_cast<void>(parse_toml("a = 1\nb = = 2\n", "x.toml"));
    FAIL() << "parsed";
  } catch (const DataError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find("x.toml, line 2: "), 0U) << what;
    EXPECT_NE(what.find("; mend the TOML"), std::string::npos) << what;
  }
}

TEST(TomlFile, NamesAMissingFile) {
  try {
    static_cast<void>(read_toml("/nowhere/x.toml"));
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/x.toml"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
