// How much memory reading takes: one trajectory, once, however large the file. Not under the sanitizers, whose own
// memory would be measured.
#if defined(PIANOLA_WITH_HDF5) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/inspect.hpp"
#include "pianola/data/robomimic_hdf5.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Bytes of memory this process holds (VmRSS), or held at most (VmHWM).
std::size_t held(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kib = 0;
    if (word == which + ":" && status >> kib) return 1024 * kib;
  }
  return 0;
}

/// How many MiB `work` takes at its peak: in a process of its own, whose peak begins where it is forked off. −1 if it
/// throws.
template <class Work>
int peak_mib(Work work) {
  ::malloc_trim(0);  // what other tests gave back must not be there to be taken unseen
  const pid_t child = ::fork();
  if (child == 0) {
    const std::size_t before = held("VmRSS");
    try {
      work();
    } catch (...) {
      ::_exit(255);
    }
    ::_exit(static_cast<int>(std::min<std::size_t>((held("VmHWM") - before) / kMiB, 254)));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

/// A trajectory with two observation fields, stored as float32; `mib`: of its numbers as doubles, actions apart.
void write(test::RawHdf5& file, const std::string& demo, std::size_t mib, double first) {
  constexpr std::size_t kWide = 30, kNarrow = 2;
  const std::size_t steps = mib * kMiB / sizeof(double) / (kWide + kNarrow);
  const auto numbers = [&](std::size_t columns) {
    std::vector<double> values(steps * columns);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<double>(i % 1000);
    return values;
  };
  file.doubles(demo + "/obs/a", {steps, kWide}, numbers(kWide), H5T_IEEE_F32LE);
  file.doubles(demo + "/obs/b", {steps, kNarrow}, numbers(kNarrow), H5T_IEEE_F32LE);
  file.doubles(demo + "/actions", {steps, 1}, numbers(1), H5T_IEEE_F32LE);
}

class RobomimicMemory : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<TrajectoryReader> open() const { return open_dataset(path_); }
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("large.hdf5");
};

TEST_F(RobomimicMemory, AFileIsStreamedByTrajectory) {
  {
    test::RawHdf5 raw(path_);
    for (int i = 0; i < 32; ++i) write(raw, "/data/demo_" + std::to_string(i), 2, i);
  }
  const int whole = peak_mib([&] { (void)read_all(*open()); });
  EXPECT_GE(whole, 60) << "the file is so large";
  const int inspected = peak_mib([&] {
    InspectOptions options;
    options.memory = kMiB / 4;
    (void)inspect(*open(), nullptr, options);
  });
  EXPECT_GE(inspected, 0);
  EXPECT_LE(inspected, 20);
  const int actions = peak_mib([&] {
    const auto reader = open();
    std::size_t steps = 0;
    action_source(*reader)->for_each([&](std::span<const double> part) { steps += part.size(); });
    if (steps != 32 * 8192) throw DataError("not all");
  });
  EXPECT_GE(actions, 0);
  EXPECT_LE(actions, 16);
}

TEST_F(RobomimicMemory, ATrajectoryIsHeldOnce) {
  {
    test::RawHdf5 raw(path_);
    write(raw, "/data/demo_0", 32, 0.0);
  }
  const int read = peak_mib([&] { (void)open()->read(0); });
  EXPECT_GE(read, 30);
  EXPECT_LE(read, 48) << "field a alone takes 30: no second copy of it";
  const int actions = peak_mib([&] { (void)open()->read_actions(0); });
  EXPECT_GE(actions, 0);
  EXPECT_LE(actions, 16);
}

}  // namespace
}  // namespace pianola
#endif
