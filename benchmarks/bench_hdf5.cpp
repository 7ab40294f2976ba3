// Reading HDF5 demonstrations beside libhdf5 alone, in processor time of one core, in turns; the file is in the page
// cache.
//
//   of_vectors   our rate / the rate of H5Dread of the same datasets to vectors of doubles, as ours are
//   of_libhdf5   our rate / the rate of H5Dread to doubles in one buffer that is there already, and stays in the cache
//   of_stored    the same, but of the numbers as the file stores them: of float32, half the bytes
//
// float64 and float32 files of 64 trajectories × 10,000 steps × (30 + 6) numbers; as robomimic (contiguous) and as D4RL
// (in chunks). Ours gives doubles, checked to be finite, in memory of their own for each trajectory.
#include <benchmark/benchmark.h>

#ifdef PIANOLA_WITH_HDF5
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "limits.hpp"
#include "pianola/data/formats.hpp"

namespace {

constexpr std::size_t kTrajectories = 64, kSteps = 10'000, kObservation = 30, kAction = 6;

/// A dataset that is gone when the program ends.
class Demonstrations {
 public:
  Demonstrations(const std::string& format, int bits)
      : path_((std::filesystem::temp_directory_path() /
               ("pianola-bench-" + std::to_string(::getpid()) + format + std::to_string(bits)))
                  .string()) {
    pianola::DatasetInfo info;
    info.observation_dim = kObservation;
    info.action_dim = kAction;
    info.observation_bits = info.action_bits = bits;
    const auto writer = pianola::create_dataset(path_, info, format);
    pianola::Trajectory t;
    t.steps = kSteps;
    for (std::size_t i = 0; i < kSteps * kObservation; ++i)
      t.observations.push_back(static_cast<double>(i % 1000) / 8.0);
    for (std::size_t i = 0; i < kSteps * kAction; ++i) t.actions.push_back(static_cast<double>(i % 100) / 8.0);
    for (std::size_t i = 0; i < kTrajectories; ++i) writer->write(t);
    writer->finish();
  }
  ~Demonstrations() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Demonstrations(const Demonstrations&) = delete;
  Demonstrations& operator=(const Demonstrations&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void read_with_pianola(const std::string& path) {
  const auto reader = pianola::open_dataset(path, {.learning_only = true});
  for (std::size_t i = 0; i < reader->size(); ++i) benchmark::DoNotOptimize(reader->read(i).observations.data());
}

/// How libhdf5 is to give the numbers.
struct Wanted {
  hid_t type;
  bool own_memory;  ///< a vector for each array, else one buffer
};

/// All rows of a dataset, or blocks of kSteps of them.
void read_raw(hid_t file, const std::string& place, const Wanted& wanted, std::vector<double>& buffer) {
  const hid_t dataset = H5Dopen2(file, place.c_str(), H5P_DEFAULT), space = H5Dget_space(dataset);
  hsize_t dims[2] = {};
  H5Sget_simple_extent_dims(space, dims, nullptr);
  for (hsize_t first = 0; first < dims[0]; first += kSteps) {
    const hsize_t start[] = {first, 0}, count[] = {std::min<hsize_t>(kSteps, dims[0] - first), dims[1]};
    if (wanted.own_memory) buffer = std::vector<double>();
    buffer.resize(std::max<std::size_t>(buffer.size(), count[0] * count[1]));
    const hid_t room = H5Screate_simple(2, count, nullptr);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
    H5Dread(dataset, wanted.type, room, space, H5P_DEFAULT, buffer.data());
    benchmark::DoNotOptimize(buffer.data());
    H5Sclose(room);
  }
  H5Sclose(space);
  H5Dclose(dataset);
}

void read_with_libhdf5(const std::string& path, bool flat, const Wanted& wanted, std::vector<double>& buffer) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (flat) {
    for (const char* place : {"/observations", "/actions"}) read_raw(file, place, wanted, buffer);
  } else {
    for (std::size_t i = 0; i < kTrajectories; ++i) {
      const std::string demo = "/data/demo_" + std::to_string(i);
      read_raw(file, demo + "/obs/state", wanted, buffer);
      read_raw(file, demo + "/actions", wanted, buffer);
    }
  }
  H5Fclose(file);
}

void read_hdf5(benchmark::State& state, const char* format) {
  const int bits = static_cast<int>(state.range(0));
  const Demonstrations data(format, bits);
  const bool flat = std::string(format) == "d4rl";
  std::vector<double> buffer;
  constexpr int kRounds = 7;
  const hid_t stored = bits == 32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  const auto take_seconds = [&](double& least, const Wanted& wanted) {
    least = std::min(least, pianola::seconds_a_call([&] { read_with_libhdf5(data.path(), flat, wanted, buffer); }, 1));
  };
  double best = HUGE_VAL, best_vectors = HUGE_VAL, best_libhdf5 = HUGE_VAL, best_stored = HUGE_VAL;
  for (auto _ : state) {
    for (int round = 0; round < kRounds; ++round) {
      best = std::min(best, pianola::seconds_a_call([&] { read_with_pianola(data.path()); }, 1));
      take_seconds(best_vectors, {H5T_NATIVE_DOUBLE, true});
      take_seconds(best_libhdf5, {H5T_NATIVE_DOUBLE, false});
      take_seconds(best_stored, {stored, false});
    }
    state.SetIterationTime(best);
  }
  const std::size_t numbers = kTrajectories * kSteps * (kObservation + kAction);
  state.SetBytesProcessed(static_cast<std::int64_t>(numbers * static_cast<std::size_t>(bits) / 8));
  state.counters["of_vectors"] = best_vectors / best;
  state.counters["of_libhdf5"] = best_libhdf5 / best;
  state.counters["of_stored"] = best_stored / best;
}

BENCHMARK_CAPTURE(read_hdf5, robomimic, "robomimic")->ArgName("bits")->Arg(64)->Arg(32)->UseManualTime()->Iterations(1);
BENCHMARK_CAPTURE(read_hdf5, d4rl, "d4rl")->ArgName("bits")->Arg(64)->Arg(32)->UseManualTime()->Iterations(1);

}  // namespace
#endif  // PIANOLA_WITH_HDF5

BENCHMARK_MAIN();
