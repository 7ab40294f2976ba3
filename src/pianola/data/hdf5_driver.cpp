#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_driver.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace pianola {
namespace {

/// Handed from the access properties to open_file.
struct DriverInfo {
  int* first_error;
};

struct DriverFile {
  H5FD_t base{};  // libhdf5's part; must come first
  int descriptor = -1;
  int* first_error = nullptr;
  haddr_t eoa = 0;                                    // end of what libhdf5 has allotted
  haddr_t eof = 0;                                    // end of what has been written, or would have been
  std::map<haddr_t, std::vector<std::byte>> unsaved;  // metadata written after the first failure
};

DriverFile& as_driver(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& as_driver(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

void remember(DriverFile& file, int error) {
  if (*file.first_error == 0) *file.first_error = error;
}

/// Transfers bytes until all are done, none are taken (errno 0) or a call fails (errno). Returns how many are left.
template <class Transfer, class Byte>
std::size_t transfer_all(Transfer transfer, int descriptor, Byte* bytes, std::size_t size, haddr_t at) {
  while (size > 0) {
    const ssize_t n = transfer(descriptor, bytes, std::min(size, std::size_t{1} << 30), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = 0;
    if (n <= 0) break;
    bytes += n;
    size -= static_cast<std::size_t>(n);
    at += static_cast<haddr_t>(n);
  }
  return size;
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr || (flags & H5F_ACC_CREAT) == 0) return nullptr;
  const int descriptor = ::open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    *info->first_error = errno;
    return nullptr;
  }
  auto file = std::make_unique<DriverFile>();
  file->descriptor = descriptor;
  file->first_error = info->first_error;
  return &file.release()->base;
}

herr_t close_file(H5FD_t* base) {
  const std::unique_ptr<DriverFile> file(&as_driver(base));
  if (::close(file->descriptor) != 0) remember(*file, errno);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_eoa(const H5FD_t* base, H5FD_mem_t) { return as_driver(base).eoa; }
haddr_t get_eof(const H5FD_t* base, H5FD_mem_t) { return as_driver(base).eof; }

herr_t set_eoa(H5FD_t* base, H5FD_mem_t, haddr_t eoa) {
  as_driver(base).eoa = eoa;
  return 0;
}

/// Copies the part of `from` (at `from_at`) that lies in `to` (at `to_at`).
void overlay(const std::vector<std::byte>& from, haddr_t from_at, std::byte* to, haddr_t to_at, std::size_t to_size) {
  const haddr_t begin = std::max(from_at, to_at), end = std::min(from_at + from.size(), to_at + to_size);
  if (begin < end) std::memcpy(to + (begin - to_at), from.data() + (begin - from_at), end - begin);
}

herr_t read_bytes(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, void* buffer) {
  DriverFile& file = as_driver(base);
  auto* bytes = static_cast<std::byte*>(buffer);
  std::memset(bytes, 0, size);  // beyond the end there are zeros
  if (transfer_all(::pread, file.descriptor, bytes, size, at) > 0 && errno != 0) remember(file, errno);
  for (const auto& [place, saved] : file.unsaved) overlay(saved, place, bytes, at, size);
  return 0;
}

/// Keeps metadata that the disk did not take; blocks that it replaces are merged, so that the newest bytes count.
herr_t keep(DriverFile& file, haddr_t at, const std::byte* bytes, std::size_t size) try {
  haddr_t begin = at, end = at + size;
  for (const auto& [place, saved] : file.unsaved) {
    if (place >= end || place + saved.size() <= begin) continue;
    begin = std::min(begin, place);
    end = std::max(end, place + saved.size());
  }
  std::vector<std::byte> merged(end - begin);
  for (const auto& [place, saved] : file.unsaved) overlay(saved, place, merged.data(), begin, merged.size());
  std::memcpy(merged.data() + (at - begin), bytes, size);
  std::erase_if(file.unsaved, [&](const auto& entry) { return entry.first >= begin && entry.first < end; });
  file.unsaved.emplace(begin, std::move(merged));
  return 0;
} catch (...) {
  return -1;  // no exception may cross C
}

herr_t write_bytes(H5FD_t* base, H5FD_mem_t type, hid_t, haddr_t at, std::size_t size, const void* buffer) {
  DriverFile& file = as_driver(base);
  const auto* bytes = static_cast<const std::byte*>(buffer);
  file.eof = std::max(file.eof, at + size);
  if (*file.first_error == 0) {
    if (transfer_all(::pwrite, file.descriptor, bytes, size, at) == 0) return 0;
    remember(file, errno != 0 ? errno : EIO);
  }
  return type == H5FD_MEM_DRAW ? 0 : keep(file, at, bytes, size);
}

herr_t truncate_file(H5FD_t* base, hid_t, hbool_t) {
  DriverFile& file = as_driver(base);
  if (*file.first_error == 0 && ::ftruncate(file.descriptor, static_cast<off_t>(file.eoa)) != 0) remember(file, errno);
  file.eof = file.eoa;
  return 0;
}

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(517);  // of the range for private use
#endif
  driver.name = "pianola";
  driver.maxaddr = (haddr_t{1} << 62) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = get_eoa;
  driver.set_eoa = set_eoa;
  driver.get_eof = get_eof;
  driver.read = read_bytes;
  driver.write = write_bytes;
  driver.truncate = truncate_file;
  std::fill(std::begin(driver.fl_map), std::end(driver.fl_map), H5FD_MEM_SUPER);  // one free list for all
  return driver;
}

}  // namespace

Hdf5Id hdf5_remembering_access(int* first_error) {
  static const H5FD_class_t driver = driver_class();
  const DriverInfo info{first_error};
  const Hdf5Id registered(H5FDregister(&driver), H5FDunregister);  // the properties and the file keep it alive
  Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (!registered.ok() || H5Pset_driver(access.get(), registered.get(), &info) < 0) return {};
  return access;
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
