// A folder that appears whole or not at all, for formats that are folders of files.
#pragma once

#include <filesystem>

namespace pianola {

/// Files are written into temporary(), a folder beside `path`; commit() fsyncs all of them and renames it to `path`;
/// the destructor removes what was not committed.
class AtomicFolder {
 public:
  /// Makes the temporary folder. @throws ResourceError with the path and the system's reason, also if there is already
  /// something at `path` that is no empty folder: a folder cannot be replaced in one step.
  explicit AtomicFolder(std::filesystem::path path);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// @throws ResourceError if the disk is full, or something has appeared at path() meanwhile.
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  bool committed_ = false;
};

}  // namespace pianola
