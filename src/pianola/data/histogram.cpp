#include "pianola/data/histogram.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace pianola {
namespace {

constexpr int kFinest = -1000;  // what lies closer together than 2^-1000 shares a bin

std::int64_t cell(double value, int exponent) {
  const double scaled = std::ldexp(value, -exponent);
  return value < 0.0 && scaled == 0.0 ? -1 : static_cast<std::int64_t>(std::floor(scaled));  // it may underflow
}

/// The finest grid on which `low` and `high` are fewer than `bins` cells apart. Cell numbers must fit into 53 bits.
int grid_of(double low, double high, std::size_t bins) {
  const double span = high / 2.0 - low / 2.0;  // of doubles at the ends of their range, the difference overflows
  int exponent = kFinest;
  if (span > 0.0) exponent = std::max(exponent, std::ilogb(span) + 1 - std::ilogb(static_cast<double>(bins)));
  const double largest = std::max(std::abs(low), std::abs(high));
  exponent = std::max(exponent, std::ilogb(largest) - 52);
  while (cell(high, exponent) - cell(low, exponent) >= static_cast<std::int64_t>(bins)) ++exponent;
  return exponent;
}

}  // namespace

void GrowingHistogram::merge(int levels) {
  const int shift = std::min(levels, 62);  // by then all are bin −1 or 0
  const std::int64_t first = first_ >> shift;
  std::vector<std::uint64_t> merged(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    const std::int64_t k = (first_ + static_cast<std::int64_t>(i)) >> shift;
    if (counts_[i] != 0) merged[static_cast<std::size_t>(k - first)] += counts_[i];
  }
  counts_ = std::move(merged);
  first_ = first;
  exponent_ += levels;
}

/// Makes `value` fall into a bin, the others where they were.
void GrowingHistogram::widen(double value) {
  const double low = std::min(low_, value), high = std::max(high_, value);
  if (counts_.empty()) {  // so far all numbers were one
    exponent_ = grid_of(low, high, kBins);
    first_ = cell(low, exponent_);
    counts_.assign(kBins, 0);
    counts_[static_cast<std::size_t>(cell(low_, exponent_) - first_)] = n_;
  } else {
    merge(std::max(0, grid_of(low, high, kBins) - exponent_));
    const std::int64_t shift = first_ - cell(low, exponent_);  // bins in use move up or down, never out
    std::vector<std::uint64_t> moved(kBins);
    for (std::size_t i = 0; i < kBins; ++i) {
      if (counts_[i] != 0) moved[static_cast<std::size_t>(static_cast<std::int64_t>(i) + shift)] = counts_[i];
    }
    counts_ = std::move(moved);
    first_ -= shift;
  }
  low_ = low;
  high_ = high;
}

void GrowingHistogram::add(double value) {
  if (n_ == 0) low_ = high_ = value;
  if (value < low_ || value > high_) widen(value);
  if (!counts_.empty()) ++counts_[static_cast<std::size_t>(cell(value, exponent_) - first_)];
  ++n_;
}

Histogram GrowingHistogram::histogram(std::size_t most) const {
  if (n_ == 0) return {};
  if (counts_.empty()) return {low_, 0.0, {n_}};
  const int levels = grid_of(low_, high_, most) - exponent_;
  GrowingHistogram coarse = *this;
  coarse.merge(std::max(0, levels));
  const std::int64_t begin = cell(low_, coarse.exponent_), end = cell(high_, coarse.exponent_) + 1;
  const auto from = coarse.counts_.begin() + (begin - coarse.first_);
  const double low = std::ldexp(static_cast<double>(begin), coarse.exponent_);
  return {std::max(low, std::numeric_limits<double>::lowest()),
          std::ldexp(1.0, coarse.exponent_),
          {from, from + (end - begin)}};
}

void ColumnHistograms::add(std::span<const double> rows) {
  if (columns_.empty()) return;
  for (std::size_t i = 0; i < rows.size(); i += columns_.size()) {
    for (std::size_t d = 0; d < columns_.size(); ++d) columns_[d].add(rows[i + d]);
  }
}

std::vector<Histogram> ColumnHistograms::histograms(std::size_t most) const {
  std::vector<Histogram> list;
  list.reserve(columns_.size());
  for (const GrowingHistogram& column : columns_) list.push_back(column.histogram(most));
  return list;
}

std::string sparkline(std::span<const std::uint64_t> counts) {
  constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  if (counts.empty()) return text;
  const auto top = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  for (const std::uint64_t count : counts) {
    const auto height = static_cast<std::size_t>(std::ceil(8.0 * static_cast<double>(count) / top));
    text += count == 0 ? " " : kBars[std::clamp<std::size_t>(height, 1, 8) - 1];
  }
  return text;
}

}  // namespace pianola
