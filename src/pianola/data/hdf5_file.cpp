#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_file.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>

#include "pianola/base/error.hpp"
#include "pianola/data/natural_order.hpp"

namespace pianola {
namespace {

Hdf5Id checked(hid_t id, Hdf5Id::Close close, const std::string& path, const std::string& place) {
  if (id < 0) {
    throw DataError(fmt::format("{}: '{}' cannot be opened ({}); it is absent or damaged, copy or make the file again",
                                path, place, hdf5_reason()));
  }
  return {id, close};
}

[[noreturn]] void throw_not_listed(const std::string& path, const std::string& place) {
  throw DataError(fmt::format("{}: '{}' cannot be listed ({}); the file is damaged, copy or make it again", path, place,
                              hdf5_reason()));
}

/// Read-only and network file systems often cannot lock; a lock that another process holds is still respected.
Hdf5Id lenient_locks() {
  Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access.get(), true, true);
#endif
  return access;
}

herr_t collect_link(hid_t, const char* name, const H5L_info_t*, void* out) {
  try {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;  // no exception may cross C
  }
}

herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* out) {
  return collect_link(-1, name, nullptr, out);
}

/// Text of a string attribute of one element; nothing if it cannot be read.
std::optional<std::string> read_text(hid_t attribute, hid_t type) {
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    const Hdf5Id memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.get(), H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(type));
    if (H5Aread(attribute, memory.get(), &text) < 0) return std::nullopt;
    std::string result = text == nullptr ? "" : text;
    H5free_memory(text);
    return result;
  }
  constexpr std::size_t kLongest = std::size_t{16} << 20;
  const std::size_t size = H5Tget_size(type);
  if (size > kLongest) return std::nullopt;
  std::string text(size, '\0');
  if (H5Aread(attribute, type, text.data()) < 0) return std::nullopt;
  text.resize(std::strlen(text.c_str()));
  return text;
}

constexpr std::size_t kMostText = std::size_t{64} << 20;

/// Where libhdf5 puts strings of varying length: kMostText in all, as a file may name the same one any number of times.
class TextRoom {
 public:
  static void* take(std::size_t size, void* room) { return static_cast<TextRoom*>(room)->piece(size); }
  static void give(void*, void*) {}  // all at once, in the end

 private:
  void* piece(std::size_t size) try {
    if (size > left_) return nullptr;
    left_ -= size;
    return pieces_.emplace_back(std::make_unique_for_overwrite<char[]>(size)).get();
  } catch (const std::bad_alloc&) {
    return nullptr;  // no exception may cross C
  }

  std::vector<std::unique_ptr<char[]>> pieces_;
  std::size_t left_ = kMostText;
};

/// The strings of a 1-D dataset of `count`; nothing if they cannot be read.
std::optional<std::vector<std::string>> read_texts(hid_t dataset, hid_t type, std::size_t count) {
  std::vector<std::string> texts;
  if (H5Tis_variable_str(type) > 0) {
    TextRoom room;
    const Hdf5Id memory(H5Tcopy(type), H5Tclose), transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
    H5Pset_vlen_mem_manager(transfer.get(), TextRoom::take, &room, TextRoom::give, &room);
    std::vector<const char*> pointers(count, nullptr);
    if (H5Dread(dataset, memory.get(), H5S_ALL, H5S_ALL, transfer.get(), pointers.data()) < 0) return std::nullopt;
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    return texts;
  }
  const std::size_t size = H5Tget_size(type);
  if (size == 0 || (count > 0 && size > kMostText / count)) return std::nullopt;
  std::string bytes(size * count, '\0');
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view text = std::string_view(bytes).substr(i * size, size);
    texts.emplace_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

/// Numbers of an attribute; nothing if it is not numeric.
std::optional<std::vector<double>> read_numbers(hid_t attribute, hid_t type, hid_t space) {
  constexpr hssize_t kMost = 1 << 20;
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (!hdf5_is_sound_number(type) || count < 0 || count > kMost) return std::nullopt;
  std::vector<double> values(static_cast<std::size_t>(count));
  if (count > 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()) < 0) return std::nullopt;
  return values;
}

/// A place as libhdf5 names it; "" is the file or group itself.
const char* own(const std::string& place) { return place.empty() ? "." : place.c_str(); }

/// Asks first: libhdf5 takes its time to say why what is absent cannot be opened, and to find what is open already.
Hdf5Id find_attribute(hid_t file, const std::string& place, const std::string& name) {
  if (place.empty()) {
    if (H5Aexists(file, name.c_str()) <= 0) return {};
    return {H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose};
  }
  if (H5Aexists_by_name(file, place.c_str(), name.c_str(), H5P_DEFAULT) <= 0) return {};
  return {H5Aopen_by_name(file, place.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
}

/// An attribute as text, if it is one string or one number.
std::optional<std::string> attribute_text(hid_t attribute) {
  const Hdf5Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!type.ok() || !space.ok() || H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt;
  if (H5Tget_class(type.get()) == H5T_STRING) return read_text(attribute, type.get());
  if (!hdf5_is_sound_number(type.get())) return std::nullopt;
  if (H5Tget_class(type.get()) == H5T_INTEGER && H5Tget_sign(type.get()) != H5T_SGN_NONE) {
    std::int64_t value = 0;  // a seed of 64 bits is no double
    if (H5Aread(attribute, H5T_NATIVE_INT64, &value) < 0) return std::nullopt;
    return fmt::format("{}", value);
  }
  const auto numbers = read_numbers(attribute, type.get(), space.get());
  return numbers ? std::optional(fmt::format("{}", numbers->front())) : std::nullopt;
}

}  // namespace

std::string why_no_hdf5(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return "it is no regular file";
  if (std::filesystem::file_size(path, ignored) == 0) return "it is empty";
  return has_hdf5_signature(path) ? "" : "it does not begin with HDF5's signature";
}

bool has_hdf5_signature(const std::string& path) {
  constexpr std::string_view kSignature("\x89HDF\r\n\x1a\n", 8);
  char start[8] = {};
  std::ifstream stream(path, std::ios::binary);
  return stream.read(start, sizeof(start)) && std::string_view(start, sizeof(start)) == kSignature;
}

Hdf5File::Hdf5File(const std::string& path) : source_{.path = path} {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) {
    const bool there = std::filesystem::exists(path, status);
    throw DataError(fmt::format("{}: an HDF5 file is required, but {}; check the path", path,
                                there ? "this is no regular file" : "there is no such file"));
  }
  source_.size = std::filesystem::file_size(path, status);
  const Hdf5Guard guard;
  const Hdf5Id access = lenient_locks();
  file_ = Hdf5Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  source_.id = file_.get();
  if (file_.ok()) {
    source_.descriptor = hdf5_descriptor(source_.id);
    return;
  }
  const std::string reason = hdf5_reason();
  if (has_hdf5_signature(path)) {
    throw DataError(
        fmt::format("{}: an HDF5 file of {} bytes that cannot be opened ({}); if it is truncated or damaged, "
                    "copy or make it again",
                    path, source_.size, reason));
  }
  throw DataError(fmt::format("{}: no HDF5 file: {}; check the path, or convert it", path,
                              source_.size == 0 ? "it is empty" : "HDF5's signature is missing (" + reason + ")"));
}

Hdf5File::Hdf5File(Hdf5Id group, Hdf5Source source) : source_(std::move(source)), file_(std::move(group)) {
  source_.id = file_.get();
}

Hdf5File::~Hdf5File() {
  if (!file_.ok()) return;
  const Hdf5Guard guard;
  file_.reset();
}

Hdf5File Hdf5File::below(const std::string& group) const {
  const Hdf5Guard guard;
  Hdf5Source source = source_;
  source.below = whole(group) + "/";
  return {checked(H5Gopen2(file_.get(), group.c_str(), H5P_DEFAULT), H5Gclose, source_.path, whole(group)),
          std::move(source)};
}

std::string Hdf5File::whole(const std::string& place) const {
  return place.empty() && !source_.below.empty() ? source_.below.substr(0, source_.below.size() - 1)
                                                 : source_.below + place;
}

Hdf5Node Hdf5File::node(const std::string& place) const {
  const Hdf5Guard guard;
  // Opening the object to ask it would cost ten times as much.
#if H5_VERSION_GE(1, 12, 0)
  H5O_info1_t info{};
#else
  H5O_info_t info{};
#endif
  if (H5Oget_info_by_name2(file_.get(), own(place), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return Hdf5Node::absent;
  switch (info.type) {
    case H5O_TYPE_GROUP:
      return Hdf5Node::group;
    case H5O_TYPE_DATASET:
      return Hdf5Node::dataset;
    default:
      return Hdf5Node::other;
  }
}

std::size_t Hdf5File::links(const std::string& group) const {
  const Hdf5Guard guard;
  H5G_info_t info{};
  return H5Gget_info_by_name(file_.get(), own(group), &info, H5P_DEFAULT) < 0 ? 0 : info.nlinks;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  const Hdf5Guard guard;
  const Hdf5Id object = checked(H5Gopen2(file_.get(), own(group), H5P_DEFAULT), H5Gclose, source_.path, whole(group));
  std::vector<std::string> names;
  hsize_t at = 0;
  if (H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &at, collect_link, &names) < 0) {
    throw_not_listed(source_.path, whole(group));
  }
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

Hdf5Dataset Hdf5File::dataset(const std::string& place) const { return Hdf5Dataset(source_, place); }

std::vector<double> Hdf5File::read(const std::string& place) const {
  const Hdf5Dataset numbers = dataset(place);
  std::vector<double> values(numbers.rows() * numbers.columns());
  numbers.read(values);
  return values;
}

std::optional<double> Hdf5File::scalar(const std::string& place) const {
  const Hdf5Guard guard;
  const Hdf5Id dataset(H5Dopen2(file_.get(), own(place), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) return std::nullopt;
  const Hdf5Id stored(H5Dget_type(dataset.get()), H5Tclose), space(H5Dget_space(dataset.get()), H5Sclose);
  const Hdf5Id type(H5Tget_class(stored.get()) == H5T_ENUM ? H5Tget_super(stored.get()) : H5Tcopy(stored.get()),
                    H5Tclose);
  if (!hdf5_is_sound_number(type.get()) || H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt;
  double value = 0.0;
  std::int64_t integer = 0;  // an enumeration converts to its own integers only
  const bool whole = H5Tget_class(type.get()) == H5T_INTEGER;
  const hid_t memory = whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
  void* const to = whole ? static_cast<void*>(&integer) : &value;
  if (H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0) return std::nullopt;
  return whole ? static_cast<double>(integer) : value;
}

std::vector<std::string> Hdf5File::texts(const std::string& place) const {
  constexpr hssize_t kMost = 1 << 20;
  const Hdf5Guard guard;
  const Hdf5Id dataset = checked(H5Dopen2(file_.get(), own(place), H5P_DEFAULT), H5Dclose, source_.path, whole(place));
  const Hdf5Id type(H5Dget_type(dataset.get()), H5Tclose), space(H5Dget_space(dataset.get()), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) == H5T_STRING && H5Sget_simple_extent_ndims(space.get()) == 1 && count >= 0 &&
      count <= kMost) {
    auto texts = read_texts(dataset.get(), type.get(), static_cast<std::size_t>(count));
    if (texts) return std::move(*texts);
  }
  throw DataError(
      fmt::format("{}: dataset '{}' must be a list of names (strings), but cannot be read as one; mend or "
                  "remove it",
                  source_.path, whole(place)));
}

bool Hdf5File::is_scalar(const std::string& place) const {
  const Hdf5Guard guard;
  const Hdf5Id dataset(H5Dopen2(file_.get(), own(place), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) return false;
  const Hdf5Id space(H5Dget_space(dataset.get()), H5Sclose);
  return H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE;
}

bool Hdf5File::is_numeric(const std::string& place) const {
  const Hdf5Guard guard;
  const Hdf5Id dataset(H5Dopen2(file_.get(), own(place), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) return false;
  const Hdf5Id type(H5Dget_type(dataset.get()), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.get());
  return kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM;
}

std::map<std::string, std::string> Hdf5File::attributes(const std::string& place) const {
  const Hdf5Guard guard;
  const Hdf5Id object = checked(H5Oopen(file_.get(), own(place), H5P_DEFAULT), H5Oclose, source_.path, whole(place));
  std::vector<std::string> names;
  hsize_t at = 0;
  if (H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &at, collect_attribute, &names) < 0) {
    throw_not_listed(source_.path, whole(place));
  }
  std::map<std::string, std::string> result;
  for (const std::string& name : names) {
    const Hdf5Id attribute(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
    if (!attribute.ok()) continue;
    if (auto text = attribute_text(attribute.get())) result.emplace(name, std::move(*text));
  }
  return result;
}

std::optional<std::string> Hdf5File::attribute(const std::string& place, const std::string& name) const {
  const Hdf5Guard guard;
  const Hdf5Id attribute = find_attribute(file_.get(), place, name);
  return attribute.ok() ? attribute_text(attribute.get()) : std::nullopt;
}

std::optional<std::vector<double>> Hdf5File::numbers(const std::string& place, const std::string& name) const {
  const Hdf5Guard guard;
  const Hdf5Id attribute = find_attribute(file_.get(), place, name);
  if (!attribute.ok()) return std::nullopt;
  const Hdf5Id type(H5Aget_type(attribute.get()), H5Tclose), space(H5Aget_space(attribute.get()), H5Sclose);
  if (!type.ok() || !space.ok()) return std::nullopt;
  return read_numbers(attribute.get(), type.get(), space.get());
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
