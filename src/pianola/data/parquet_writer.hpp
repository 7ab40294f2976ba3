// A Parquet file being written, as Arrow's own writer makes it: snappy, dictionaries, Arrow's schema in the metadata.
//
// It is written to its path at once: a folder format makes its folder appear whole (base/atomic_folder.hpp). Only a
// build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace pianola {

/// A column to be written.
struct ParquetField {
  std::string name;
  std::string type;      ///< NumPy's name: "float32", "float64", "int64", "int32", …, "bool"; or "string"
  std::size_t dim = 0;   ///< 0: one value a row; else a list of so many a row
  bool is_list = false;  ///< lists of any length (dim is 0)
};

/// Values of one column: numbers [rows × max(dim, 1)] row-major, texts [rows], or a list a row.
using ParquetValues = std::variant<std::span<const double>, std::span<const std::string>,
                                   std::span<const std::vector<double>>, std::span<const std::vector<std::string>>>;

class ParquetWriter {
 public:
  /// `metadata`: entries of the schema ("huggingface", "pandas"). @throws ResourceError with the path and the system's
  /// reason; UsageError for an unknown type.
  ParquetWriter(const std::string& path, std::vector<ParquetField> fields,
                const std::map<std::string, std::string>& metadata = {});
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  /// Writes a row group. `values`: one entry for each field, in their order. @throws DataError naming column, row and
  /// value for a number that the column's type cannot hold exactly (float32 rounds); ResourceError if the disk is full.
  void write(std::size_t rows, std::span<const ParquetValues> values);
  [[nodiscard]] std::uint64_t bytes() const;  ///< in the file so far
  /// Writes the footer. @throws ResourceError if the disk is full.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pianola
