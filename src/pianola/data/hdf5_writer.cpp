#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_writer.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_driver.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {
namespace {

/// Bit for bit, so that −0 and subnormals come back as they went; finite values only.
bool survives_float32(std::span<const double> values) {
  constexpr double kLargest = 3.4028234663852886e38;  // beyond it the conversion is undefined
  return std::all_of(values.begin(), values.end(), [](double x) {
    return x >= -kLargest && x <= kLargest && static_cast<double>(static_cast<float>(x)) == x;
  });
}

/// Properties of what is made (H5P_DATASET_CREATE, H5P_GROUP_CREATE): no times, so that equal contents are equal bytes.
Hdf5Id timeless(hid_t kind) {
  Hdf5Id properties(H5Pcreate(kind), H5Pclose);
  H5Pset_obj_track_times(properties.get(), false);
  return properties;
}

/// NumPy's type in libhdf5, little-endian (as is every machine that this is built for); bool as h5py has it.
Hdf5Id memory_type(const std::string& name) {
  if (name == "bool") {
    const Hdf5Id base(H5Tcopy(H5T_NATIVE_INT8), H5Tclose);
    Hdf5Id type(H5Tenum_create(base.get()), H5Tclose);
    const std::int8_t no = 0, yes = 1;
    H5Tenum_insert(type.get(), "FALSE", &no);
    H5Tenum_insert(type.get(), "TRUE", &yes);
    return type;
  }
  const std::pair<const char*, hid_t> types[] = {
      {"float32", H5T_IEEE_F32LE}, {"float64", H5T_IEEE_F64LE}, {"int8", H5T_STD_I8LE},  {"int16", H5T_STD_I16LE},
      {"int32", H5T_STD_I32LE},    {"int64", H5T_STD_I64LE},    {"uint8", H5T_STD_U8LE}, {"uint16", H5T_STD_U16LE},
      {"uint32", H5T_STD_U32LE},   {"uint64", H5T_STD_U64LE}};
  for (const auto& [known, type] : types) {
    if (name == known) return {H5Tcopy(type), H5Tclose};
  }
  throw UsageError("no type of numbers named '" + name + "' can be written to HDF5; give a NumPy type, as float32");
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::string& path) : path_(path) {
  const Hdf5Guard guard;
  const Hdf5Id access = hdf5_remembering_access(&first_error_);
  if (!access.ok()) fail();
  file_ = checked(H5Fcreate(path_.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Guard guard;
  file_.reset();
}

void Hdf5Writer::fail() const {
  const std::string reason = first_error_ != 0 ? std::strerror(first_error_) : hdf5_reason();
  throw ResourceError(fmt::format("{}: the dataset cannot be written ({}){}. What was there before is untouched",
                                  path_.path().string(), reason, write_remedy(first_error_)));
}

void Hdf5Writer::throw_if_refused() const {
  if (first_error_ != 0) fail();
}

Hdf5Id Hdf5Writer::checked(std::int64_t id, Hdf5Id::Close close) const {
  if (id < 0) fail();
  return {id, close};
}

void Hdf5Writer::group(const std::string& place) {
  const Hdf5Guard guard;
  const Hdf5Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  const Hdf5Id creation = timeless(H5P_GROUP_CREATE);
  checked(H5Gcreate2(file_.get(), place.c_str(), links.get(), creation.get(), H5P_DEFAULT), H5Gclose);
  throw_if_refused();
}

void Hdf5Writer::write_dataset(const std::string& place, std::int64_t type, std::int64_t space,
                               std::int64_t memory_type, const void* values) {
  const Hdf5Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  const Hdf5Id creation = timeless(H5P_DATASET_CREATE);
  Hdf5Id dataset =
      checked(H5Dcreate2(file_.get(), place.c_str(), type, space, links.get(), creation.get(), H5P_DEFAULT), H5Dclose);
  if (H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail();
  if (!dataset.reset()) fail();
  throw_if_refused();
}

void Hdf5Writer::numbers(const std::string& place, std::span<const double> values, std::size_t columns,
                         Hdf5Width width) {
  const Hdf5Guard guard;
  const std::array<hsize_t, 2> dims{columns == 0 ? values.size() : values.size() / columns, columns};
  const Hdf5Id space = checked(H5Screate_simple(columns == 0 ? 1 : 2, dims.data(), nullptr), H5Sclose);
  if (width == Hdf5Width::compact && survives_float32(values)) {
    const std::vector<float> narrow(values.begin(), values.end());
    write_dataset(place, H5T_IEEE_F32LE, space.get(), H5T_NATIVE_FLOAT, narrow.data());
  } else if (width == Hdf5Width::flags) {
    const std::vector<std::uint8_t> flags(values.begin(), values.end());
    write_dataset(place, H5T_STD_U8LE, space.get(), H5T_NATIVE_UINT8, flags.data());
  } else {
    write_dataset(place, H5T_IEEE_F64LE, space.get(), H5T_NATIVE_DOUBLE, values.data());
  }
}

void Hdf5Writer::typed(const std::string& place, std::span<const double> values, std::size_t columns,
                       const std::string& type) {
  const Hdf5Guard guard;
  const std::array<hsize_t, 2> dims{columns == 0 ? values.size() : values.size() / columns, columns};
  const Hdf5Id space = checked(H5Screate_simple(columns == 0 ? 1 : 2, dims.data(), nullptr), H5Sclose);
  const std::vector<std::byte> bytes =
      numbers_of_type(values, type, path_.path().string() + ": dataset '" + place + "'");
  const Hdf5Id memory = memory_type(type);
  write_dataset(place, memory.get(), space.get(), memory.get(), bytes.data());
}

void Hdf5Writer::append(const std::string& place, std::span<const double> values, std::size_t columns,
                        const std::string& type) {
  constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
  const Hdf5Guard guard;
  const std::vector<std::byte> bytes =
      numbers_of_type(values, type, path_.path().string() + ": dataset '" + place + "'");
  const Hdf5Id memory = memory_type(type);
  const int rank = columns == 0 ? 1 : 2;
  const hsize_t width = std::max<hsize_t>(columns, 1);
  const std::array<hsize_t, 2> rows{values.size() / width, width};
  const auto known = rows_.try_emplace(place, 0);
  if (known.second) {
    const std::array<hsize_t, 2> none{0, width}, most{H5S_UNLIMITED, width},
        chunk{std::max<hsize_t>(1, kChunkBytes / (width * type_width(type))), width};
    const Hdf5Id empty = checked(H5Screate_simple(rank, none.data(), most.data()), H5Sclose);
    const Hdf5Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    const Hdf5Id creation = timeless(H5P_DATASET_CREATE);
    H5Pset_chunk(creation.get(), rank, chunk.data());
    checked(H5Dcreate2(file_.get(), place.c_str(), memory.get(), empty.get(), links.get(), creation.get(), H5P_DEFAULT),
            H5Dclose);
  }
  std::uint64_t& done = known.first->second;
  Hdf5Id dataset = checked(H5Dopen2(file_.get(), place.c_str(), H5P_DEFAULT), H5Dclose);
  const std::array<hsize_t, 2> size{done + rows[0], width}, start{done, 0};
  if (H5Dset_extent(dataset.get(), size.data()) < 0) fail();
  const Hdf5Id space = checked(H5Dget_space(dataset.get()), H5Sclose),
               room = checked(H5Screate_simple(rank, rows.data(), nullptr), H5Sclose);
  H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, rows.data(), nullptr);
  if (H5Dwrite(dataset.get(), memory.get(), room.get(), space.get(), H5P_DEFAULT, bytes.data()) < 0) fail();
  if (!dataset.reset()) fail();
  done += rows[0];
  throw_if_refused();
}

void Hdf5Writer::texts(const std::string& place, std::span<const std::string> values) {
  const Hdf5Guard guard;
  std::size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  std::string bytes(width * values.size(), '\0');
  for (std::size_t i = 0; i < values.size(); ++i)
    std::copy(values[i].begin(), values[i].end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * width));
  const hsize_t size = values.size();
  const Hdf5Id space = checked(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Hdf5Id type = checked(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), width);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  write_dataset(place, type.get(), space.get(), type.get(), bytes.data());
}

void Hdf5Writer::write_attribute(const std::string& place, const std::string& name, std::int64_t type,
                                 std::int64_t space, std::int64_t memory_type, const void* values) {
  const Hdf5Id object = checked(H5Oopen(file_.get(), place.c_str(), H5P_DEFAULT), H5Oclose);
  Hdf5Id attribute = checked(H5Acreate2(object.get(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (H5Awrite(attribute.get(), memory_type, values) < 0) fail();
  if (!attribute.reset()) fail();
  throw_if_refused();
}

void Hdf5Writer::attribute(const std::string& place, const std::string& name, const std::string& text) {
  const Hdf5Guard guard;
  const Hdf5Id type = checked(H5Tcopy(H5T_C_S1), H5Tclose), space = checked(H5Screate(H5S_SCALAR), H5Sclose);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  // Text of fixed length where an object's header holds it: libhdf5 before 1.14 can crash on a damaged global heap,
  // where text of variable length lies, and no reader could save the program from that.
  constexpr std::size_t kLongestInHeader = 60000;
  const bool fixed = text.size() <= kLongestInHeader;
  H5Tset_size(type.get(), fixed ? text.size() + 1 : H5T_VARIABLE);
  const char* const pointer = text.c_str();
  const void* const values = fixed ? static_cast<const void*>(pointer) : &pointer;
  write_attribute(place, name, type.get(), space.get(), type.get(), values);
}

void Hdf5Writer::attribute(const std::string& place, const std::string& name, std::int64_t value) {
  const Hdf5Guard guard;
  const Hdf5Id space = checked(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(place, name, H5T_STD_I64LE, space.get(), H5T_NATIVE_INT64, &value);
}

void Hdf5Writer::attribute(const std::string& place, const std::string& name, std::span<const double> values) {
  const Hdf5Guard guard;
  const hsize_t size = values.size();
  const Hdf5Id space = checked(H5Screate_simple(1, &size, nullptr), H5Sclose);
  write_attribute(place, name, H5T_IEEE_F64LE, space.get(), H5T_NATIVE_DOUBLE, values.data());
}

void Hdf5Writer::finish() {
  {
    const Hdf5Guard guard;
    if (!file_.reset()) fail();
    throw_if_refused();
  }
  path_.commit();
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
