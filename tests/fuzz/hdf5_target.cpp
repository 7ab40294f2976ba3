#ifdef PIANOLA_WITH_HDF5
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "fuzz/fuzz_target.hpp"
#include "pianola/base/file.hpp"

namespace pianola::fuzz {
namespace {

namespace fs = std::filesystem;

/// Closes what libhdf5 opened.
template <class Close>
class Opened {
 public:
  Opened(hid_t id, Close close) : id_(id), close_(close) {}
  ~Opened() {
    if (id_ >= 0) close_(id_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

herr_t collect(hid_t, const char* name, const H5O_info_t*, void* places) {
  if (std::string_view(name) != ".") static_cast<std::vector<std::string>*>(places)->emplace_back(name);
  return 0;
}

std::vector<std::string> places_of(const fs::path& file) {
  std::vector<std::string> places;
  const Opened open(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  H5Ovisit2(open.get(), H5_INDEX_NAME, H5_ITER_INC, collect, &places, H5O_INFO_BASIC);
  return places;
}

std::vector<hsize_t> dims_of(hid_t file, const std::string& place) {
  const Opened set(H5Dopen2(file, place.c_str(), H5P_DEFAULT), H5Dclose);
  if (set.get() < 0) return {2, 2};
  const Opened space(H5Dget_space(set.get()), H5Sclose);
  std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space.get()), 0)));
  if (!dims.empty()) H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return dims;
}

hid_t type_of(unsigned choice) {
  const std::array types = {H5T_IEEE_F64LE, H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I64LE, H5T_STD_U64BE,
                            H5T_STD_I8LE,   H5T_STD_U8LE,   H5T_STD_B8LE,   H5T_C_S1,      H5T_STD_REF_OBJ};
  return types[choice % types.size()];
}

/// A dataset of these dimensions; none or some of its numbers are written.
void make_dataset(hid_t file, const std::string& place, const std::vector<hsize_t>& dims, unsigned choice) {
  const Opened space(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
      H5Sclose);
  const Opened properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  if (choice % 3 == 0 && !dims.empty()) {
    const std::vector<hsize_t> chunk(dims.size(), 3);
    H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
    if (choice % 2 == 0) H5Pset_deflate(properties.get(), 1);
  }
  const hid_t type = type_of(choice / 4);
  const Opened set(H5Dcreate2(file, place.c_str(), type, space.get(), links.get(), properties.get(), H5P_DEFAULT),
                   H5Dclose);
  hsize_t count = 1;
  for (const hsize_t dim : dims) count = dim > 4096 ? 1U << 20 : std::min<hsize_t>(count * dim, 1U << 20);
  const H5T_class_t kind = H5Tget_class(type);
  if (set.get() < 0 || count >= 1U << 20 || (kind != H5T_FLOAT && kind != H5T_INTEGER) || choice % 5 == 4) return;
  std::vector<double> values(count, choice % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0);
  if (choice % 11 == 0) std::fill(values.begin(), values.end(), 1e300);
  H5Dwrite(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// Other dimensions: another length, none, one more, one less, one beyond all memory.
std::vector<hsize_t> changed(std::vector<hsize_t> dims, unsigned choice) {
  if (dims.empty()) return {1 + choice % 5};
  hsize_t& one = dims[choice % dims.size()];
  switch (choice / 2 % 6) {
    case 0:
      one = choice % 23;
      break;
    case 1:
      one = 0;
      break;
    case 2:
      dims.push_back(1 + choice % 3);
      break;
    case 3:
      dims.pop_back();
      break;
    case 4:
      one = hsize_t{1} << (20 + choice % 43);
      break;
    default:
      std::reverse(dims.begin(), dims.end());
  }
  return dims;
}

void set_attribute(hid_t file, const std::string& place, unsigned choice) {
  constexpr std::array names = {"total",   "num_samples", "total_steps", "id",    "seed",
                                "version", "type",        "env_args",    "shape", "dimension"};
  const char* const name = names[choice % names.size()];
  const Opened object(H5Oopen(file, place.c_str(), H5P_DEFAULT), H5Oclose);
  if (object.get() < 0) return;
  if (H5Aexists(object.get(), name) > 0) H5Adelete(object.get(), name);
  const hsize_t three = 3;
  const Opened space(choice % 4 == 0 ? H5Screate_simple(1, &three, nullptr) : H5Screate(H5S_SCALAR), H5Sclose);
  const Opened created(H5Acreate2(object.get(), name, type_of(choice / 8), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                       H5Aclose);
  const std::array<double, 3> values = {choice % 5 == 0 ? 1e19 : static_cast<double>(choice % 9) - 1.0, -1.0, 1e308};
  const H5T_class_t kind = H5Tget_class(type_of(choice / 8));
  if (created.get() >= 0 && (kind == H5T_FLOAT || kind == H5T_INTEGER)) {
    H5Awrite(created.get(), H5T_NATIVE_DOUBLE, values.data());
  }
}

/// What becomes of one place.
void mutate(hid_t file, const std::string& place, unsigned what, unsigned choice) {
  const std::vector<hsize_t> dims = dims_of(file, place);
  if (what % 8 == 7) return set_attribute(file, place, choice);
  H5Ldelete(file, place.c_str(), H5P_DEFAULT);
  switch (what % 8) {
    case 0:
      return;
    case 1:
    case 2:
      return make_dataset(file, place, dims, choice);
    case 3:
    case 4:
      return make_dataset(file, place, changed(dims, choice), choice / 3);
    case 5:
      return static_cast<void>(H5Lcreate_soft("/data", file, place.c_str(), H5P_DEFAULT, H5P_DEFAULT));
    default:
      H5Gclose(H5Gcreate2(file, place.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      make_dataset(file, place + "/part", dims, choice);
  }
}

class Hdf5Target final : public FuzzTarget {
 public:
  Hdf5Target(const fs::path& golden, const fs::path& folder) : path_(folder / golden.filename()) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    fs::copy(golden, path_, fs::copy_options::recursive);
    file_ = fs::is_directory(path_) ? path_ / "data" / "main_data.hdf5" : path_;
    whole_ = read_file(file_);
    places_ = places_of(file_);
  }

  [[nodiscard]] std::vector<std::string> seeds() const override {
    std::vector<std::string> all = {std::string(3, '\0')};
    for (char what = 0; what < 8; ++what) all.push_back(std::string({'\1', what, '\5', '\2', what, '\x31'}));
    return all;
  }

  void run(std::string_view input) override {
    write_file(file_, whole_);
    {
      const Opened file(H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(input[i])); };
      for (std::size_t i = 0; i + 2 < std::min<std::size_t>(input.size(), 30); i += 3) {
        mutate(file.get(), places_[byte(i) % places_.size()], byte(i + 1), byte(i + 2));
      }
    }
    read_dataset(path_);
  }

 private:
  fs::path path_, file_;
  std::string whole_;
  std::vector<std::string> places_;
};

}  // namespace

std::unique_ptr<FuzzTarget> fuzz_target_hdf5(const std::string& golden, const std::string& folder) {
  return std::make_unique<Hdf5Target>(fs::path(PIANOLA_GOLDEN_FOLDER) / golden, folder);
}

}  // namespace pianola::fuzz
#endif  // PIANOLA_WITH_HDF5
