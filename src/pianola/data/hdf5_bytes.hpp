// The stored bytes of an HDF5 dataset's rows, past libhdf5's caches.
//
// libhdf5 spends microseconds on each H5Dread and copies unfiltered chunks through a cache of its own. Numbers that are
// stored as memory has them need neither: where they lie in one piece, the file system reads them from the file's own
// descriptor; where they lie in chunks without filters, each whole chunk is read to where it shall be. What this cannot
// do (filters, parts of chunks, other drivers than libhdf5's own for files) it leaves to libhdf5.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/data/hdf5_guard.hpp"

namespace pianola {

/// The descriptor that libhdf5 reads an open file through (an identifier of it, or of a group in it); −1 if there is
/// none of the default driver's. It is libhdf5's and closes with the file. Call under a Hdf5Guard.
int hdf5_descriptor(std::int64_t file);

/// The dimensions of a dataset's chunks; none if it has none. `properties`: of its creation. Call under a Hdf5Guard.
std::vector<std::size_t> hdf5_chunk(std::int64_t properties, std::size_t rank);

/// Where the rows of one dataset lie.
class Hdf5Bytes {
 public:
  /// Nothing can be read.
  Hdf5Bytes() = default;
  /// In one piece from byte `offset` of the file on; row_bytes: of a row.
  Hdf5Bytes(int descriptor, std::uint64_t offset, std::size_t row_bytes);
  /// In chunks of whole rows without filters; dims: of the dataset, chunk: of a chunk, of one length. Nothing can be
  /// read if a chunk is no run of whole rows, or is larger than 1 MiB.
  Hdf5Bytes(std::span<const std::size_t> dims, std::span<const std::size_t> chunk, std::size_t row_bytes);

  /// How many rows from `first` on are best read at once, of `most` at most: up to the end of a chunk.
  /// room: rows that the caller has room for; a chunk may be larger (largest_block).
  [[nodiscard]] std::size_t block(std::size_t first, std::size_t most, std::size_t room) const;
  /// The most that block() gives.
  [[nodiscard]] std::size_t largest_block(std::size_t room) const;
  /// Reads rows from `first` on, all within the dataset (an identifier of libhdf5), to `to`: [rows × row_bytes].
  /// Returns how many it read: fewer, or 0, where libhdf5 has to read on or to say what is wrong.
  [[nodiscard]] std::size_t read(std::int64_t dataset, std::size_t first, std::size_t rows, std::byte* to) const;
  /// Rows from `first` on, of `rows` at most, that libhdf5 reads if read() could not: up to the next whole chunk.
  [[nodiscard]] std::size_t left_to_library(std::size_t first, std::size_t rows) const;

 private:
  [[nodiscard]] bool read_chunk(std::int64_t dataset, std::size_t first, std::byte* to) const;

  int descriptor_ = -1;
  std::uint64_t offset_ = 0;
  std::size_t row_bytes_ = 0;
  std::size_t chunk_rows_ = 0;  // 0: none
  std::size_t rank_ = 0;
};

}  // namespace pianola
