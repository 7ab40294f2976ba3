#include "pianola/experts/npz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

static_assert(std::endian::native == std::endian::little, "the reader copies little-endian numbers as they stand");

constexpr std::uint32_t kDirectoryEnd = 0x06054b50, kDirectoryEntry = 0x02014b50, kLocalHeader = 0x04034b50;
constexpr std::size_t kDirectoryEndSize = 22, kDirectoryEntrySize = 46, kLocalHeaderSize = 30;

/// A little-endian number at `at`. @throws DataError if it is not within the bytes.
template <class T>
T number_at(std::string_view bytes, std::size_t at, const std::string& where) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) throw DataError(where + ": is truncated or damaged");
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string_view piece(std::string_view bytes, std::size_t at, std::size_t size, const std::string& where) {
  if (at > bytes.size() || bytes.size() - at < size) throw DataError(where + ": is truncated or damaged");
  return bytes.substr(at, size);
}

/// Where the directory's end record starts: it is last, but for a comment of at most 65,535 bytes.
std::size_t find_directory_end(std::string_view bytes, const std::string& path) {
  const std::size_t least = bytes.size() < kDirectoryEndSize + 0xFFFF ? 0 : bytes.size() - kDirectoryEndSize - 0xFFFF;
  for (std::size_t at = bytes.size() < kDirectoryEndSize ? 0 : bytes.size() - kDirectoryEndSize + 1; at-- > least;) {
    if (number_at<std::uint32_t>(bytes, at, path) == kDirectoryEnd) return at;
  }
  throw DataError(path + ": has no zip directory; the file is truncated or no .npz archive");
}

/// The text after `key` in the header of a .npy file, a Python dictionary.
std::string_view header_value(std::string_view header, std::string_view key, const std::string& where) {
  const std::size_t at = header.find(key);
  const std::size_t colon = at == std::string_view::npos ? at : header.find(':', at + key.size());
  if (colon == std::string_view::npos) throw DataError(fmt::format("{}: its .npy header lacks {}", where, key));
  const std::string_view rest = header.substr(colon + 1);
  return rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
}

std::vector<std::size_t> parse_shape(std::string_view text, const std::string& where) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos)
    throw DataError(where + ": its .npy shape is unreadable");
  std::vector<std::size_t> shape;
  std::string_view rest = text.substr(1, close - 1);
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(", "), rest.size()));
    if (rest.empty()) return shape;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), shape.emplace_back());
    if (error != std::errc()) throw DataError(where + ": its .npy shape is unreadable");
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  }
}

/// Elements of `shape`; they must fill `bytes` exactly, so a product that overflows cannot pass.
std::size_t checked_count(const std::vector<std::size_t>& shape, std::size_t width, std::size_t bytes,
                          const std::string& where) {
  std::size_t count = 1;
  for (const std::size_t dim : shape) {
    if (dim != 0 && count > bytes / dim) throw DataError(where + ": claims more numbers than it holds");
    count *= dim;
  }
  if (bytes % width == 0 && count == bytes / width) return count;
  throw DataError(
      fmt::format("{}: holds {} bytes, but {} numbers of {} bytes are {}", where, bytes, count, width, count * width));
}

template <class T>
std::vector<double> convert(std::string_view bytes, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
    values[i] = static_cast<double>(value);
  }
  return values;
}

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

std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries;
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1u) != 0 ? 0xEDB88320u : 0u);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFFu];
  return ~crc;
}

NamedArray parse_npy(std::string_view bytes, const std::string& where) {
  if (!bytes.starts_with("\x93NUMPY")) throw DataError(where + ": is no .npy array");
  const auto version = number_at<std::uint8_t>(bytes, 6, where);
  const std::size_t prefix = version == 1 ? 10 : 12;
  const std::size_t length =
      version == 1 ? number_at<std::uint16_t>(bytes, 8, where) : number_at<std::uint32_t>(bytes, 8, where);
  const std::string_view header = piece(bytes, prefix, length, where);
  const std::string_view data = bytes.substr(prefix + length);
  const std::string_view type = header_value(header, "'descr'", where).substr(0, 5);
  NamedArray array{parse_shape(header_value(header, "'shape'", where), where), {}};
  const auto count = [&](std::size_t width) { return checked_count(array.shape, width, data.size(), where); };
  if (type == "'<f4'") {
    array.values = convert<float>(data, count(4));
  } else if (type == "'<f8'") {
    array.values = convert<double>(data, count(8));
  } else if (type == "'<i4'") {
    array.values = convert<std::int32_t>(data, count(4));
  } else if (type == "'<i8'") {
    array.values = convert<std::int64_t>(data, count(8));
  } else {
    throw DataError(fmt::format("{}: is of type {}; save it as float32 or float64 (little-endian)", where, type));
  }
  if (header_value(header, "'fortran_order'", where).starts_with("True")) transpose_fortran(array, where);
  return array;
}

NpzFile::NpzFile(const std::string& path) : path_(path), bytes_(read_file(path)) { read_directory(); }

void NpzFile::read_directory() {
  const std::size_t end = find_directory_end(bytes_, path_);
  const auto entries = number_at<std::uint16_t>(bytes_, end + 10, path_);
  std::size_t at = number_at<std::uint32_t>(bytes_, end + 16, path_);
  for (std::size_t i = 0; i < entries; ++i) members_.push_back(read_entry(at));
}

NpzFile::Member NpzFile::read_entry(std::size_t& at) const {
  if (number_at<std::uint32_t>(bytes_, at, path_) != kDirectoryEntry)
    throw DataError(path_ + ": its zip directory is damaged");
  const auto method = number_at<std::uint16_t>(bytes_, at + 10, path_);
  const auto crc = number_at<std::uint32_t>(bytes_, at + 16, path_);
  const std::size_t size = number_at<std::uint32_t>(bytes_, at + 20, path_);
  const std::size_t name_size = number_at<std::uint16_t>(bytes_, at + 28, path_);
  const std::size_t extra = number_at<std::uint16_t>(bytes_, at + 30, path_);
  const std::size_t comment = number_at<std::uint16_t>(bytes_, at + 32, path_);
  const std::size_t local = number_at<std::uint32_t>(bytes_, at + 42, path_);
  std::string name(piece(bytes_, at + kDirectoryEntrySize, name_size, path_));
  if (name.ends_with(".npy")) name.resize(name.size() - 4);
  at += kDirectoryEntrySize + name_size + extra + comment;
  if (method != 0) throw DataError(fmt::format("{}: array '{}' is compressed; write it with numpy.savez", path_, name));
  if (number_at<std::uint32_t>(bytes_, local, path_) != kLocalHeader)
    throw DataError(path_ + ": its zip directory is damaged");
  // The local header repeats name and extra field with lengths of its own.
  const std::size_t skip = kLocalHeaderSize + std::size_t{number_at<std::uint16_t>(bytes_, local + 26, path_)} +
                           std::size_t{number_at<std::uint16_t>(bytes_, local + 28, path_)};
  piece(bytes_, local + skip, size, fmt::format("{}, array '{}'", path_, name));
  return {std::move(name), local + skip, size, crc};
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  names.reserve(members_.size());
  for (const Member& member : members_) names.push_back(member.name);
  return names;
}

NamedArray NpzFile::read(const std::string& name) const {
  const std::string where = fmt::format("{}, array '{}'", path_, name);
  const auto member = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  if (member == members_.end()) throw DataError(fmt::format("{}: has no array '{}'", path_, name));
  const std::string_view bytes = piece(bytes_, member->offset, member->size, where);
  if (crc32(bytes) != member->crc) throw DataError(where + ": its checksum is wrong; the file is damaged");
  return parse_npy(bytes, where);
}

}  // namespace pianola
