// Writes small HDF5 files of named arrays, for tests. Only in builds with HDF5.
#pragma once
#ifdef PIANOLA_WITH_HDF5

#include <hdf5.h>

#include <map>
#include <string>
#include <vector>

#include "pianola/data/hdf5_guard.hpp"
#include "pianola/experts/array_file.hpp"

namespace pianola::hdf5_writer {

inline void write(const std::string& path, const std::map<std::string, NamedArray>& arrays) {
  const Hdf5Guard guard;
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  for (const auto& [name, array] : arrays) {
    const std::vector<hsize_t> dims(array.shape.begin(), array.shape.end());
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t set = H5Dcreate2(file, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data());
    H5Dclose(set), H5Sclose(space);
  }
  H5Fclose(file);
}

}  // namespace pianola::hdf5_writer
#endif
