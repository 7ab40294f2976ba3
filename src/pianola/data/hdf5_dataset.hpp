// A numeric HDF5 dataset: what it claims, whether the file holds it, and its numbers as doubles.
//
// A dataset is refused before memory is taken for it if it claims more numbers than the file holds: a product that
// overflows, storage that was never written, a compression ratio beyond deflate's. Floats up to 64 bits, integers and
// enumerations (h5py's booleans) of any byte order are numeric; strings, compounds, references are not.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/hdf5_bytes.hpp"
#include "pianola/data/hdf5_guard.hpp"
#include "pianola/data/trajectory_check.hpp"

namespace pianola {

/// Whether a datatype (an identifier of libhdf5) is a float or integer of at most 64 bits whose bit fields lie within
/// it. Those of a damaged file may not, and libhdf5's conversions trust them with its stack. Call under a Hdf5Guard.
bool hdf5_is_sound_number(std::int64_t type);

/// An open file, or one of its groups, as datasets are found in it.
struct Hdf5Source {
  std::int64_t id = -1;    ///< libhdf5's
  std::string path = {};   ///< of the file, for messages
  std::string below = {};  ///< what messages write before a place in it: "/data/demo_0/"
  std::uint64_t size = 0;  ///< of the file, bytes
  int descriptor = -1;     ///< hdf5_descriptor
};

/// An open dataset of an open file, which must outlive it.
class Hdf5Dataset {
 public:
  /// Opens `place` of `file` and checks it. @throws DataError naming file and dataset if it is absent, not numeric, has
  /// no dimensions, or claims more than is stored.
  Hdf5Dataset(const Hdf5Source& file, const std::string& place);
  ~Hdf5Dataset();
  Hdf5Dataset(Hdf5Dataset&&) noexcept = default;
  Hdf5Dataset& operator=(Hdf5Dataset&&) = delete;

  [[nodiscard]] const std::vector<std::size_t>& dims() const { return dims_; }  ///< at least one
  [[nodiscard]] std::size_t rows() const { return dims_.front(); }
  [[nodiscard]] std::size_t columns() const;    ///< product of all dimensions but the first; 1 for a 1-D dataset
  [[nodiscard]] std::string dims_text() const;  ///< "[1000, 3]"
  /// 32 if each of its values is a float32 (floats up to 32 bits, integers up to 16), else 64.
  [[nodiscard]] int bits() const;
  /// Its type as NumPy calls it: "float32", "int64", "bool" (an enumeration of one byte); byte order is no matter.
  [[nodiscard]] std::string type_name() const;
  /// Rows [first, first + out.size() / columns()), row-major. @throws as read(), UsageError if there are not so many.
  void read_rows(std::size_t first, std::span<double> out) const;
  /// All numbers, row-major; out: [rows × columns]. @throws DataError if they cannot be read, or for an integer beyond
  /// ±2⁵³, which no double holds. Cost: no memory beyond `out` and libhdf5's own buffers: the chunks of one row, 64 MiB
  /// at most, which stay until the dataset is closed.
  void read(std::span<double> out) const;
  /// All numbers, and whether all are finite, at the speed of memory: each is looked at while it is in the cache.
  /// @throws as read().
  [[nodiscard]] CheckedMatrix read_checked() const;
  /// The same of rows [first, first + rows). @throws as read(), UsageError if there are not so many.
  [[nodiscard]] CheckedMatrix read_checked(std::size_t first, std::size_t rows) const;
  /// All numbers into columns [first, first + columns()) of out: [rows × stride]; others are left as they are.
  /// @throws as read(). Cost: 512 KiB beside `out`, or one row of the file's chunks if those are larger.
  void read_columns(std::span<double> out, std::size_t stride, std::size_t first) const;

 private:
  void open(const Hdf5Source& file, const std::string& place);
  bool read_type();
  void find_numbers(const Hdf5Source& file, const std::string& place, std::uint64_t count, bool native);
  void keep_chunks(const Hdf5Source& file, const std::string& place, std::size_t bytes);
  [[noreturn]] void throw_not_whole(const std::string& problem) const;
  [[nodiscard]] bool wide_float() const { return bytes_ > sizeof(float); }
  template <class Float>
  [[nodiscard]] CheckedMatrix read_floats(std::size_t first, std::size_t rows) const;
  void fetch(std::size_t first, std::size_t rows, std::int64_t type, void* to) const;
  void fetch_by_library(std::size_t first, std::size_t rows, std::int64_t type, void* to) const;
  [[nodiscard]] std::size_t block_rows() const;

  std::string path_, place_;
  std::uint64_t file_size_ = 0;
  Hdf5Id dataset_;
  bool float_ = false, signed_ = true, enumeration_ = false;
  bool byte_ = false;           // an integer of exactly 8 bits
  std::size_t bytes_ = 0;       // of one number in the file
  std::size_t chunk_rows_ = 1;  // of the file's chunks; 1 where it has none
  std::vector<std::size_t> dims_;
  Hdf5Bytes stored_;  // where libhdf5 is not needed to read them
};

}  // namespace pianola
