// k codes of D numbers, laid out for the kernels that look for the nearest one (nearest_code.hpp).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

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

}  // namespace pianola
