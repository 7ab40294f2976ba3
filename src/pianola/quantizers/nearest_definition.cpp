#include "pianola/quantizers/nearest_definition.hpp"

#include <algorithm>
#include <cmath>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/nearest_definition.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kPanel = Codebook::kPanel;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
using Doubles = hn::CappedTag<double, 8>;
constexpr std::size_t kDoubles = hn::MaxLanes(Doubles());

// S of the codes of a panel.
template <class T>
HWY_INLINE void ExactPanel(const float* panel, std::size_t width, const T* x, double* sums) {
  const Doubles d;
  constexpr std::size_t kSums = kPanel / kDoubles;
  hn::Vec<Doubles> s[kSums];
  for (std::size_t i = 0; i < kSums; ++i) s[i] = hn::Zero(d);
  for (std::size_t k = 0; k < width; ++k, panel += kPanel) {
    const auto value = hn::Set(d, static_cast<double>(x[k]));
    for (std::size_t i = 0; i < kSums; ++i) {
      const auto code = hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, Doubles>(), panel + i * kDoubles));
      const auto t = hn::Sub(value, code);
      s[i] = hn::MulAdd(t, t, s[i]);
    }
  }
  for (std::size_t i = 0; i < kSums; ++i) hn::StoreU(s[i], d, sums + i * kDoubles);
}
#else  // no fused multiply-add: by the library's
template <class T>
HWY_INLINE void ExactPanel(const float* panel, std::size_t width, const T* x, double* sums) {
  for (std::size_t j = 0; j < kPanel; ++j) {
    sums[j] = 0.0;
    for (std::size_t k = 0; k < width; ++k) {
      const double t = static_cast<double>(x[k]) - static_cast<double>(panel[k * kPanel + j]);
      sums[j] = std::fma(t, t, sums[j]);
    }
  }
}
#endif

template <class T>
ExactNearest Search(const float* squares, std::size_t count, std::size_t width, const T* x) {
  ExactNearest best;
  double sums[kPanel];
  for (std::size_t base = 0; base < count; base += kPanel) {
    const std::size_t real = std::min(kPanel, count - base);
    ExactPanel(squares + (base / kPanel * (width + 1) + 1) * kPanel, width, x, sums);
    for (std::size_t j = 0; j < real; ++j) {
      if (sums[j] < best.smallest) {
        best.second = best.smallest;
        best.smallest = sums[j];
        best.nearest = static_cast<std::uint32_t>(base + j);
      } else {
        best.second = std::min(best.second, sums[j]);
      }
    }
  }
  return best;
}

ExactNearest OfFloats(const float* squares, std::size_t count, std::size_t width, const float* x) {
  return Search(squares, count, width, x);
}
ExactNearest OfDoubles(const float* squares, std::size_t count, std::size_t width, const double* x) {
  return Search(squares, count, width, x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(OfFloats);
HWY_EXPORT(OfDoubles);

}  // namespace

ExactNearest nearest_by_definition(const Codebook& book, const float* x) noexcept {
  return HWY_DYNAMIC_DISPATCH(OfFloats)(book.squares(), book.size(), book.width(), x);
}

ExactNearest nearest_by_definition(const Codebook& book, const double* x) noexcept {
  return HWY_DYNAMIC_DISPATCH(OfDoubles)(book.squares(), book.size(), book.width(), x);
}

double squared_distance(const Codebook& book, std::size_t j, std::span<const double> x) noexcept {
  double sum = 0.0;
  for (std::size_t d = 0; d < x.size(); ++d) {
    const double t = x[d] - static_cast<double>(book.code(j)[d]);
    sum = std::fma(t, t, sum);
  }
  return sum;
}

std::uint32_t nearest_code_reference(const Codebook& book, std::span<const double> x) noexcept {
  std::uint32_t nearest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < book.size(); ++j) {
    const double sum = squared_distance(book, j, x);
    if (sum < smallest) {
      smallest = sum;
      nearest = static_cast<std::uint32_t>(j);
    }
  }
  return nearest;
}

}  // namespace pianola
#endif  // HWY_ONCE
