// The safetensors format: u64 little-endian header length, JSON header, raw little-endian tensors.
// Source: huggingface/safetensors, README "Format". Files of the original library are read; ours are read by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace pianola {

/// One tensor: dtype as the format names it ("F32", "F64", "BF16", "I64", "U8", …), row-major.
struct Tensor {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;

  /// @throws UsageError if there are not as many values as the shape says.
  static Tensor of(std::vector<std::size_t> shape, std::span<const float> values);
  static Tensor of(std::vector<std::size_t> shape, std::span<const double> values);
  /// F32, F64, F16 or BF16 as floats. `name` for the error.
  /// @throws DataError for another dtype, or for a finite F64 value that no finite float is near.
  [[nodiscard]] std::vector<float> floats(const std::string& name) const;
};

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;  ///< the header's __metadata__

  /// @throws DataError naming `where` and the tensor if it is missing.
  [[nodiscard]] const Tensor& at(const std::string& name, const std::string& where) const;
  /// @throws DataError naming `where` and the tensor if it is missing or of another shape.
  [[nodiscard]] const Tensor& at(const std::string& name, std::span<const std::size_t> shape,
                                 const std::string& where) const;
};

/// Parses a whole file. Every size is range-checked before it is used: header length, offsets (in order, contiguous,
/// no overlap, no gap), shape products (no overflow), dtype width. @throws DataError naming `where` and the tensor.
TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& where);
TensorFile read_safetensors(const std::filesystem::path& path);
/// The file as bytes: tensors of wide dtypes first, then by name (the order of the original), so that each lies at a
/// multiple of its width; equal contents give equal bytes.
/// @throws UsageError if a tensor's shape, dtype and bytes contradict each other, or a name is reserved or no UTF-8.
std::string format_safetensors(const TensorFile& file);
/// Atomic. @throws UsageError as above; ResourceError.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace pianola
