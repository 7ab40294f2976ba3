// How readers fill a trajectory at the speed of memory: in blocks that stay in the processor's cache until they have
// been looked at. check_trajectory itself (dataset.hpp) takes a second pass over all numbers, which then come from
// memory again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// First value that is not finite, or values.size(). 0 · x is 0 unless x is NaN or infinite, and a sum of such products
/// in parallel accumulators runs at the speed of memory.
std::size_t first_non_finite(std::span<const double> values);

/// Whether all values are finite.
bool all_finite(std::span<const double> values);
bool all_finite(std::span<const float> values);

/// A matrix, row-major, and whether all its numbers are finite.
struct CheckedMatrix {
  std::vector<double> values;
  bool finite = true;
};

/// Numbers of a block: 256 KiB, a quarter of a core's cache.
inline constexpr std::size_t kCachedBlock = std::size_t{1} << 15;

/// Calls read_rows(first, out) for blocks of rows in ascending order, out: [rows of the block × columns].
/// Memory is taken as the numbers come, and at once if `reserve`: for sizes that the file is known to hold.
template <class ReadRows>
CheckedMatrix read_in_blocks(std::size_t rows, std::size_t columns, bool reserve, ReadRows&& read_rows) {
  CheckedMatrix matrix;
  if (reserve) matrix.values.reserve(rows * columns);
  const std::size_t most = std::max<std::size_t>(1, kCachedBlock / std::max<std::size_t>(columns, 1));
  for (std::size_t begin = 0; begin < rows; begin += most) {
    const std::size_t n = std::min(most, rows - begin);
    matrix.values.resize((begin + n) * columns);
    const std::span<double> block = std::span(matrix.values).subspan(begin * columns);
    read_rows(begin, block);
    matrix.finite = matrix.finite && all_finite(block);
  }
  return matrix;
}

/// Appends a block of numbers that the cache holds, and looks at them on the way: a piece at a time, which its first
/// level still has when it is copied.
template <class Number>
void append_checked(CheckedMatrix& matrix, std::span<const Number> block) {
  constexpr std::size_t kPiece = 1024;
  for (std::size_t begin = 0; begin < block.size(); begin += kPiece) {
    const std::span<const Number> piece = block.subspan(begin, std::min(kPiece, block.size() - begin));
    matrix.finite = matrix.finite && all_finite(piece);
    matrix.values.insert(matrix.values.end(), piece.begin(), piece.end());
  }
}

/// check_trajectory for a trajectory whose observations and actions are known to be finite.
/// @throws DataError as check_trajectory.
void check_finite_trajectory(const Trajectory& trajectory, const DatasetInfo& info, std::string_view where);

}  // namespace pianola
