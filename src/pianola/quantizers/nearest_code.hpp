// The nearest code of a vector: batch kernels for joint codebooks.
//
//   nearest(x) = the lowest j that minimises  S_j(x) = Σ_d (x_d − c_jd)²,   summed in double in the order of d,
//                each term by one fused multiply-add
//
// That is the definition, and the result has it to the last bit with every instruction set. The fast path computes the
// distances in float32, a vector of points against several codes at a time, with an error that it can bound, and keeps
// the best two of them. Where these two are further apart than the error, they are in the right order; the few points
// where they are not, and those with huge or no numbers, are done again by the definition.
//
// Ties go to the lowest index. A vector that is not finite has code 0. Equal codes: only the first is ever chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pianola {

/// k codes of D numbers, laid out for the kernels.
class Codebook {
 public:
  static constexpr std::size_t kMaxValues = std::size_t{1} << 26;  ///< k·D at most

  /// codes: [k × width] row-major, finite; k ≥ 1, width ≥ 1, k·width ≤ kMaxValues.
  Codebook(std::vector<float> codes, std::size_t width);

  [[nodiscard]] std::size_t size() const { return codes_.size() / width_; }  ///< k
  [[nodiscard]] std::size_t width() const { return width_; }                 ///< D
  [[nodiscard]] std::span<const float> codes() const { return codes_; }      ///< [k × D]
  [[nodiscard]] std::span<const float> code(std::size_t j) const { return codes().subspan(j * width_, width_); }

  // For the kernels. Panels of 16 codes; a panel is D + 1 lines of 16 numbers, one for each code. Line 0 is what a sum
  // begins with (huge where the last panel has no code), line d + 1 is dimension d.
  static constexpr std::size_t kPanel = 16;
  [[nodiscard]] const float* squares() const { return squares_.data()->values; }    ///< 0; c_d
  [[nodiscard]] const float* products() const { return products_.data()->values; }  ///< ½‖c − o‖²; o_d − c_d
  [[nodiscard]] const float* origin() const { return origin_.data(); }              ///< o: [D], the mean of the codes
  [[nodiscard]] float largest() const { return largest_; }  ///< ½ max‖c − o‖², or a little more

 private:
  struct alignas(64) Line {
    float values[kPanel];
  };
  void fill_in(std::size_t j);

  std::size_t width_;
  std::vector<float> codes_, origin_;
  std::vector<Line> squares_, products_;
  float largest_ = 0.0F;
};

/// vectors: [n × D] row-major; nearest: [n].
/// Cost: n·k·D multiply-adds in float32; where a point lies within rounding of the border between two codes, k·D in
/// double. No allocation.
void nearest_codes(const Codebook& book, std::span<const float> vectors, std::span<std::uint32_t> nearest) noexcept;

/// The same for vectors in double, by the definition. Cost: n·k·D multiply-adds in double.
void nearest_codes(const Codebook& book, std::span<const double> vectors, std::span<std::uint32_t> nearest) noexcept;

/// The nearest codes and, for algorithms that prune, bounds of squared distances. vectors: [n × D], finite;
/// nearest, upper, lower: [n]: S of the nearest code is at most `upper`, S of every other code at least `lower`
/// (huge where there is none).
struct NearestBounds {
  std::span<std::uint32_t> nearest;
  std::span<float> upper, lower;
};
void nearest_codes(const Codebook& book, std::span<const float> vectors, NearestBounds out) noexcept;

/// The slow, obvious reference: the kernels give its results. x: [D].
std::uint32_t nearest_code_reference(const Codebook& book, std::span<const double> x) noexcept;
/// S_j(x) of the definition.
double squared_distance(const Codebook& book, std::size_t j, std::span<const double> x) noexcept;

}  // namespace pianola
