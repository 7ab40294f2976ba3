// An HDF5 file being written beside its final path; it appears there, whole, when finish() returns.
//
// Datasets are contiguous and written at once, so that reading them is one read; strings are variable-length UTF-8, as
// h5py writes them. The bytes depend on the contents alone: no times are stored. Only a build with PIANOLA_WITH_HDF5
// has these functions.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "pianola/base/file.hpp"
#include "pianola/data/hdf5_guard.hpp"

namespace pianola {

/// How numbers are stored.
enum class Hdf5Width {
  exact,    ///< float64
  compact,  ///< float32 where that loses nothing in this dataset, else float64
  flags,    ///< uint8; all values are 0 or 1
};

class Hdf5Writer {
 public:
  /// @throws ResourceError with the path and the system's reason.
  explicit Hdf5Writer(const std::string& path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// Makes a group, and those above it that are missing. @throws ResourceError.
  void group(const std::string& place);
  /// Writes numbers [rows × columns] row-major as a 2-D dataset, or as a 1-D one if columns is 0 (numbers: [rows]).
  /// @throws ResourceError if the disk is full.
  void numbers(const std::string& place, std::span<const double> values, std::size_t columns, Hdf5Width width);
  /// As numbers(), stored as NumPy's `type`: "float32", "int64", "bool" (an enumeration as h5py makes it).
  /// @throws DataError for a number that the type cannot hold, UsageError for an unknown type.
  void typed(const std::string& place, std::span<const double> values, std::size_t columns, const std::string& type);
  /// Appends rows to a dataset, made at the first call, in chunks of 64 KiB. The same columns and type each time.
  /// @throws as typed().
  void append(const std::string& place, std::span<const double> values, std::size_t columns, const std::string& type);
  /// A 1-D dataset of strings of fixed length, as h5py writes NumPy's 'S'.
  void texts(const std::string& place, std::span<const std::string> values);
  void attribute(const std::string& place, const std::string& name, const std::string& text);
  void attribute(const std::string& place, const std::string& name, std::int64_t value);
  void attribute(const std::string& place, const std::string& name, std::span<const double> values);
  /// Closes, fsyncs, renames. @throws ResourceError if the disk is full; then nothing is at the path that was not
  /// there before.
  void finish();

 private:
  void write_dataset(const std::string& place, std::int64_t type, std::int64_t space, std::int64_t memory_type,
                     const void* values);
  void write_attribute(const std::string& place, const std::string& name, std::int64_t type, std::int64_t space,
                       std::int64_t memory_type, const void* values);
  Hdf5Id checked(std::int64_t id, Hdf5Id::Close close) const;
  /// Throws if the disk refused a write so far, which libhdf5 does not know (hdf5_driver.hpp).
  void throw_if_refused() const;
  [[noreturn]] void fail() const;

  AtomicPath path_;
  int first_error_ = 0;                        // errno
  std::map<std::string, std::uint64_t> rows_;  // of appended datasets
  Hdf5Id file_;
};

}  // namespace pianola
