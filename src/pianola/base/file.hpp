// Files that are whole or absent, and hashes of what is in them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace pianola {

/// Writes beside `path`, fsyncs, and renames over it: a reader sees the old file or the new one, never a part.
/// @throws ResourceError with the path and the system's reason (disk full, no permission).
void write_file(const std::filesystem::path& path, std::string_view content);

/// Makes names in the folder of `path` durable: after a rename that write_file and AtomicPath did not do.
/// @throws ResourceError.
void sync_folder_of(const std::filesystem::path& path);

/// What mends a write that failed with this errno, to stand at the end of a message: "; free some space or write
/// elsewhere" of a full disk.
std::string write_remedy(int error);

/// @throws DataError if it does not exist or cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A temporary name beside `path`; commit() fsyncs and renames it to `path`; the destructor removes what was not
/// committed. For writers (HDF5) that need a file name of their own.
class AtomicPath {
 public:
  explicit AtomicPath(std::filesystem::path path);
  ~AtomicPath();
  AtomicPath(const AtomicPath&) = delete;
  AtomicPath& operator=(const AtomicPath&) = delete;
  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  bool committed_ = false;
};

/// XXH3-128 of the bytes; 32 hex digits. Equal for equal bytes on every machine.
std::string hash_hex(std::span<const std::byte> bytes);
std::string hash_hex(std::string_view text);

}  // namespace pianola
