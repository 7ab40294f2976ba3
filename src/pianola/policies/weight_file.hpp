// Reading the tensors and metadata of policy.safetensors and model.safetensors: shapes, finite numbers, sizes; errors
// name file and tensor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"

namespace pianola {

/// @throws DataError always: metadata `key` of the file `where` must be `wanted`, but is `value`.
[[noreturn]] void throw_bad_metadata(const std::string& where, const std::string& key, const std::string& wanted,
                                     const std::string& value);

/// @throws DataError if the file has no such metadata.
const std::string& read_metadata(const TensorFile& file, const std::string& key, const std::string& where);

/// What a whole number may be.
struct CountRange {
  std::size_t least = 1, most = 0xFFFFFFFFU;
};
/// Metadata that is a whole number. @throws DataError if it is missing, none, or out of range.
std::size_t read_count(const TensorFile& file, const std::string& key, const CountRange& range,
                       const std::string& where);

/// Metadata "vocabularies", such as 17,17: sizes of the vocabularies of each position, at least one.
/// @throws DataError if they are missing, zero, or no numbers below 2³².
std::vector<std::uint32_t> read_vocabularies(const TensorFile& file, const std::string& where);

/// The floats of a tensor. @throws DataError if it is missing, has another shape or dtype, or holds NaN or Inf.
std::vector<float> read_weights(const TensorFile& file, const std::string& name, const std::vector<std::size_t>& shape,
                                const std::string& where);

/// The same of a tensor of doubles, dtype F64. @throws DataError as above.
std::vector<double> read_numbers(const TensorFile& file, const std::string& name, const std::vector<std::size_t>& shape,
                                 const std::string& where);

/// Size of a tensor's dimension `axis`. @throws DataError if it is missing, has no such dimension, or is empty.
std::size_t read_extent(const TensorFile& file, const std::string& name, std::size_t axis, const std::string& where);

}  // namespace pianola
