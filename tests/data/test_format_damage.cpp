// Damaged datasets of every format: an error that names the dataset, or valid data; never a crash (under the sanitizers
// too). Golden files of the original libraries, a few bytes changed; robomimic's own tests are in
// test_robomimic_damage.cpp. HDF5 files are cut only: flipped bytes of its own records can crash libhdf5 (1.10.8),
// which no caller can prevent.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

class FormatDamage : public ::testing::Test {
 protected:
  /// A copy of a golden file or folder, and the files in it.
  void copy(const std::string& name) {
    path_ = folder_.file("damaged" + fs::path(name).extension().string());
    fs::remove_all(path_);
    fs::copy(test::golden(name), path_, fs::copy_options::recursive);
    files_.clear();
    if (fs::is_regular_file(path_)) files_.push_back(path_);
    if (fs::is_directory(path_)) {
      for (const auto& entry : fs::recursive_directory_iterator(path_)) {
        if (entry.is_regular_file()) files_.push_back(entry.path());
      }
    }
    std::sort(files_.begin(), files_.end());
  }

  bool reads(const ReadOptions& options = {}) {
    try {
      const Dataset dataset = read_all(*open_dataset(path_, options));
      for (const double x : dataset.actions()) EXPECT_TRUE(std::isfinite(x));
      return true;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("damaged"), std::string::npos) << error.what();
    } catch (const ResourceError&) {
    }
    return false;
  }

  void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

  /// Cuts, flips, and overwrites with hostile numbers, `rounds` times; each time the rest is whole.
  void damage(const std::string& name, int rounds, bool flip) {
    copy(name);
    ASSERT_TRUE(reads()) << name;
    const NoiseKey key(5);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
      const auto random = key.block(static_cast<std::uint64_t>(i), 0, 0);
      const fs::path& file = files_[random[0] % files_.size()];
      const std::string whole = read_file(file);
      if (whole.empty()) continue;
      std::string bytes = whole;
      const std::size_t at = random[1] % whole.size();
      if (!flip || i % 4 == 0) {
        bytes.resize(at);
      } else if (i % 4 == 1) {
        bytes.replace(at, std::min<std::size_t>(8, whole.size() - at), std::string(8, '\xff'));
      } else {
        bytes[at] = static_cast<char>(random[2]);
      }
      put(file, bytes);
      bad += reads() ? 0 : 1;
      put(file, whole);
    }
    EXPECT_GT(bad, rounds / 10) << name;
    EXPECT_TRUE(reads()) << name << ": the rest was left whole";
  }

  test::TemporaryFolder folder_;
  std::string path_;
  std::vector<fs::path> files_;
};

#ifdef PIANOLA_WITH_HDF5
TEST_F(FormatDamage, Minari) { damage("minari/box-v0", 60, false); }
TEST_F(FormatDamage, MinariMetadata) {
  copy("minari/box-v0");
  const fs::path file = fs::path(path_) / "data/metadata.json";
  const std::string whole = read_file(file);
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string bytes = whole;
    bytes[at] = "{}[],:\"0-e"[at / 5 % 10];
    put(file, bytes);
    (void)reads();
  }
}
TEST_F(FormatDamage, D4rl) { damage("d4rl.hdf5", 60, false); }
TEST_F(FormatDamage, D3rlpy) { damage("d3rlpy.hdf5", 60, false); }
#endif
TEST_F(FormatDamage, Zarr) {
  damage("zarr/none.zarr", 300, true);
  damage("zarr/zlib.zarr", 300, true);
  damage("zarr/packed.zarr.zip", 300, true);
}
TEST_F(FormatDamage, ZarrBlosc) { damage("zarr/blosc_lz4.zarr", 300, true); }
TEST_F(FormatDamage, Rlds) { damage("rlds", 300, true); }
TEST_F(FormatDamage, Npz) {
  damage("npz/d4rl.npz", 300, true);
  damage("npz/compressed.npz", 300, true);
}

}  // namespace
}  // namespace pianola
