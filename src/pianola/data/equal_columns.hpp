// Columns of a matrix that hold the same numbers in every row, in one pass and O(columns) memory: by 64-bit hashes of
// what each column has held so far. That two different columns agree by accident has a chance of 2⁻⁶⁴ a pair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

class EqualColumns {
 public:
  explicit EqualColumns(std::size_t columns) : hashes_(columns) {}
  /// rows: [n × columns] row-major. 0 and −0 are the same number.
  void add(std::span<const double> rows);
  /// Classes of two or more equal columns, ascending; none before the first row.
  [[nodiscard]] std::vector<std::vector<std::size_t>> classes() const;

 private:
  bool any_ = false;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace pianola
