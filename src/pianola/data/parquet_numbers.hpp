// A Parquet column's numbers as doubles, streamed.
//
// All rows have the same shape. Pages are decoded as they are read, so that memory does not grow with the size of row
// groups: some pages of each open column. Lists are held to their shape value by value (by Parquet's repetition and
// definition levels), never assumed: a row that is longer or shorter, or a value that is missing, is an error that
// names the row.
//
// Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/parquet_file.hpp"

namespace pianola {

/// A column of numbers, read from front to back.
class ParquetNumbers {
 public:
  /// `shape`: of a row; {} or {1} for one value a row, {26}, {2, 3}. @throws DataError naming file and column if it is
  /// absent, not numeric, or of another depth.
  ParquetNumbers(const ParquetFile& file, std::string_view name, std::vector<std::size_t> shape);
  ~ParquetNumbers();
  ParquetNumbers(ParquetNumbers&&) noexcept;
  ParquetNumbers& operator=(ParquetNumbers&&) noexcept;

  [[nodiscard]] std::size_t dim() const;  ///< numbers a row: the product of the shape
  [[nodiscard]] std::size_t row() const;  ///< the next one that read() gives
  /// Goes to `row` ≤ rows(). Cost: going on, of lists, reads what lies between within a row group; whole groups are
  /// skipped.
  void seek(std::size_t row);
  /// The next `rows` rows into columns [first, first + dim()) of out: [rows × stride]; others are left as they are.
  /// @throws DataError naming file, column and row for a row of another shape, a missing value, an integer beyond ±2⁵³
  /// (which no double holds), a damaged page, or fewer rows than that. Cost: no memory that grows with `rows`.
  void read(std::size_t rows, std::span<double> out, std::size_t stride, std::size_t first);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace pianola
