#include "pianola/systems/gymnasium_assets.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

/// Sets an environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

class GymnasiumAssets : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / "gymnasium_assets";
    fs::remove_all(root_);
    touch(root_ / "given/a.xml");
    touch(root_ / "venv/lib/python3.11/site-packages/gymnasium/envs/mujoco/assets/a.xml");
    touch(root_ / "venv/lib/python3.11/site-packages/gymnasium/envs/mujoco/assets/b.xml");
  }
  void TearDown() override { fs::remove_all(root_); }
  static void touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }
  fs::path root_;
};

TEST_F(GymnasiumAssets, TheGivenFolderComesFirstAndAlone) {
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", ""), venv("VIRTUAL_ENV", (root_ / "venv").string());
  EXPECT_EQ(find_gymnasium_asset("a.xml", (root_ / "given").string()), root_ / "given/a.xml");
  EXPECT_THROW(find_gymnasium_asset("b.xml", (root_ / "given").string()), DataError);
}

TEST_F(GymnasiumAssets, TheVariableComesSecond) {
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", (root_ / "given").string());
  const Variable venv("VIRTUAL_ENV", (root_ / "venv").string());
  EXPECT_EQ(find_gymnasium_asset("a.xml", ""), root_ / "given/a.xml");
}

TEST_F(GymnasiumAssets, AnInstalledGymnasiumComesThird) {
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", ""), venv("VIRTUAL_ENV", (root_ / "venv").string());
  EXPECT_EQ(find_gymnasium_asset("b.xml", ""),
            root_ / "venv/lib/python3.11/site-packages/gymnasium/envs/mujoco/assets/b.xml");
}

TEST_F(GymnasiumAssets, ThePythonOfThePathIsAskedToo) {
  touch(root_ / "other/bin/python3");
  touch(root_ / "other/lib/python3.13/site-packages/gymnasium/envs/mujoco/assets/d.xml");
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", ""), venv("VIRTUAL_ENV", (root_ / "venv").string());
  EXPECT_THROW(find_gymnasium_asset("d.xml", ""), DataError);
  const Variable path("PATH", "/nowhere:" + (root_ / "other/bin").string());
  EXPECT_EQ(find_gymnasium_asset("d.xml", ""),
            root_ / "other/lib/python3.13/site-packages/gymnasium/envs/mujoco/assets/d.xml");
}

// In the order of their texts 3.9 would come first.
TEST_F(GymnasiumAssets, TheNewestPythonComesFirst) {
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", ""), venv("VIRTUAL_ENV", (root_ / "venv").string());
  const auto asset = [&](const std::string& python) {
    return root_ / "venv/lib" / python / "gymnasium/envs/mujoco/assets/c.xml";
  };
  const std::vector<std::string> rising{"python3/dist-packages", "python3.9/site-packages", "python3.10/site-packages",
                                        "python3.12/dist-packages", "python3.12/site-packages"};
  for (const std::string& python : rising) {
    touch(asset(python));
    EXPECT_EQ(find_gymnasium_asset("c.xml", ""), asset(python));
  }
}

TEST_F(GymnasiumAssets, AMissingFileNamesBothRemedies) {
  const Variable set("PIANOLA_GYMNASIUM_ASSETS", ""), venv("VIRTUAL_ENV", (root_ / "empty").string());
  try {
    find_gymnasium_asset("no_such_model.xml", "");
    FAIL();
  } catch (const DataError& error) {
    const std::string message = error.what();
    for (const std::string& part :
         std::vector<std::string>{"no_such_model.xml", "--assets", "pip install", (root_ / "empty").string()}) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
    }
  }
}

}  // namespace
}  // namespace pianola
