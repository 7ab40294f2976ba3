// Files of tensors that know when they were damaged: metadata "fingerprint" is of everything else that they say.
#pragma once

#include <filesystem>
#include <string>

#include "pianola/base/safetensors.hpp"

namespace pianola {

/// write_safetensors with the fingerprint added. Atomic. @throws as that.
void write_sealed(const std::filesystem::path& path, TensorFile file);

/// A reader calls it last: what is missing or of another shape has a better message of its own.
/// @throws DataError naming `where` and both fingerprints if tensors or metadata are not what was written.
void check_seal(const TensorFile& file, const std::string& where);

/// read_safetensors and check_seal.
TensorFile read_sealed(const std::filesystem::path& path);

}  // namespace pianola
