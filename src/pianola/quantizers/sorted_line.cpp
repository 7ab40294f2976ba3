#include "pianola/quantizers/sorted_line.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>

namespace pianola {
namespace {

constexpr std::size_t kBlock = 256;
constexpr unsigned kDigit = 11;          // bits of a radix digit: three make 32
constexpr double kTellsApart = 0x1p-50;  // a distance of codes, relative to the largest |x − c|

/// Numbers whose order as whole numbers is that of the floats.
std::uint32_t ordered_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

float from_ordered(std::uint32_t bits) {
  return std::bit_cast<float>((bits & 0x80000000U) != 0 ? bits & 0x7FFFFFFFU : ~bits);
}

/// Least significant digit first; stable.
void radix_pass(std::span<const std::uint32_t> from, std::span<std::uint32_t> to, unsigned shift) {
  std::array<std::size_t, (std::size_t{1} << kDigit) + 1> at{};
  constexpr std::uint32_t kMask = (1U << kDigit) - 1;
  for (const std::uint32_t x : from) ++at[(x >> shift & kMask) + 1];
  std::partial_sum(at.begin(), at.end(), at.begin());
  for (const std::uint32_t x : from) to[at[x >> shift & kMask]++] = x;
}

std::vector<float> sorted(std::span<const float> rows) {
  std::vector<std::uint32_t> keys(rows.size()), other(rows.size());
  std::transform(rows.begin(), rows.end(), keys.begin(), ordered_bits);
  for (unsigned shift = 0; shift < 32; shift += kDigit) {
    radix_pass(keys, other, shift);
    keys.swap(other);
  }
  other = {};
  std::vector<float> out(rows.size());
  std::transform(keys.begin(), keys.end(), out.begin(), from_ordered);
  return out;
}

double squared(float x, float code) {
  const double t = static_cast<double>(x) - static_cast<double>(code);
  return t * t;
}

}  // namespace

SortedLine::SortedLine(std::span<const float> rows, double scale) : sorted_(sorted(rows)), scale_(scale) {
  assert(!rows.empty());
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    if (i % kBlock == 0) block_sums_.push_back(sum);
    sum += static_cast<std::int64_t>(static_cast<double>(sorted_[i]) * scale_);
  }
  block_sums_.push_back(sum);
}

std::int64_t SortedLine::sum_before(std::size_t end) const {
  if (end == sorted_.size()) return block_sums_.back();
  std::int64_t sum = block_sums_[end / kBlock];
  for (std::size_t i = end / kBlock * kBlock; i < end; ++i) {
    sum += static_cast<std::int64_t>(static_cast<double>(sorted_[i]) * scale_);
  }
  return sum;
}

/// The first row that prefers `code` to the smaller code `before`; ties: whether it wins those.
std::size_t SortedLine::first_preferring(float code, float before, bool ties) const {
  const auto found = std::partition_point(sorted_.begin(), sorted_.end(), [&](float x) {
    const double here = squared(x, code), there = squared(x, before);
    return !(here < there || (ties && here == there));
  });
  return static_cast<std::size_t>(found - sorted_.begin());
}

// A cell that the next code takes over before it begins is empty.
std::optional<std::vector<SortedLine::Cell>> SortedLine::assign(std::span<const float> codes) const {
  std::vector<std::uint32_t> order(codes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return codes[a] != codes[b] ? codes[a] < codes[b] : a < b; });
  const double reach = std::max(static_cast<double>(std::max(sorted_.back(), codes[order.back()])),
                                -static_cast<double>(std::min(sorted_.front(), codes[order.front()])));
  std::vector<Cell> cells;
  for (std::size_t j = 0; j < order.size(); ++j) {
    const float code = codes[order[j]];
    if (j > 0) {
      const double gap = static_cast<double>(code) - static_cast<double>(codes[order[j - 1]]);
      if (gap == 0.0) continue;  // of equal codes the lowest has all rows
      if (gap < 2.0 * kTellsApart * reach) return std::nullopt;
    }
    std::size_t begin = 0;
    while (!cells.empty()) {
      begin = first_preferring(code, codes[cells.back().code], order[j] < cells.back().code);
      if (begin > cells.back().begin) break;
      cells.pop_back();
      begin = 0;
    }
    cells.push_back({order[j], begin, 0});
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].end = i + 1 < cells.size() ? cells[i + 1].begin : sorted_.size();
  }
  std::erase_if(cells, [](const Cell& cell) { return cell.begin == cell.end; });
  return cells;
}

void SortedLine::label(std::span<const Cell> cells, std::span<const float> rows,
                       std::span<std::uint32_t> tokens) const {
  assert(!cells.empty() && rows.size() == tokens.size());
  std::vector<float> first;
  first.reserve(cells.size());
  for (const Cell& cell : cells) first.push_back(sorted_[cell.begin]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto after = std::upper_bound(first.begin() + 1, first.end(), rows[i]);
    tokens[i] = cells[static_cast<std::size_t>(after - first.begin()) - 1].code;
  }
}

}  // namespace pianola
