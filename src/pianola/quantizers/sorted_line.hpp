// Nearest codes of single numbers: sorted once, the rows of a code are an interval.
//
//   cell of code j = {x : (S_j(x), j) is the least}    S_j(x) = (x − c_j)² in double, as nearest_definition.hpp
//
// Cells follow each other in the order of the codes, so a step of Lloyd's algorithm looks for k borders by bisection
// and takes sums from prefix sums: O(k log n) where looking at all rows is O(n k). The result is that of looking at
// all rows, to the last bit.
//
// Not for rows so large against the distance of two codes that S cannot tell these apart: assign() refuses then.
// Source: Wang, Song, "Ckmeans.1d.dp", The R Journal 3/2 (2011), for sorting and prefix sums; Lloyd's steps are ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pianola {

class SortedLine {
 public:
  /// rows: [n], finite, n ≥ 1; copied and sorted. scale: sums are of trunc(x·scale), whole numbers.
  /// Cost: three passes over the rows; 8 bytes a row while it sorts, 4 afterwards.
  SortedLine(std::span<const float> rows, double scale);

  /// The cells that are not empty, in the order of their rows.
  struct Cell {
    std::uint32_t code = 0;
    std::size_t begin = 0, end = 0;  ///< of the sorted rows
    bool operator==(const Cell&) const = default;
  };
  /// codes: [k], finite. Empty where rounding could confuse two codes. Cost: O(k log n).
  [[nodiscard]] std::optional<std::vector<Cell>> assign(std::span<const float> codes) const;

  /// Σ trunc(x·scale) over a cell. Cost: at most two blocks of 256 rows.
  [[nodiscard]] std::int64_t sum(const Cell& cell) const { return sum_before(cell.end) - sum_before(cell.begin); }

  /// tokens[i] = the code of the cell that holds rows[i]; rows: some of those that were sorted. Cost: log₂ k a row.
  void label(std::span<const Cell> cells, std::span<const float> rows, std::span<std::uint32_t> tokens) const;

 private:
  [[nodiscard]] std::int64_t sum_before(std::size_t end) const;
  [[nodiscard]] std::size_t first_preferring(float code, float before, bool ties) const;

  std::vector<float> sorted_;
  std::vector<std::int64_t> block_sums_;  // of all rows before a block of 256
  double scale_;
};

}  // namespace pianola
