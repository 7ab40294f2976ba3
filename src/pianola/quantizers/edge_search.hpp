// Batch kernel of bins with any edges: token(x) = number of edges of its dimension that are ≤ x.
//
// Each dimension's edges stand in a row of 2^b − 1 numbers, filled up with NaN, which no number reaches. b halvings
// find the count: take the upper half if its first edge is ≤ x. No branches, and the same b for all dimensions, so that
// a vector of values goes down together. Comparisons only: the same tokens on every processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

/// The edges of every dimension.
class EdgeTable {
 public:
  /// edges: [dim][any number], ascending, no NaN. dim ≥ 1; see size_of for what it takes.
  explicit EdgeTable(std::span<const std::vector<float>> edges);

  /// Numbers in the table of `dim` dimensions with at most so many edges: dim · 2^b.
  static std::size_t size_of(std::size_t dim, std::size_t most_edges);
  static constexpr std::size_t kMaxSize = std::size_t{1} << 26;  ///< size_of at most

  [[nodiscard]] std::size_t dim() const { return dim_; }
  [[nodiscard]] unsigned bits() const { return bits_; }  ///< b
  [[nodiscard]] std::span<const float> row(std::size_t d) const {
    return std::span(edges_).subspan(d << bits_, std::size_t{1} << bits_);
  }
  [[nodiscard]] const float* edges() const { return edges_.data(); }  ///< row d begins at d·2^b

  // For the kernel: d·2^b of kBlock values from any phase < dim on.
  static constexpr std::size_t kBlock = 64;
  [[nodiscard]] const std::int32_t* base_rows() const { return base_rows_.data(); }

 private:
  std::size_t dim_;
  unsigned bits_;
  std::vector<float> edges_;
  std::vector<std::int32_t> base_rows_;
};

/// values, tokens: [n × dim] row-major; NaN has token 0. Cost: b gathers a vector of values; no allocation.
void encode_edges(const EdgeTable& table, std::span<const float> values, std::span<std::uint32_t> tokens) noexcept;

/// The slow, obvious reference: counts.
void encode_edges_reference(const EdgeTable& table, std::span<const float> values,
                            std::span<std::uint32_t> tokens) noexcept;

}  // namespace pianola
