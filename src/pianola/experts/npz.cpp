#include "pianola/experts/npz.hpp"

#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {
namespace {

void transpose_fortran(NamedArray& array, const std::string& where) {
  if (array.shape.size() < 2) return;
  if (array.shape.size() > 2) throw DataError(where + ": is in Fortran order; save numpy.ascontiguousarray(x)");
  const std::size_t rows = array.shape[0], cols = array.shape[1];
  std::vector<double> values(array.values.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < cols; ++j) values[i * cols + j] = array.values[j * rows + i];
  }
  array.values = std::move(values);
}

}  // namespace

NamedArray parse_npy(std::string_view bytes, const std::string& where) {
  const NpyHeader header = parse_npy_header(bytes, where);
  const auto type = numpy_type(header.code);
  if (!type) {
    throw DataError(
        fmt::format("{}: is of type '{}'; save it as float32 or float64 (little-endian)", where, header.code));
  }
  std::string data(bytes.substr(header.size));
  const std::size_t width = type_width(type->name);
  NamedArray array{header.shape, std::vector<double>(checked_npy_count(header.shape, width, data.size(), where))};
  if (type->swapped) swap_bytes(data, width);
  widen_numbers(data, type->name, array.values, where);
  if (header.fortran) transpose_fortran(array, where);
  return array;
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  names.reserve(archive_.members().size());
  for (const ZipMember& member : archive_.members()) {
    names.push_back(member.name.ends_with(".npy") ? member.name.substr(0, member.name.size() - 4) : member.name);
  }
  return names;
}

NamedArray NpzFile::read(const std::string& name) const {
  const ZipMember* member = archive_.find(name + ".npy");
  if (member == nullptr) member = archive_.find(name);
  if (member == nullptr) throw DataError(fmt::format("{}: has no array '{}'", path(), name));
  return parse_npy(archive_.read(*member), fmt::format("{}, array '{}'", path(), name));
}

}  // namespace pianola
