// Finite scalar quantization of one latent number to one of L levels, in the two variants that are in use. They are
// different codes: a decoder learned with one reads the other's wrongly.
//
//   canonical   h = (L − 1)(1 + 10⁻³)/2,  o = ½ for even L, else 0,  s = atanh(o/h)
//               b = h·tanh(z + s) − o,    digit = round(b) + ⌊L/2⌋,  value = round(b)/⌊L/2⌋
//   openpi      b = tanh(z),              digit = round((b + 1)(L − 1)/2),  value = 2·digit/(L − 1) − 1
//
// round is half to even. A packed token is Σ_i digit_i · Π_{j<i} L_j, the first digit the least significant.
//
// Latents that lie in [−1, 1] already (an action normalised to its range, a principal component) need no tanh to bound
// them: their digits are those of b = h·z − o and b = z, z clipped to [−1, 1]; `position` is the z that a digit stands
// for. Differs: both sources have a learned encoder and tanh only.
//
// Source: Mentzer, Minnen, Agustsson, Tschannen, "Finite scalar quantization: VQ-VAE made simple", ICLR 2024, §3 and
// its appendix, as in oat's quantizer/fsq.py; openpi's models/utils/fsq_tokenizer.py.
#pragma once

#include <cstdint>
#include <string>

namespace pianola {

enum class FsqVariant { canonical, openpi };

class FsqCode {
 public:
  static constexpr std::uint32_t kMostLevels = 65536;
  /// Beyond, the canonical variant's own rounding would leave 0 … L − 1.
  static constexpr std::uint32_t kMostCanonicalLevels = 1000;

  /// levels: 1 … kMostLevels (kMostCanonicalLevels for canonical); 1: there is one digit, 0, of value 0.
  /// @throws UsageError.
  FsqCode(std::uint32_t levels, FsqVariant variant);

  [[nodiscard]] std::uint32_t levels() const noexcept { return levels_; }
  [[nodiscard]] FsqVariant variant() const noexcept { return variant_; }

  /// Of a latent that tanh bounds. NaN: digit 0.
  [[nodiscard]] std::uint32_t digit(double z) const noexcept;
  /// What the source's decoder is given for a digit < levels.
  [[nodiscard]] double value(std::uint32_t digit) const noexcept;

  /// Of a latent in [−1, 1]; what lies outside is clipped.
  [[nodiscard]] std::uint32_t clipped_digit(double z) const noexcept;
  /// The latent in [−1, 1] that a digit < levels stands for.
  [[nodiscard]] double position(std::uint32_t digit) const noexcept;
  /// Distance of neighbouring positions; 0 for one level.
  [[nodiscard]] double spacing() const noexcept;

  /// b = half · t − offset, and shift, of the variant: b + origin = digit (canonical: half, offset as above; openpi:
  /// half = (L − 1)/2, offset = 0). For trainers.
  [[nodiscard]] double half() const noexcept { return half_; }
  [[nodiscard]] double offset() const noexcept { return offset_; }
  [[nodiscard]] double shift() const noexcept { return shift_; }

 private:
  [[nodiscard]] std::uint32_t rounded(double bounded) const noexcept;
  std::uint32_t levels_;
  FsqVariant variant_;
  double half_ = 0.0, offset_ = 0.0, shift_ = 0.0;
  double middle_ = 0.0;  // digit = round(b) + middle, or round(b + middle)
};

/// @throws UsageError naming the nearest known one. who: the scheme.
FsqVariant fsq_variant(const std::string& name, const std::string& who);

}  // namespace pianola
