#include "pianola/base/gelu_slope.hpp"

#include <algorithm>

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in the other kernels.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/gelu_slope.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// After foreach_target.h, which includes this file once for each target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using V = hn::Vec<Floats>;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());

HWY_INLINE V Constant(double value) { return hn::Set(Floats(), static_cast<float>(value)); }

HWY_INLINE void GeluOf(V x, V& y, V& slope) {
  const V z = hn::Mul(hn::Abs(x), Constant(0.70710678118654752));
  const V near = hn::Min(z, Constant(9.3));  // e⁻⁸⁷: nothing beyond, and no overflow of z²
  const V e = hn::Exp(Floats(), hn::Neg(hn::Mul(near, near)));
  const V one = Constant(1.0), t = hn::Div(one, hn::MulAdd(Constant(0.3275911), z, one));
  V tail = Constant(1.061405429);
  for (const double a : {-1.453152027, 1.421413741, -0.284496736, 0.254829592}) tail = hn::MulAdd(tail, t, Constant(a));
  tail = hn::Mul(hn::Mul(hn::Mul(Constant(0.5), t), tail), e);  // Φ(−|x|)
  const V phi = hn::IfThenElse(hn::Lt(x, hn::Zero(Floats())), tail, hn::Sub(one, tail));
  y = hn::Mul(x, phi);
  slope = hn::MulAdd(hn::Mul(x, Constant(0.39894228040143268)), e, phi);
}

void GeluWithSlope(const float* x, std::size_t n, float* y, float* slope) {
  V value, derivative;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    GeluOf(hn::LoadU(Floats(), x + i), value, derivative);
    hn::StoreU(value, Floats(), y + i);
    hn::StoreU(derivative, Floats(), slope + i);
  }
  if (i == n) return;
  HWY_ALIGN float in[kLanes] = {}, out[kLanes], out_slope[kLanes];
  std::copy(x + i, x + n, in);
  GeluOf(hn::Load(Floats(), in), value, derivative);
  hn::Store(value, Floats(), out);
  hn::Store(derivative, Floats(), out_slope);
  std::copy(out, out + (n - i), y + i);
  std::copy(out_slope, out_slope + (n - i), slope + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {

HWY_EXPORT(GeluWithSlope);

void gelu_with_slope(const float* x, std::size_t n, float* y, float* slope) {
  HWY_DYNAMIC_DISPATCH(GeluWithSlope)(x, n, y, slope);
}

}  // namespace pianola
#endif
