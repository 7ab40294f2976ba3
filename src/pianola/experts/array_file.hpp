// Files of named arrays of numbers, as scripts leave them: HDF5 datasets at the root, or NumPy's .npz.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace pianola {

struct NamedArray {
  std::vector<std::size_t> shape;  ///< empty: one number
  std::vector<double> values;      ///< row-major
};

/// "[11, 64]".
std::string shape_text(const std::vector<std::size_t>& shape);

class ArrayFile {
 public:
  virtual ~ArrayFile() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;
  /// Names of all arrays.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
  /// @throws DataError naming file and array if it is absent, not of numbers, or damaged.
  [[nodiscard]] virtual NamedArray read(const std::string& name) const = 0;
};

/// Opens a file by what it begins with, not by what it is called.
/// @throws DataError if it cannot be read, is a folder, or is neither HDF5 nor npz; UsageError for HDF5 in a build
/// without it.
std::unique_ptr<ArrayFile> open_array_file(const std::string& path);

}  // namespace pianola
