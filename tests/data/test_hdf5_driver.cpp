#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_driver.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cerrno>
#include <vector>

#include "data/limited_disk.hpp"
#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {
namespace {

/// Writes `datasets` datasets of 1,000 doubles in nested groups through the driver. Returns false if libhdf5 saw any
/// failure.
bool write_all(const std::string& path, int* first_error, int datasets) {
  const Hdf5Guard guard;
  const Hdf5Id access = hdf5_remembering_access(first_error);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
  if (file < 0) return false;
  const std::vector<double> values = test::halves(1000);
  const hsize_t rows = values.size();
  bool good = true;
  for (int i = 0; i < datasets; ++i) {
    const std::string group = "g" + std::to_string(i), place = group + "/x";
    good &= H5Gclose(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)) >= 0;
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    const hid_t set = H5Dcreate2(file, place.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    good &= H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
    good &= H5Dclose(set) >= 0;
    H5Sclose(space);
    if (i % 7 == 0) good &= H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
  }
  return H5Fclose(file) >= 0 && good;
}

TEST(Hdf5Driver, WritesWhatAnyReaderReads) {
  const test::TemporaryFolder folder;
  int error = 0;
  EXPECT_TRUE(write_all(folder.file("a.hdf5"), &error, 30));
  EXPECT_EQ(error, 0);
  const Hdf5File file(folder.file("a.hdf5"));
  EXPECT_EQ(file.children("/").size(), 30u);
  EXPECT_EQ(file.read("/g29/x"), test::halves(1000));
}

TEST(Hdf5Driver, AFullDiskIsRememberedAndLibhdf5NeverKnows) {
  const test::TemporaryFolder folder;
  for (const rlim_t bytes : {0, 50, 100, 800, 2048, 5000, 20000, 100000, 200000}) {
    int error = 0;
    bool good = false;
    {
      const test::LimitedDisk disk(bytes);
      good = write_all(folder.file("a.hdf5"), &error, 30);
    }
    EXPECT_TRUE(good) << bytes;
    EXPECT_EQ(error, EFBIG) << bytes;
  }
}

TEST(Hdf5Driver, AFileThatCannotBeMade) {
  int error = 0;
  EXPECT_FALSE(write_all("/no/such/folder/a.hdf5", &error, 1));
  EXPECT_EQ(error, ENOENT);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
