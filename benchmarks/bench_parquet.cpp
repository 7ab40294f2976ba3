// Reading LeRobot's Parquet against what Arrow alone delivers, in the same run: the column `action` of a file of many
// episodes as Arrow's array (bytes of float32), and as Pianola's trajectories of doubles, checked.
#include <benchmark/benchmark.h>

#ifdef PIANOLA_WITH_ARROW
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "pianola/data/formats.hpp"

namespace {

constexpr std::size_t kEpisodes = 100, kSteps = 2000, kDim = 26;

/// A v3.0 dataset of 200,000 frames: 26 joints and 26 actions, smooth with some noise as recorded ones are.
class Set {
 public:
  Set() : root_(std::filesystem::temp_directory_path() / ("pianola-bench-" + std::to_string(getpid()))) {
    pianola::DatasetInfo info;
    info.observation_dim = info.action_dim = kDim;
    info.observation_bits = info.action_bits = 32;
    info.attributes["fps"] = "30";
    const auto writer = pianola::create_dataset(root_.string(), info, "lerobot_v30");
    std::uint32_t noise = 1;
    for (std::size_t e = 0; e < kEpisodes; ++e) {
      pianola::Trajectory t;
      t.steps = kSteps;
      for (std::size_t i = 0; i < kSteps * kDim; ++i) {
        noise = noise * 1664525u + 1013904223u;
        const double angle = 0.01 * static_cast<double>(i / kDim) + static_cast<double>(i % kDim + e);
        t.actions.push_back(static_cast<double>(static_cast<float>(std::sin(angle) + 1e-11 * noise)));
      }
      t.observations = t.actions;
      writer->write(t);
    }
    writer->finish();
  }
  ~Set() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;
  [[nodiscard]] std::string root() const { return root_.string(); }

 private:
  std::filesystem::path root_;
};

const Set& the_set() {
  static const Set set;
  return set;
}

void BM_ArrowAlone(benchmark::State& state) {
  const std::string path = the_set().root() + "/data/chunk-000/file-000.parquet";
  for (auto _ : state) {
    auto file = arrow::io::ReadableFile::Open(path).ValueOrDie();
    auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
    reader->set_use_threads(false);
    std::size_t rows = 0;
    for (int group = 0; group < reader->num_row_groups(); ++group) {
      const auto table = reader->ReadRowGroup(group, {0, 1, 4});
      if (!table.ok()) return state.SkipWithError("cannot read");
      rows += static_cast<std::size_t>((*table)->num_rows());
    }
    benchmark::DoNotOptimize(rows);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kEpisodes * kSteps * (2 * kDim + 1)));
}
BENCHMARK(BM_ArrowAlone)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Observation, action and episode_index, all values checked.
void BM_Pianola(benchmark::State& state) {
  const std::string root = the_set().root();
  for (auto _ : state) {
    const auto reader = pianola::open_dataset(root, {.learning_only = true});
    std::size_t rows = 0;
    for (std::size_t i = 0; i < reader->size(); ++i) rows += reader->read(i).steps;
    benchmark::DoNotOptimize(rows);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kEpisodes * kSteps * (2 * kDim + 1)));
}
BENCHMARK(BM_Pianola)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
#endif  // PIANOLA_WITH_ARROW

BENCHMARK_MAIN();
