// The header of NumPy's .npy arrays, and NumPy's codes of types ("<f4"). Source: NumPy, "NEP 1: a simple file format
// for NumPy arrays".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// A type of numbers as "<f4", "|b1", ">i8" name it.
struct NumpyType {
  std::string name;      ///< "float32"
  bool swapped = false;  ///< big-endian: bytes are to be reversed
};

/// Nothing for what is no type of numbers that is read here (texts, objects, complex numbers).
std::optional<NumpyType> numpy_type(std::string_view code);

/// "<f4" for "float32"; "" for an unknown type.
std::string numpy_code(std::string_view type);

/// Reverses the bytes of each number.
void swap_bytes(std::span<char> bytes, std::size_t width);

struct NpyHeader {
  std::string code;  ///< of the type: "<f4"
  bool fortran = false;
  std::vector<std::size_t> shape;
  std::size_t size = 0;  ///< of the header: the numbers begin there
};

/// Bytes that hold any header that is read here.
inline constexpr std::size_t kLongestNpyHeader = 65536 + 12;

/// Parses the beginning of a .npy file. @throws DataError beginning with `where`.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& where);

/// The header (version 1.0) of an array in C order, 64-byte aligned.
std::string make_npy_header(std::string_view type, std::span<const std::size_t> shape);

/// Numbers that `shape` claims. @throws DataError beginning with `where` unless they fill `bytes` exactly.
std::size_t checked_npy_count(std::span<const std::size_t> shape, std::size_t width, std::size_t bytes,
                              const std::string& where);

}  // namespace pianola
