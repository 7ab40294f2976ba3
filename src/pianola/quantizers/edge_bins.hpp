// Bins between any edges, each action dimension by itself: what schemes share whose tokens are intervals.
//
//   token(u) = number of edges ≤ u, with u rounded to float32,   q(u) = representative of the token
//
// Cells are closed below and open above. One step of D dimensions: ε_sup = √(Σ_d e_d²), e_d the largest distance inside
// [low, high] from a cell's ends to its representative, exact up to rounding. A value outside [low, high] belongs to
// the first or last cell, and saturated() counts it.
//
// Float and double: quantize rounds actions to float32 as the callers of encode do, so that both see the same tokens;
// its representatives are double, those of decode their float32 rounding.
// A chunk of c steps is c·D tokens, step by step: position p is coordinate p of the flattened chunk.
#pragma once

#include <memory>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/edge_search.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

namespace pianola {

/// The bins of one action dimension.
struct BinAxis {
  double low = 0.0, high = 0.0;         ///< the range: low ≤ high, finite
  std::vector<double> edges;            ///< ascending, finite; may repeat: then a cell is empty
  std::vector<double> representatives;  ///< [edges + 1], finite in float32
  bool density = true;                  ///< cells have widths that a density can be spread over

  [[nodiscard]] std::uint32_t token(double u) const;
  /// Largest |representative − u| over the cells' parts inside [low, high].
  [[nodiscard]] double largest_error() const;
};

class EdgeBins : public Quantizer {
 public:
  static constexpr std::size_t kMaxBins = 65536;                   ///< of a dimension
  static constexpr std::size_t kMaxLevels = std::size_t{1} << 24;  ///< dimensions × bins, the largest rounded up to 2^b

  /// For schemes that make axes from a few numbers: before they do. @throws as the constructor.
  static void check_size(std::size_t dim, std::size_t bins, std::size_t chunk, std::string_view who);

  [[nodiscard]] const QuantizerInfo& info() const final { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as the middle one.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// Cost: a binary search a value, no allocation.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const final;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  /// Of the cells' parts inside [low, high]; empty where one is empty or the dimension has no density.
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const final;

  /// [action_dim]
  [[nodiscard]] std::span<const BinAxis> axes() const { return axes_; }

 protected:
  /// Whether representatives may move by a few float32 units in the last place to lie in their own cells.
  enum class Levels { as_given, inside_cells };

  /// spec: canonical. chunk · axes ≤ kMaxChunkValues. who: for errors.
  /// @throws UsageError if there are no dimensions, or too many for the bins that they have.
  EdgeBins(std::string spec, std::size_t chunk, std::vector<BinAxis> axes, Levels levels, std::string_view who);

  /// For schemes whose tokens have other names: vocabularies may be replaced after construction.
  QuantizerInfo info_;

 private:
  void describe(std::string spec, std::size_t chunk);
  [[nodiscard]] bool is_projection() const;

  std::vector<BinAxis> axes_;
  ActionRange range_;                          // theirs
  std::unique_ptr<const EdgeTable> table_;     // the edges in float32: the least one that is not below
  std::unique_ptr<const UniformGrid> decode_;  // the levels in float32
};

/// The least float32 number that is ≥ x. x: |x| ≤ 3e38.
float float_at_least(double x);

}  // namespace pianola
