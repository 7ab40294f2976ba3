#include "pianola/base/atan_lanes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in base/dense.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/atan_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Wide = hn::CappedTag<double, 8>;
using V = hn::Vec<Wide>;

HWY_INLINE V Is(double value) { return hn::Set(Wide(), value); }
HWY_INLINE V Horner(V w, double a, V b) { return hn::Add(Is(a), hn::Mul(w, b)); }

/// t·P(t²), the difference of t and atan t.
HWY_INLINE V Correction(V t) {
  const V z = hn::Mul(t, t), w = hn::Mul(z, z);
  const V even = Horner(w, 3.33333333333329318027e-01,
                        Horner(w, 1.42857142725034663711e-01,
                               Horner(w, 9.09088713343650656196e-02,
                                      Horner(w, 6.66107313738753120669e-02,
                                             Horner(w, 4.97687799461593236017e-02, Is(1.62858201153657823623e-02))))));
  const V odd = Horner(w, -1.99999999998764832476e-01,
                       Horner(w, -1.11111104054623557880e-01,
                              Horner(w, -7.69187620504482999495e-02,
                                     Horner(w, -5.83357013379057348645e-02, Is(-3.65315727442169155270e-02)))));
  return hn::Mul(t, hn::Add(hn::Mul(z, even), hn::Mul(w, odd)));
}

HWY_INLINE V Atan(V x) {
  const V a = hn::Abs(x);
  V numerator = a, denominator = Is(1.0), high = Is(0.0), low = Is(0.0);
  const auto from = [&](double bound, V n, V d, double high_part, double low_part) {
    const auto beyond = hn::Ge(a, Is(bound));
    numerator = hn::IfThenElse(beyond, n, numerator);
    denominator = hn::IfThenElse(beyond, d, denominator);
    high = hn::IfThenElse(beyond, Is(high_part), high);
    low = hn::IfThenElse(beyond, Is(low_part), low);
  };
  from(0.4375, hn::Sub(hn::Add(a, a), Is(1.0)), hn::Add(Is(2.0), a), 4.63647609000806093515e-01,
       2.26987774529616870924e-17);
  from(0.6875, hn::Sub(a, Is(1.0)), hn::Add(a, Is(1.0)), 7.85398163397448278999e-01, 3.06161699786838301793e-17);
  from(1.1875, hn::Sub(a, Is(1.5)), hn::Add(Is(1.0), hn::Mul(Is(1.5), a)), 9.82793723247329054082e-01,
       1.39033110312309984516e-17);
  from(2.4375, Is(-1.0), a, 1.57079632679489655800e+00, 6.12323399573676603587e-17);
  const V t = hn::Div(numerator, denominator);
  const V angle = hn::Sub(high, hn::Sub(hn::Sub(Correction(t), low), t));
  return hn::CopySign(hn::IfThenElse(hn::IsNaN(x), x, angle), x);
}

/// n: a multiple of 8.
void AtanBlock(const double* x, std::size_t n, double* out) {
  const Wide d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) hn::StoreU(Atan(hn::LoadU(d, x + i)), d, out + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {

HWY_EXPORT(AtanBlock);

void atan_lanes(std::span<const double> x, std::span<double> out) {
  assert(x.size() == out.size());
  constexpr std::size_t kBlock = 8;
  const std::size_t whole = x.size() / kBlock * kBlock, rest = x.size() - whole;
  HWY_DYNAMIC_DISPATCH(AtanBlock)(x.data(), whole, out.data());
  if (rest == 0) return;
  std::array<double, kBlock> last{};
  std::copy_n(x.data() + whole, rest, last.begin());
  HWY_DYNAMIC_DISPATCH(AtanBlock)(last.data(), kBlock, last.data());
  std::copy_n(last.begin(), rest, out.data() + whole);
}

}  // namespace pianola
#endif  // HWY_ONCE
