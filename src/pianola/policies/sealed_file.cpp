#include "pianola/policies/sealed_file.hpp"

#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

const std::string kKey = "fingerprint";

std::string fingerprint_of(const TensorFile& file) {
  std::string parts = "pianola tensors 1;";
  for (const auto& [key, value] : file.metadata) {
    if (key != kKey) parts += fmt::format("{};{};", hash_hex(key), hash_hex(value));
  }
  for (const auto& [name, tensor] : file.tensors) {
    parts +=
        fmt::format("{};{};{};{};", hash_hex(name), tensor.dtype, fmt::join(tensor.shape, ","), hash_hex(tensor.bytes));
  }
  return hash_hex(parts);
}

}  // namespace

void write_sealed(const std::filesystem::path& path, TensorFile file) {
  file.metadata[kKey] = fingerprint_of(file);
  write_safetensors(path, file);
}

void check_seal(const TensorFile& file, const std::string& where) {
  const std::string &written = read_metadata(file, kKey, where), found = fingerprint_of(file);
  if (written == found) return;
  throw DataError(
      fmt::format("{} was written with fingerprint {}, but has {}: tensors or metadata were damaged or "
                  "edited; restore the run folder or train again",
                  where, written, found));
}

TensorFile read_sealed(const std::filesystem::path& path) {
  TensorFile file = read_safetensors(path);
  check_seal(file, path.string());
  return file;
}

}  // namespace pianola
