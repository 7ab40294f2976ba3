#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_bytes.hpp"

#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#if H5_VERSION_GE(2, 0, 0)
#undef H5Dread_chunk
#define H5Dread_chunk H5Dread_chunk1
#endif

namespace pianola {
namespace {

constexpr std::size_t kLargestChunk = std::size_t{1} << 20;  // what libhdf5's own cache takes

/// False if the file has no such bytes (any more), or the disk fails.
bool read_piece(int descriptor, std::uint64_t offset, std::byte* to, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::pread(descriptor, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

int hdf5_descriptor(std::int64_t file) {
  const Hdf5Id whole(H5Iget_file_id(file), H5Fclose);
  const Hdf5Id access(whole.ok() ? H5Fget_access_plist(whole.get()) : -1, H5Pclose);
  void* handle = nullptr;
  if (!access.ok() || H5Pget_driver(access.get()) != H5FD_SEC2) return -1;
  if (H5Fget_vfd_handle(whole.get(), H5P_DEFAULT, &handle) < 0 || handle == nullptr) return -1;
  return *static_cast<const int*>(handle);
}

std::vector<std::size_t> hdf5_chunk(std::int64_t properties, std::size_t rank) {
  std::vector<hsize_t> chunk(rank);
  if (H5Pget_chunk(properties, static_cast<int>(rank), chunk.data()) < 0) return {};
  return {chunk.begin(), chunk.end()};
}

Hdf5Bytes::Hdf5Bytes(int descriptor, std::uint64_t offset, std::size_t row_bytes)
    : descriptor_(descriptor), offset_(offset), row_bytes_(row_bytes) {}

Hdf5Bytes::Hdf5Bytes(std::span<const std::size_t> dims, std::span<const std::size_t> chunk, std::size_t row_bytes)
    : row_bytes_(row_bytes), rank_(dims.size()) {
  const bool whole_rows = std::equal(dims.begin() + 1, dims.end(), chunk.begin() + 1, chunk.end());
  if (whole_rows && row_bytes > 0 && chunk.front() > 0 && chunk.front() <= kLargestChunk / row_bytes) {
    chunk_rows_ = chunk.front();
  }
}

std::size_t Hdf5Bytes::block(std::size_t first, std::size_t most, std::size_t room) const {
  if (chunk_rows_ == 0) return std::min(most, room);
  if (first % chunk_rows_ != 0) return std::min(most, chunk_rows_ - first % chunk_rows_);
  const std::size_t chunks = std::max<std::size_t>(1, std::min(most, room) / chunk_rows_);
  return std::min(most, chunks * chunk_rows_);
}

std::size_t Hdf5Bytes::largest_block(std::size_t room) const { return std::max(room, chunk_rows_); }

std::size_t Hdf5Bytes::left_to_library(std::size_t first, std::size_t rows) const {
  return chunk_rows_ == 0 ? rows : std::min(rows, chunk_rows_ - first % chunk_rows_);
}

std::size_t Hdf5Bytes::read(std::int64_t dataset, std::size_t first, std::size_t rows, std::byte* to) const {
  if (descriptor_ >= 0) return read_piece(descriptor_, offset_ + first * row_bytes_, to, rows * row_bytes_) ? rows : 0;
  if (chunk_rows_ == 0) return 0;
  std::size_t done = 0;
  while (rows - done >= chunk_rows_ && (first + done) % chunk_rows_ == 0 &&
         read_chunk(dataset, first + done, to + done * row_bytes_)) {
    done += chunk_rows_;
  }
  return done;
}

/// Only a chunk that has the bytes it should have, since libhdf5 writes as many as the file says.
bool Hdf5Bytes::read_chunk(std::int64_t dataset, std::size_t first, std::byte* to) const {
  const Hdf5Guard guard;
  std::vector<hsize_t> place(rank_);
  place.front() = first;
  hsize_t stored = 0;
  if (H5Dget_chunk_storage_size(dataset, place.data(), &stored) < 0 || stored != chunk_rows_ * row_bytes_) return false;
  std::uint32_t filters = 0;
  return H5Dread_chunk(dataset, H5P_DEFAULT, place.data(), &filters, to) >= 0;
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
