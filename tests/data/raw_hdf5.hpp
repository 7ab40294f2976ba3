// HDF5 files written with libhdf5 alone, so that the reader is not only tested against our own writer.
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <string>
#include <vector>

namespace pianola::test {

class RawHdf5 {
 public:
  explicit RawHdf5(const std::string& path) : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
    EXPECT_GE(file_, 0);
  }
  ~RawHdf5() { H5Fclose(file_); }
  RawHdf5(const RawHdf5&) = delete;
  RawHdf5& operator=(const RawHdf5&) = delete;

  [[nodiscard]] hid_t id() const { return file_; }

  void group(const std::string& place) {
    const hid_t links = intermediate();
    H5Gclose(H5Gcreate2(file_, place.c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
    H5Pclose(links);
  }

  /// `type` as stored, `memory` of `values`; chunk: rows of a chunk, 0 for contiguous; deflate: level, −1 for none.
  void dataset(const std::string& place, const std::vector<hsize_t>& dims, hid_t type, hid_t memory, const void* values,
               hsize_t chunk = 0, int deflate = -1) {
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t links = intermediate(), properties = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) {
      std::vector<hsize_t> chunks = dims;
      chunks[0] = chunk;
      H5Pset_chunk(properties, static_cast<int>(chunks.size()), chunks.data());
    }
    if (deflate >= 0) H5Pset_deflate(properties, static_cast<unsigned>(deflate));
    const hid_t dataset = H5Dcreate2(file_, place.c_str(), type, space, links, properties, H5P_DEFAULT);
    EXPECT_GE(dataset, 0) << place;
    if (values != nullptr) {
      EXPECT_GE(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    }
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Pclose(links);
    H5Sclose(space);
  }

  void doubles(const std::string& place, const std::vector<hsize_t>& dims, const std::vector<double>& values,
               hid_t type = H5T_IEEE_F64LE) {
    dataset(place, dims, type, H5T_NATIVE_DOUBLE, values.data());
  }

  void text(const std::string& place, const std::string& name, const std::string& value) {
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, value.size() + 1);
    attribute(place, name, type, space, type, value.c_str());
    H5Sclose(space);
    H5Tclose(type);
  }

  void integer(const std::string& place, const std::string& name, long long value) {
    const hid_t space = H5Screate(H5S_SCALAR);
    attribute(place, name, H5T_STD_I64LE, space, H5T_NATIVE_LLONG, &value);
    H5Sclose(space);
  }

  void attribute(const std::string& place, const std::string& name, hid_t type, hid_t space, hid_t memory,
                 const void* value) {
    const hid_t object = H5Oopen(file_, place.c_str(), H5P_DEFAULT);
    const hid_t created = H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(created, memory, value), 0);
    H5Aclose(created);
    H5Oclose(object);
  }

 private:
  static hid_t intermediate() {
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    return links;
  }

  hid_t file_;
};

/// 0.5, 1.5, 2.5, …: exact in float32, no two equal.
inline std::vector<double> halves(std::size_t n, double first = 0.5) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = first + static_cast<double>(i);
  return values;
}

/// A trajectory of `steps` steps with obs [steps, 2] and actions [steps, 1] as robomimic lays it out.
inline void plain_trajectory(RawHdf5& file, const std::string& demo, hsize_t steps, double first = 0.5) {
  file.doubles(demo + "/obs", {steps, 2}, halves(2 * steps, first));
  file.doubles(demo + "/actions", {steps, 1}, halves(steps, first));
}

}  // namespace pianola::test
