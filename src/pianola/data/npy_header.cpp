#include "pianola/data/npy_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "pianola/base/error.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {
namespace {

/// The text after `key` in the header, a Python dictionary.
std::string_view header_value(std::string_view header, std::string_view key, const std::string& where) {
  const std::size_t at = header.find(key);
  const std::size_t colon = at == std::string_view::npos ? at : header.find(':', at + key.size());
  if (colon == std::string_view::npos) throw DataError(fmt::format("{}: its .npy header lacks {}", where, key));
  const std::string_view rest = header.substr(colon + 1);
  return rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
}

std::vector<std::size_t> parse_shape(std::string_view text, const std::string& where) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) {
    throw DataError(where + ": its .npy shape is unreadable");
  }
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

}  // namespace

std::optional<NumpyType> numpy_type(std::string_view code) {
  if (code.size() != 3 || std::string_view("<>|=").find(code[0]) == std::string_view::npos) return std::nullopt;
  const char kind = code[1], size = code[2];
  const std::string bits = std::to_string(8 * (size - '0'));
  const std::string name = kind == 'b' && size == '1' ? "bool"
                           : kind == 'f'              ? "float" + bits
                           : kind == 'i'              ? "int" + bits
                           : kind == 'u'              ? "uint" + bits
                                                      : "";
  if (type_width(name) == 0) return std::nullopt;
  return NumpyType{name, code[0] == '>' && size != '1'};
}

std::string numpy_code(std::string_view type) {
  const std::size_t width = type_width(type);
  if (width == 0) return "";
  const char kind = type == "bool" ? 'b' : type.front();
  return fmt::format("{}{}{}", width == 1 ? '|' : '<', kind, width);
}

void swap_bytes(std::span<char> bytes, std::size_t width) {
  for (std::size_t i = 0; i + width <= bytes.size(); i += width) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
  }
}

NpyHeader parse_npy_header(std::string_view bytes, const std::string& where) {
  if (!bytes.starts_with("\x93NUMPY")) throw DataError(where + ": is no .npy array");
  const std::size_t prefix = bytes.size() > 6 && bytes[6] == 1 ? 10 : 12;
  if (bytes.size() < prefix) throw DataError(where + ": is truncated or damaged");
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, prefix - 8);
  if (bytes.size() - prefix < length) throw DataError(where + ": is truncated or damaged");
  const std::string_view header = bytes.substr(prefix, length);
  const std::string_view code = header_value(header, "'descr'", where);
  const std::size_t close = code.size() > 1 ? code.find(code.front(), 1) : std::string_view::npos;
  NpyHeader parsed;
  parsed.code =
      code.starts_with('\'') && close != std::string_view::npos ? code.substr(1, close - 1) : code.substr(0, 8);
  parsed.fortran = header_value(header, "'fortran_order'", where).starts_with("True");
  parsed.shape = parse_shape(header_value(header, "'shape'", where), where);
  parsed.size = prefix + length;
  return parsed;
}

std::string make_npy_header(std::string_view type, std::span<const std::size_t> shape) {
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", numpy_code(type),
                                 fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr std::size_t kPrefix = 10, kAlign = 64;
  text.append((kAlign - (kPrefix + text.size() + 1) % kAlign) % kAlign, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 255);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

std::size_t checked_npy_count(std::span<const std::size_t> shape, std::size_t width, std::size_t bytes,
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

}  // namespace pianola
