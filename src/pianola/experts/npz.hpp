// NumPy's .npz: a zip archive of .npy arrays, as numpy.savez writes it (stored, not compressed).
//
// Read with care: every size is checked against the file before it is used, and each member's CRC-32 is verified.
// Differs from a general reader: only what numpy.savez writes: one disk, no compression, no encryption, under 4 GiB;
// numbers '<f4', '<f8', '<i4', '<i8'; Fortran order up to two dimensions.
// Sources: PKWARE APPNOTE 6.3 §4.3; NumPy "NEP 1: a simple file format for NumPy arrays".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/experts/array_file.hpp"

namespace pianola {

class NpzFile final : public ArrayFile {
 public:
  /// Reads the whole file and its directory. @throws DataError if it is absent, truncated, compressed or no zip
  /// archive.
  explicit NpzFile(const std::string& path);
  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] std::vector<std::string> names() const override;
  [[nodiscard]] NamedArray read(const std::string& name) const override;

 private:
  struct Member {
    std::string name;          // without ".npy"
    std::size_t offset, size;  // of its bytes in the archive
    std::uint32_t crc;
  };
  void read_directory();
  Member read_entry(std::size_t& at) const;

  std::string path_, bytes_;
  std::vector<Member> members_;
};

/// The array in the bytes of a .npy file; `where` begins the messages. @throws DataError.
NamedArray parse_npy(std::string_view bytes, const std::string& where);

/// CRC-32 as zip has it (polynomial 0xEDB88320, reflected).
std::uint32_t crc32(std::string_view bytes);

}  // namespace pianola
