// NumPy's .npz as a file of named arrays: a zip archive of .npy arrays, as numpy.savez and savez_compressed write it.
//
// Numbers of any of NumPy's real types; Fortran order up to two dimensions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/zip_archive.hpp"
#include "pianola/experts/array_file.hpp"

namespace pianola {

class NpzFile final : public ArrayFile {
 public:
  /// Reads the archive's directory. @throws DataError if the file is absent, truncated or no zip archive.
  explicit NpzFile(const std::string& path) : archive_(path) {}
  [[nodiscard]] const std::string& path() const override { return archive_.path(); }
  [[nodiscard]] std::vector<std::string> names() const override;
  [[nodiscard]] NamedArray read(const std::string& name) const override;

 private:
  ZipArchive archive_;
};

/// The array in the bytes of a .npy file; `where` begins the messages. @throws DataError.
NamedArray parse_npy(std::string_view bytes, const std::string& where);

}  // namespace pianola
