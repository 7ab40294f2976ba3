#include "pianola/base/atomic_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using test::expect_parts;
using test::message_of;

void put(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "text";
}

TEST(AtomicFolder, AppearsWholeWhenItIsCommitted) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.file("set");
  AtomicFolder target(path);
  put(target.temporary() / "a" / "b.txt");
  EXPECT_FALSE(fs::exists(path));
  target.commit();
  EXPECT_TRUE(fs::exists(path / "a" / "b.txt"));
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFolder, LeavesNothingBehindWithoutCommit) {
  const test::TemporaryFolder folder;
  {
    const AtomicFolder target(folder.file("set"));
    put(target.temporary() / "a" / "b.txt");
    EXPECT_EQ(folder.files(), 1u);
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(AtomicFolder, ASlashAtTheEndAndAnEmptyFolderAreNoObstacle) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder.file("set"));
  AtomicFolder target(folder.file("set/"));
  put(target.temporary() / "a.txt");
  target.commit();
  EXPECT_TRUE(fs::exists(folder.file("set/a.txt")));
}

TEST(AtomicFolder, ReplacesNothing) {
  const test::TemporaryFolder folder;
  put(folder.file("set/old.txt"));
  expect_parts(message_of<ResourceError>([&] { const AtomicFolder target(folder.file("set")); }),
               {"set", "something is there already", "name another"});
  put(folder.file("file"));
  expect_parts(message_of<ResourceError>([&] { const AtomicFolder target(folder.file("file")); }), {"already"});
  expect_parts(message_of<ResourceError>([&] { const AtomicFolder target(folder.file("no/such/set")); }),
               {"No such file", "make the folder first"});
}

TEST(AtomicFolder, WhatAppearsMeanwhileStays) {
  const test::TemporaryFolder folder;
  AtomicFolder target(folder.file("set"));
  put(target.temporary() / "a.txt");
  put(folder.file("set/other.txt"));
  expect_parts(message_of<ResourceError>([&] { target.commit(); }), {"something is there already"});
  EXPECT_TRUE(fs::exists(folder.file("set/other.txt")));
}

}  // namespace
}  // namespace pianola
