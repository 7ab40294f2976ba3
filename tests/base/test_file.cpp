#include "pianola/base/file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

/// An empty folder of its own for each test.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = (fs::temp_directory_path() / "pianola_file_XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~FileTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename().string());
    return out;
  }
  fs::path folder;
};

template <class E>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "no such error";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(FileTest, WritesAndReadsAnyBytes) {
  const std::string content("a\0b\r\n\xff", 6);
  write_file(folder / "x", content);
  EXPECT_EQ(read_file(folder / "x"), content);
  write_file(folder / "x", "");
  EXPECT_EQ(read_file(folder / "x"), "");
  const std::string large(3'000'000, 'z');
  write_file(folder / "x", large);
  EXPECT_EQ(read_file(folder / "x"), large);
  EXPECT_EQ(names(), std::vector<std::string>{"x"}) << "no temporary file stays";
}

TEST_F(FileTest, KeepsPermissionsAndFollowsLinks) {
  write_file(folder / "real", "1");
  ASSERT_EQ(::chmod((folder / "real").c_str(), 0640), 0);
  fs::create_symlink("real", folder / "link");
  write_file(folder / "link", "2");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "real"), "2");
  struct stat status {};
  ASSERT_EQ(::stat((folder / "real").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(FileTest, MissingFoldersAndFoldersInTheWayAreNamed) {
  const fs::path missing = folder / "no" / "x";
  const std::string message = message_of<ResourceError>([&] { write_file(missing, "1"); });
  EXPECT_TRUE(contains(message, missing.string())) << message;
  EXPECT_TRUE(contains(message, "No such file or directory; make the folder first")) << message;
  EXPECT_TRUE(contains(message_of<ResourceError>([&] { write_file(folder, "1"); }), "Is a directory; name a file"));
}

TEST_F(FileTest, ReadingWhatIsNotThereIsADataError) {
  const std::string message = message_of<DataError>([&] { read_file(folder / "none"); });
  EXPECT_TRUE(contains(message, (folder / "none").string()) && contains(message, "No such file")) << message;
  EXPECT_TRUE(contains(message_of<DataError>([&] { read_file(folder); }), "Is a directory"));
}

TEST_F(FileTest, ReadsFromPipes) {
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const std::string content(200'000, 'p');
  std::thread writer([&] { write_file(folder / "pipe", content); });
  EXPECT_EQ(read_file(folder / "pipe"), content);
  writer.join();
  EXPECT_TRUE(fs::is_fifo(folder / "pipe")) << "a pipe is written to, not replaced";
}

TEST(File, AFullDeviceIsAResourceErrorWithTheReason) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
  const std::string message = message_of<ResourceError>([] { write_file("/dev/full", "some bytes"); });
  EXPECT_TRUE(contains(message, "'/dev/full'")) << message;
  EXPECT_TRUE(contains(message, "No space left on device; free some space")) << message;
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(File, EveryFailedWriteHasARemedy) {
  EXPECT_TRUE(contains(write_remedy(ENOSPC), "free some space"));
  EXPECT_EQ(write_remedy(EFBIG), write_remedy(ENOSPC));
  EXPECT_EQ(write_remedy(EDQUOT), write_remedy(ENOSPC));
  EXPECT_TRUE(contains(write_remedy(ENOENT), "make the folder"));
  EXPECT_TRUE(contains(write_remedy(EROFS), "may write to"));
  EXPECT_EQ(write_remedy(EIO), "; write elsewhere");
}

/// Lets files of this process grow to `bytes` only, so that a write fails in its middle.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(FileTest, AWriteThatFailsInItsMiddleLeavesTheOldFileAndNothingElse) {
  write_file(folder / "x", "old");
  std::string message;
  {
    const FileSizeLimit limit(4096);
    message = message_of<ResourceError>([&] { write_file(folder / "x", std::string(100'000, 'n')); });
  }
  EXPECT_TRUE(contains(message, (folder / "x").string()) && contains(message, "File too large")) << message;
  EXPECT_EQ(read_file(folder / "x"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"x"});
}

TEST_F(FileTest, ReadersSeeOneVersionOrTheOther) {
  const std::string a(50'000, 'a'), b(70'000, 'b');
  write_file(folder / "x", a);
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) write_file(folder / "x", i % 2 ? a : b);
  });
  for (int i = 0; i < 200; ++i) {
    const std::string seen = read_file(folder / "x");
    EXPECT_TRUE(seen == a || seen == b);
  }
  writer.join();
}

TEST_F(FileTest, WritersOfOneFileDoNotMeet) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 10; ++i) write_file(folder / "x", std::string(10'000, static_cast<char>('a' + w)));
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string content = read_file(folder / "x");
  EXPECT_EQ(content, std::string(10'000, content[0]));
  EXPECT_EQ(names().size(), 1U);
}

TEST_F(FileTest, AtomicPathAppearsWhenCommittedOnly) {
  {
    AtomicPath path(folder / "x.hdf5");
    std::ofstream(path.temporary()) << "half";
    EXPECT_FALSE(fs::exists(folder / "x.hdf5"));
  }
  EXPECT_TRUE(names().empty()) << "what was not committed is removed";
  AtomicPath path(folder / "x.hdf5");
  std::ofstream(path.temporary()) << "whole";
  path.commit();
  EXPECT_EQ(read_file(path.path()), "whole");
  EXPECT_EQ(names().size(), 1U);
  AtomicPath unwritten(folder / "y");
  EXPECT_THROW(unwritten.commit(), ResourceError);
}

TEST_F(FileTest, AtomicPathRefusesWhatIsNoFile) {
  EXPECT_THROW(AtomicPath{folder}, ResourceError);
  EXPECT_THROW(AtomicPath{"/dev/null"}, ResourceError);
}

TEST_F(FileTest, LeftoversOfKilledProcessesAreRemovedThoseOfOthersAreNot) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicPath path(folder / "x");
    std::ofstream(path.temporary()) << "half";
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  std::ofstream(folder / "x.tmp-elsewhere-12345-0") << "another machine's";
  std::ofstream(folder / "x.tmp-note") << "the user's";
  write_file(folder / "x", "1");
  EXPECT_EQ(names().size(), 4U) << "the process lives and may still commit";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  write_file(folder / "x", "2");
  EXPECT_EQ(names().size(), 3U);
}

// xxhsum -H2 of the same bytes.
TEST(Hash, IsXxh3Of128Bits) {
  EXPECT_EQ(hash_hex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_hex("a"), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_NE(hash_hex("pianola"), hash_hex("pianole"));
  const std::string text = "abc";
  EXPECT_EQ(hash_hex(text), hash_hex(std::as_bytes(std::span(text.data(), text.size()))));
}

}  // namespace
}  // namespace pianola
