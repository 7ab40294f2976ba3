#include "pianola/cli/overwrite.hpp"

#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

class Overwrite : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    std::ofstream(path("in")) << "precious";
  }
};

TEST_F(Overwrite, TheSameFileIsRefusedUnderAnyPath) {
  std::filesystem::create_symlink(path("in"), path("link"));
  std::filesystem::create_hard_link(path("in"), path("twin"));
  for (const char* out : {"in", "./in", "link", "twin"}) {
    EXPECT_THROW(require_other_file("-o", path(out), {"", path("other"), path("in")}), UsageError) << out;
  }
}

TEST_F(Overwrite, OtherFilesAreFine) {
  std::ofstream(path("there")) << "old result";
  for (const std::string& out : {path("new"), path("there"), std::string()}) {
    EXPECT_NO_THROW(require_other_file("-o", out, {path("in"), path("missing"), ""})) << out;
  }
}

TEST_F(Overwrite, NewFilesAreNewAndDevicesAreNoFiles) {
  EXPECT_THROW(require_new_file("-o", path("in"), false), UsageError);
  EXPECT_NO_THROW(require_new_file("-o", path("in"), true));
  for (const bool force : {false, true})
    EXPECT_THROW(require_new_file("-o", path(""), force), UsageError) << "a folder";
  for (const std::string& out : {path("new"), std::string("/dev/null"), std::string()}) {
    EXPECT_NO_THROW(require_new_file("-o", out, false)) << out;
  }
}

TEST_F(Overwrite, WhatCannotBeWrittenIsFoundBeforehandAndNothingIsLeft) {
  for (const std::string& out : {path("new"), path("in"), std::string("/dev/null"), std::string()}) {
    EXPECT_NO_THROW(require_writable("--report", out)) << out;
  }
  for (const std::string& out : {path("no/such/folder/x"), path("")}) {
    EXPECT_THROW(require_writable("--report", out), ResourceError) << out;
  }
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path(""))) ++files;
  EXPECT_EQ(files, 1U) << "only 'in'";
}

TEST_F(Overwrite, AFolderMayHaveYetToBeMade) {
  for (const std::string& out : {path(""), path("new"), path("new/below/"), std::string()}) {
    EXPECT_NO_THROW(require_writable_folder("--out", out)) << out;
  }
  EXPECT_FALSE(std::filesystem::exists(path("new")));
  for (const std::string& out : {path("in"), path("in/below"), std::string("/proc/none")}) {
    EXPECT_THROW(require_writable_folder("--out", out), ResourceError) << out;
  }
}

TEST_F(Overwrite, TheMessageNamesOptionAndPaths) {
  try {
    require_other_file("--write-decoded", path("./in"), {path("in")});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(error.what(), "--write-decoded " + path("./in") + " would overwrite what is read (" + path("in") +
                                "); give another path");
  }
}

}  // namespace
}  // namespace pianola::cli
