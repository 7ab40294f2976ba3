// Damaged files: an error or valid data, never foreign numbers, and never a crash (under the sanitizers too) but where
// libhdf5 itself crashes on damaged records of its own.
#ifdef PIANOLA_WITH_HDF5
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/robomimic_hdf5.hpp"

namespace pianola {
namespace {

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      test::RawHdf5 raw(folder_.file("whole.hdf5"));
      test::plain_trajectory(raw, "/data/demo_0", 30);
      test::plain_trajectory(raw, "/data/demo_1", 20, 70.5);
      const auto chunked = test::halves(60, 300.0);
      raw.dataset("/data/demo_0/next_obs", {30, 2}, H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, chunked.data(), 8, 4);
      raw.dataset("/data/demo_1/next_obs", {20, 2}, H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, chunked.data(), 8, 4);
      raw.text("/data", "env", "test");
      find_numbers(raw.id());
    }
    std::ifstream stream(folder_.file("whole.hdf5"), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  }

  /// Where the numbers of the datasets lie.
  void find_numbers(hid_t file) {
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    for (const char* place : {"/data/demo_0/obs", "/data/demo_0/actions", "/data/demo_1/obs"}) {
      const hid_t dataset = H5Dopen2(file, place, H5P_DEFAULT);
      numbers_.push_back({H5Dget_offset(dataset), H5Dget_storage_size(dataset)});
      H5Dclose(dataset);
    }
    const hid_t dataset = H5Dopen2(file, "/data/demo_1/next_obs", H5P_DEFAULT);
    const hsize_t chunk[] = {8, 0};
    unsigned filters = 0;
    haddr_t offset = 0;
    hsize_t size = 0;
    EXPECT_GE(H5Dget_chunk_info_by_coord(dataset, chunk, &filters, &offset, &size), 0);
    numbers_.push_back({offset, size});
    H5Dclose(dataset);
  }

  /// True if the file reads; a DataError or ResourceError otherwise, and anything else fails the test.
  bool reads(const std::string& bytes) {
    const std::string path = folder_.file("damaged.hdf5");
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      const Dataset dataset = read_all(*open_dataset(path));
      for (const double x : dataset.observations()) EXPECT_TRUE(std::isfinite(x));
      return true;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("damaged.hdf5"), std::string::npos) << error.what();
    } catch (const ResourceError& error) {
      EXPECT_NE(std::string(error.what()).find("damaged.hdf5"), std::string::npos) << error.what();
    }
    return false;
  }

  struct Range {
    std::uint64_t offset, size;
  };
  test::TemporaryFolder folder_;
  std::string bytes_;
  std::vector<Range> numbers_;
};

TEST_F(DamageTest, TheWholeFileReads) { EXPECT_TRUE(reads(bytes_)); }

TEST_F(DamageTest, NoTruncatedFileReads) {
  for (std::size_t size = 0; size < bytes_.size(); size += size < 200 ? 7 : 61) {
    ASSERT_FALSE(reads(bytes_.substr(0, size))) << size << " of " << bytes_.size() << " bytes";
  }
  EXPECT_FALSE(reads(bytes_.substr(0, bytes_.size() - 1)));
}

TEST_F(DamageTest, ZeroedTailsAreErrorsOrData) {
  // What a crash of the machine leaves: the length is there, the last blocks are not.
  for (std::size_t size = 96; size < bytes_.size(); size += 97) {
    std::string damaged = bytes_;
    std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(size), damaged.end(), '\0');
    (void)reads(damaged);
  }
}

TEST_F(DamageTest, ForeignBytesBehindTheFileDoNotMatter) { EXPECT_TRUE(reads(bytes_ + std::string(1000, 'x'))); }

TEST_F(DamageTest, FlippedBytesOfNumbersAreErrorsOrData) {
  // Of numbers only: flipped bytes of its own records can crash libhdf5 (1.10.8), which no caller can prevent.
  const NoiseKey key(2);
  int good = 0, bad = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::string damaged = bytes_;
    const auto random = key.block(i, 0, 0);
    const Range& range = numbers_[i % numbers_.size()];
    // The highest byte of a double every third time: exponents that mean NaN or infinity.
    const std::uint64_t at =
        range.offset + (i % 3 == 0 ? random[0] % (range.size / 8) * 8 + 7 : random[0] % range.size);
    damaged[at] = static_cast<char>(i % 3 == 0 ? 0x7f : random[1]);
    if (i % 3 == 0) damaged[at - 1] = static_cast<char>(0xf8);
    (reads(damaged) ? good : bad) += 1;
  }
  EXPECT_GT(good, 20);
  EXPECT_GT(bad, 20);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
