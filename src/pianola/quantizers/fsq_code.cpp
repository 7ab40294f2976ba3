#include "pianola/quantizers/fsq_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr double kWiden = 1e-3;  // canonical: the outer levels lie inside the reach of tanh

double clipped(double z) { return z > -1.0 ? std::min(z, 1.0) : -1.0; }  // NaN: −1

}  // namespace

FsqCode::FsqCode(std::uint32_t levels, FsqVariant variant) : levels_(levels), variant_(variant) {
  const std::uint32_t most = variant == FsqVariant::canonical ? kMostCanonicalLevels : kMostLevels;
  if (levels < 1 || levels > most) {
    throw UsageError(fmt::format("quantizer 'fsq': option 'levels' must lie in 1 … {} (variant {}), not at {}", most,
                                 variant == FsqVariant::canonical ? "canonical" : "openpi", levels));
  }
  if (levels == 1) return;
  if (variant == FsqVariant::openpi) {
    half_ = middle_ = 0.5 * (levels - 1);
    return;
  }
  half_ = 0.5 * (levels - 1) * (1.0 + kWiden);
  offset_ = levels % 2 == 0 ? 0.5 : 0.0;
  shift_ = std::atanh(offset_ / half_);
  middle_ = levels / 2;  // whole
}

// Half to even: of b for canonical, whose middle is whole, of b + middle for openpi.
std::uint32_t FsqCode::rounded(double bounded) const noexcept {
  const double digit =
      variant_ == FsqVariant::canonical ? std::nearbyint(bounded) + middle_ : std::nearbyint(bounded + middle_);
  return static_cast<std::uint32_t>(std::clamp(digit, 0.0, static_cast<double>(levels_ - 1)));
}

std::uint32_t FsqCode::digit(double z) const noexcept {
  if (levels_ == 1 || std::isnan(z)) return 0;
  return rounded(half_ * std::tanh(z + shift_) - offset_);
}

double FsqCode::value(std::uint32_t digit) const noexcept {
  assert(digit < levels_);
  if (levels_ == 1) return 0.0;
  if (variant_ == FsqVariant::openpi) return 2.0 * digit / (levels_ - 1) - 1.0;
  return (digit - middle_) / middle_;
}

std::uint32_t FsqCode::clipped_digit(double z) const noexcept {
  return levels_ == 1 ? 0 : rounded(half_ * clipped(z) - offset_);
}

double FsqCode::position(std::uint32_t digit) const noexcept {
  assert(digit < levels_);
  return levels_ == 1 ? 0.0 : (digit - middle_ + offset_) / half_;
}

double FsqCode::spacing() const noexcept { return levels_ == 1 ? 0.0 : 1.0 / half_; }

FsqVariant fsq_variant(const std::string& name, const std::string& who) {
  static const std::vector<std::string> known{"canonical", "openpi"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) throw_unknown_name(who + ": variant", name, known);
  return static_cast<FsqVariant>(found - known.begin());
}

}  // namespace pianola
