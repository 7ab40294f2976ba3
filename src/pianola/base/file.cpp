// Durability on POSIX: data are on the disk after fsync(file), a name after fsync(directory), and rename() is atomic
// within one file system; that is why the temporary file lies beside its target.
#include "pianola/base/file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void throw_resource(const fs::path& path, const char* what, int error) {
  throw ResourceError("cannot " + std::string(what) + " '" + path.string() + "': " + reason(error) +
                      write_remedy(error));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  /// Errors of delayed writes (NFS, quotas) come with close.
  [[nodiscard]] int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// What a write through `path` replaces: the end of a chain of symbolic links, else `path` itself.
fs::path resolved(const fs::path& path) {
  std::error_code ignored;
  const fs::path end = fs::canonical(path, ignored);
  return ignored ? path : end;
}

std::string machine_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "host";
  std::string out(name);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return out;
}

std::string temporary_prefix(const fs::path& path) { return path.filename().string() + ".tmp-" + machine_name() + "-"; }

/// Unique among the processes of all machines that share the folder.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  fs::path out = path;
  return out.replace_filename(temporary_prefix(path) + std::to_string(::getpid()) + "-" + std::to_string(counter++));
}

/// The process of "<prefix><process>-<counter>", if `name` is of that form.
std::optional<pid_t> owner_of(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  pid_t process = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, process);
  if (error != std::errc() || stop == end || *stop != '-' || process <= 0) return std::nullopt;
  return process;
}

/// Removes what processes of this machine that are no more (killed in mid-write) left beside `path`.
void remove_leftovers(const fs::path& path) {
  const std::string prefix = temporary_prefix(path);
  std::error_code ignored;
  for (fs::directory_iterator i(folder_of(path), ignored), end; !ignored && i != end; i.increment(ignored)) {
    const auto process = owner_of(i->path().filename().string(), prefix);
    if (process && ::kill(*process, 0) != 0 && errno == ESRCH) {
      std::error_code gone;
      fs::remove(i->path(), gone);
    }
  }
}

void write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), std::min(content.size(), std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_resource(path, "write", errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

void sync_file(int fd, const fs::path& path) {
  if (::fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) throw_resource(path, "write", errno);
}

/// Pipes and devices (/dev/stdout) cannot be replaced; they are written to.
void write_device(const fs::path& path, std::string_view content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) throw_resource(path, "open", errno);
  write_all(file.get(), content, path);
  if (file.close() != 0) throw_resource(path, "write", errno);
}

std::string read_all(int fd, const fs::path& path) {
  struct stat status {};
  std::string content;
  if (::fstat(fd, &status) == 0 && status.st_size > 0) content.reserve(static_cast<std::size_t>(status.st_size) + 1);
  for (std::size_t size = 0;;) {
    content.resize(std::max(content.capacity(), size + 65536));
    const ssize_t n = ::read(fd, content.data() + size, std::min(content.size() - size, std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw DataError("cannot read '" + path.string() + "': " + reason(errno));
    size += static_cast<std::size_t>(n);
    if (n == 0) {
      content.resize(size);
      return content;
    }
  }
}

}  // namespace

void sync_folder_of(const fs::path& path) {
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder; the rename itself stands.
  if (folder.get() >= 0 && ::fsync(folder.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    throw_resource(path, "sync the folder of", errno);
  }
}

std::string write_remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "; free some space or write elsewhere";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; write to a folder that you may write to";
    case ENOENT:
      return "; make the folder first";
    case EISDIR:
      return "; name a file";
    default:
      return "; write elsewhere";
  }
}

AtomicPath::AtomicPath(fs::path path) : path_(resolved(path)), temporary_(temporary_name(path_)) {
  const auto kind = fs::status(path_).type();
  if (kind == fs::file_type::directory) throw_resource(path_, "write", EISDIR);
  if (kind != fs::file_type::regular && kind != fs::file_type::not_found && kind != fs::file_type::none) {
    throw ResourceError("cannot replace '" + path_.string() + "': it is no regular file; name a file");
  }
  remove_leftovers(path_);
}

AtomicPath::~AtomicPath() {
  std::error_code ignored;
  if (!committed_) fs::remove(temporary_, ignored);
}

void AtomicPath::commit() {
  Descriptor file(::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw_resource(path_, "write", errno);
  struct stat old {};
  if (::stat(path_.c_str(), &old) == 0 && ::fchmod(file.get(), old.st_mode & 07777) != 0) {
    throw_resource(path_, "keep the permissions of", errno);
  }
  sync_file(file.get(), path_);
  if (file.close() != 0) throw_resource(path_, "write", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw_resource(path_, "write", errno);
  committed_ = true;
  sync_folder_of(path_);
}

void write_file(const fs::path& path, std::string_view content) {
  const auto kind = fs::status(path).type();
  if (kind == fs::file_type::character || kind == fs::file_type::fifo || kind == fs::file_type::socket) {
    return write_device(path, content);
  }
  AtomicPath target(path);
  {
    Descriptor file(::open(target.temporary().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) throw_resource(path, "write", errno);
    write_all(file.get(), content, path);
    if (file.close() != 0) throw_resource(path, "write", errno);
  }
  target.commit();
}

std::string read_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw DataError("cannot read '" + path.string() + "': " + reason(errno));
  try {
    return read_all(file.get(), path);
  } catch (const std::bad_alloc&) {
    throw ResourceError("cannot read '" + path.string() + "': it does not fit into memory");
  } catch (const std::length_error&) {
    throw ResourceError("cannot read '" + path.string() + "': it does not fit into memory");
  }
}

std::string hash_hex(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string out;
  for (const unsigned char byte : canonical.digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string hash_hex(std::string_view text) { return hash_hex(std::as_bytes(std::span(text.data(), text.size()))); }

}  // namespace pianola
