// Batch kernels of uniform bins: encode float32 → u8, u16 or u32, and decode.
//
//   token(x) = min(max(trunc((x − origin[d])·scale[d]), 0), bins[d] − 1),     value(k) = levels[d·most + k],
//
// d = i mod dim for the i-th value, most = max_d bins[d]. Subtraction, product and truncation are each monotone, so
// that cells are intervals; and there is no sum after the product, so that no compiler and no processor can fuse the
// two: a token has the same bits everywhere, whichever instruction set run-time dispatch picks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

/// Levels that lie evenly, in double: level k is middle + (k − (bins − 1)/2)·step, rounded to float32.
struct EvenLevels {
  std::vector<double> middle = {}, step = {};  ///< [dim]
};

/// The cells and levels of every dimension.
class UniformGrid {
 public:
  /// origin, scale: [dim], finite, scale ≥ 0 (0: every value has token 0); bins: [dim], 1 … 65,536;
  /// levels: [dim × most bins], of every token, those behind a dimension's last one the same as that one.
  /// dim · most bins ≤ kMaxLevels.
  /// even: what the levels come from, if they do. Decoding then computes them instead of looking them up, if all
  /// dimensions have as many bins and it gives each level's bits, with and without fused multiply-add.
  UniformGrid(std::span<const float> origin, std::span<const float> scale, std::span<const std::uint32_t> bins,
              std::vector<float> levels, const EvenLevels& even = EvenLevels());
  /// The same number of bins in all dimensions.
  UniformGrid(std::span<const float> origin, std::span<const float> scale, std::uint32_t bins,
              std::vector<float> levels);

  static constexpr std::size_t kMaxLevels = std::size_t{1} << 26;

  [[nodiscard]] std::size_t dim() const { return dim_; }
  [[nodiscard]] std::uint32_t bins() const { return bins_; }  ///< the most of a dimension
  [[nodiscard]] bool alike() const { return alike_; }         ///< all dimensions have as many
  [[nodiscard]] std::span<const float> origin() const { return origin_; }
  [[nodiscard]] std::span<const float> scale() const { return scale_; }
  [[nodiscard]] std::span<const float> last() const { return last_; }  ///< [dim], bins − 1
  [[nodiscard]] std::span<const float> levels() const { return levels_; }

  // Tables for kernels: row(phase) holds the parameters of kRow consecutive values, the first of them of dimension
  // `phase`. Rows are aligned where there are few of them; else they overlap.
  static constexpr std::size_t kRow = 64;
  [[nodiscard]] std::size_t period() const { return period_; }      ///< 1 where all cells agree, else dim
  [[nodiscard]] std::size_t row_stride() const { return stride_; }  ///< row(phase) begins at phase·row_stride
  [[nodiscard]] const float* origin_rows() const { return origin_rows_.data()->values; }
  [[nodiscard]] const float* scale_rows() const { return scale_rows_.data()->values; }
  // For levels that are computed: row(phase) of kEvenRow values, as above. Empty: they are looked up.
  static constexpr std::size_t kEvenRow = 32;
  [[nodiscard]] bool even() const { return !step_rows_.empty(); }
  [[nodiscard]] std::size_t even_period() const { return even_period_; }
  [[nodiscard]] std::size_t even_stride() const { return even_period_ <= 32 ? kEvenRow : 1; }
  [[nodiscard]] const double* middle_rows() const { return middle_rows_.data()->values; }
  [[nodiscard]] const double* step_rows() const { return step_rows_.data()->values; }

  [[nodiscard]] const float* last_rows() const { return last_rows_.data()->values; }
  [[nodiscard]] const std::int32_t* base_rows() const { return base_rows_.data(); }  ///< d·most, for every phase < dim

 private:
  struct alignas(64) Line {
    float values[16];
  };
  struct alignas(64) WideLine {
    double values[8];
  };
  [[nodiscard]] std::vector<Line> rows(std::span<const float> parameters) const;
  [[nodiscard]] bool computable(const EvenLevels& even) const;
  void compute_levels(const EvenLevels& even);

  std::size_t dim_, period_ = 1, stride_ = 1;
  std::uint32_t bins_;
  bool alike_;
  std::vector<float> origin_, scale_, last_, levels_;
  std::vector<Line> origin_rows_, scale_rows_, last_rows_;
  std::vector<std::int32_t> base_rows_;
  std::size_t even_period_ = 1;
  std::vector<WideLine> middle_rows_, step_rows_;
};

/// values: [n × dim] row-major, action units, finite (±∞ clip to the ends, NaN becomes token 0); tokens: [n × dim].
/// The token type must hold the most bins − 1. Cost: one pass, 4 bytes read and sizeof(token) written a value; no
/// allocation.
void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint8_t> tokens) noexcept;
void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint16_t> tokens) noexcept;
void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint32_t> tokens) noexcept;

/// tokens, values: [n × dim]. A token beyond a dimension's last one decodes as that. Cost: one pass over tokens and
/// values.
void decode_uniform(const UniformGrid& grid, std::span<const std::uint8_t> tokens, std::span<float> values) noexcept;
void decode_uniform(const UniformGrid& grid, std::span<const std::uint16_t> tokens, std::span<float> values) noexcept;
void decode_uniform(const UniformGrid& grid, std::span<const std::uint32_t> tokens, std::span<float> values) noexcept;

/// The slow, obvious references: the kernels give their bits.
void encode_uniform_reference(const UniformGrid& grid, std::span<const float> values,
                              std::span<std::uint32_t> tokens) noexcept;
void decode_uniform_reference(const UniformGrid& grid, std::span<const std::uint32_t> tokens,
                              std::span<float> values) noexcept;

}  // namespace pianola
