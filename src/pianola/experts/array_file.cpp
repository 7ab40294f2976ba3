#include "pianola/experts/array_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/experts/npz.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_file.hpp"
#endif

namespace pianola {
namespace {

std::string first_bytes(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw DataError(path + ": is a folder; a file of arrays was expected, HDF5 or NumPy .npz");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError(fmt::format("{}: cannot be opened ({})", path, std::strerror(errno)));
  std::string head(8, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

#ifdef PIANOLA_WITH_HDF5
class Hdf5Arrays final : public ArrayFile {
 public:
  explicit Hdf5Arrays(const std::string& path) : file_(path) {}
  [[nodiscard]] const std::string& path() const override { return file_.path(); }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (std::string& name : file_.children("/")) {
      if (file_.node("/" + name) == Hdf5Node::dataset) names.push_back(std::move(name));
    }
    return names;
  }
  [[nodiscard]] NamedArray read(const std::string& name) const override {
    if (file_.node("/" + name) != Hdf5Node::dataset)
      throw DataError(fmt::format("{}: has no array '{}'", path(), name));
    const Hdf5Dataset dataset = file_.dataset("/" + name);
    NamedArray array{dataset.dims(), std::vector<double>(dataset.rows() * dataset.columns())};
    dataset.read(array.values);
    return array;
  }

 private:
  Hdf5File file_;
};
#endif

std::unique_ptr<ArrayFile> open_hdf5(const std::string& path) {
#ifdef PIANOLA_WITH_HDF5
  return std::make_unique<Hdf5Arrays>(path);
#else
  throw UsageError(path + ": is an HDF5 file, and this build has no HDF5 (PIANOLA_WITH_HDF5); save it as .npz");
#endif
}

}  // namespace

std::string shape_text(const std::vector<std::size_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::unique_ptr<ArrayFile> open_array_file(const std::string& path) {
  const std::string head = first_bytes(path);
  if (head.starts_with("\x89HDF")) return open_hdf5(path);
  if (head.starts_with("PK")) return std::make_unique<NpzFile>(path);
  throw DataError(path + ": is neither an HDF5 file nor a NumPy .npz archive");
}

}  // namespace pianola
