// rename() replaces an empty folder, and refuses one that holds something: what others wrote is never lost.
#include "pianola/base/atomic_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_cannot_write(const fs::path& path, int error) {
  throw ResourceError("cannot write '" + path.string() + "': " + std::generic_category().message(error) +
                      write_remedy(error));
}

/// Without the slash that may end a folder's name: the temporary folder lies beside it, not in it.
fs::path without_slash(fs::path path) { return path.has_filename() ? path : path.parent_path(); }

void require_free(const fs::path& path) {
  std::error_code ignored;
  const auto kind = fs::symlink_status(path, ignored).type();
  if (kind == fs::file_type::not_found || kind == fs::file_type::none) return;
  if (kind == fs::file_type::directory && fs::is_empty(path, ignored) && !ignored) return;
  throw ResourceError("cannot write the folder '" + path.string() +
                      "': something is there already; remove it first, or name another");
}

void sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) throw_cannot_write(path, errno);
  // Some file systems cannot sync a folder; the rename itself stands.
  const int error = ::fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
  ::close(file);
  if (error != 0) throw_cannot_write(path, error);
}

}  // namespace

AtomicFolder::AtomicFolder(fs::path path) : path_(without_slash(std::move(path))) {
  require_free(path_);
  std::string pattern = path_.string() + ".tmp-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw_cannot_write(path_, errno);
  temporary_ = pattern;
  const mode_t mask = ::umask(0);  // mkdtemp's folder is for its owner alone
  ::umask(mask);
  if (::chmod(temporary_.c_str(), 0777 & ~mask) != 0) throw_cannot_write(path_, errno);
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void AtomicFolder::commit() {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(temporary_)) {
    sync(entry.path(), entry.is_directory() ? O_DIRECTORY : 0);
  }
  sync(temporary_, O_DIRECTORY);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    require_free(path_);
    throw_cannot_write(path_, errno);
  }
  committed_ = true;
  sync_folder_of(path_);
}

}  // namespace pianola
