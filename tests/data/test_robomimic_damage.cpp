// Damaged files: an error or valid data, never a crash (under the sanitizers too) and never foreign numbers.
#ifdef PIANOLA_WITH_HDF5
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

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
    }
    std::ifstream stream(folder_.file("whole.hdf5"), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
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

  test::TemporaryFolder folder_;
  std::string bytes_;
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

TEST_F(DamageTest, FlippedBytesAreErrorsOrData) {
  const NoiseKey key(2);
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::string damaged = bytes_;
    const auto random = key.block(i, 0, 0);
    damaged[random[0] % damaged.size()] = static_cast<char>(random[1]);
    (void)reads(damaged);
  }
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
