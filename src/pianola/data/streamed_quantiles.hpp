// Exact quantiles of the columns of a matrix that is streamed in passes and need not fit into memory. Never
// approximate.
//
// The first pass keeps all rows if they fit, and then it was the only one. If not, it ends with every s-th row, as many
// as a sample takes, which tells where each wanted order statistic x₍ₖ₎ must lie: between the sample's order statistics
// five standard deviations, √(m p (1 − p)) of m rows, below and above its rank. A further pass counts how many numbers
// lie below such a bracket and, in 1,024 bins, in it; the bin that holds rank k is the next bracket. Once the numbers
// in all brackets fit into memory, a pass collects them, and x₍ₖ₎ is among them. A sample that misled (the counts tell)
// or numbers that crowd cost a pass more, never the answer. Two or three passes in all are the rule.
//
// Bins are equal parts of a bracket, and in every second pass equal parts of the doubles in it, in their order: so
// numbers of any magnitudes end after a dozen passes at the latest.
//
// Source of the idea: Munro and Paterson (1980), Selection and sorting with limited storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pianola {

/// Quantiles as order_statistics.hpp defines them.
class StreamedQuantiles {
 public:
  static constexpr std::size_t kMemory = std::size_t{1} << 28;

  /// memory: bytes that numbers may take, beside 64 KiB a column and bracket.
  /// @throws UsageError if a probability is outside [0, 1].
  StreamedQuantiles(std::size_t columns, std::span<const double> probabilities, std::size_t memory = kMemory);
  ~StreamedQuantiles();
  StreamedQuantiles(StreamedQuantiles&&) noexcept;
  StreamedQuantiles& operator=(StreamedQuantiles&&) noexcept;

  /// rows: [m × columns] row-major: a part of this pass. The quantiles of a column that is not finite are NaN.
  void add(std::span<const double> rows);
  /// Ends a pass. @throws UsageError if the first held no rows; DataError if a further one did not hold the rows of the
  /// first (the stream changed between passes).
  void end_pass();
  /// Whether no further pass is needed. Each pass holds the same rows.
  [[nodiscard]] bool done() const;
  /// Once it is done: [columns][probabilities].
  [[nodiscard]] std::vector<std::vector<double>> quantiles() const;

 private:
  class Sample;
  class Column;

  void end_first_pass();

  std::size_t columns_, numbers_, rows_ = 0, n_ = 0;  // numbers_: that may be held; rows_: of this pass; n_: of each
  int pass_ = 0;
  std::vector<double> probabilities_;
  std::unique_ptr<Sample> sample_;  // of the first pass
  std::vector<Column> state_;       // of further ones
};

}  // namespace pianola
