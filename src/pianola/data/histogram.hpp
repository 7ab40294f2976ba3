// Histograms of streams whose range is not known beforehand, in fixed memory and one pass; the counts are exact.
//
// Bins are the intervals [k w, (k + 1) w) with w a power of two. When a number falls outside the kBins that are kept, w
// doubles and neighbours merge: [2k w, (2k + 2) w) is a bin of the next grid, so nothing is ever split. The result
// depends on the set of numbers alone, not on their order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pianola {

/// counts[i] numbers lie in [low + i · width, low + (i + 1) · width). Empty: no number was seen.
struct Histogram {
  double low = 0.0, width = 0.0;
  std::vector<std::uint64_t> counts = {};
  bool operator==(const Histogram&) const = default;
};

/// One column's histogram as it grows. Memory: 1 KiB.
class GrowingHistogram {
 public:
  static constexpr std::size_t kBins = 128;

  /// value: finite.
  void add(double value);
  /// Between `most` / 2 and `most` bins over what was seen (fewer where the numbers lie closer than doubles can tell);
  /// one bin of width 0 for a single value. most in [2, kBins / 2].
  [[nodiscard]] Histogram histogram(std::size_t most) const;

 private:
  void widen(double value);
  void merge(int levels);

  int exponent_ = 0;        // w = 2^exponent
  std::int64_t first_ = 0;  // k of the first bin
  double low_ = 0.0, high_ = 0.0;
  std::uint64_t n_ = 0;
  std::vector<std::uint64_t> counts_;  // [kBins]; empty while all numbers are equal
};

/// One histogram for each column. rows: [n × columns] row-major.
class ColumnHistograms {
 public:
  explicit ColumnHistograms(std::size_t columns) : columns_(columns) {}
  void add(std::span<const double> rows);
  /// [columns], each as GrowingHistogram::histogram.
  [[nodiscard]] std::vector<Histogram> histograms(std::size_t most) const;

 private:
  std::vector<GrowingHistogram> columns_;
};

/// "▁▃█▅▁": one character a bin, the fullest highest, a blank for an empty one. "" for no bins.
std::string sparkline(std::span<const std::uint64_t> counts);

}  // namespace pianola
