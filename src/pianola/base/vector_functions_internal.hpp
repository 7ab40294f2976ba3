// Elementary functions of a vector of floats, and their application to arrays: what dense kernels and attention are
// made of. Included once for each instruction set, by sources of Highway's foreach_target.
#if defined(PIANOLA_BASE_VECTOR_FUNCTIONS_INTERNAL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PIANOLA_BASE_VECTOR_FUNCTIONS_INTERNAL_HPP
#undef PIANOLA_BASE_VECTOR_FUNCTIONS_INTERNAL_HPP
#else
#define PIANOLA_BASE_VECTOR_FUNCTIONS_INTERNAL_HPP
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Ints = hn::Rebind<std::int32_t, Floats>;
using V = hn::Vec<Floats>;
constexpr std::size_t kPanel = 16;  // floats of a block whose sums and layout are the same on every machine
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kVectors = kPanel / kLanes;  // of a block

// 2ⁿ for n in [-126, 127].
HWY_INLINE V PowerOfTwo(hn::Vec<Ints> n) {
  const Floats d;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(Ints(), 127))));
}

struct Reduced {
  V scale, expm1;  // eˣ = scale · (1 + expm1)
};

// x = n·ln 2 + r with |r| ≤ ½ ln 2; expm1(r) = r + r²·q(r), q interpolated at the Chebyshev points (error 2.5e-8).
HWY_INLINE Reduced ReduceExp(V x) {
  const Floats d;
  const auto n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504F)));
  const V whole = hn::ConvertTo(d, n);
  V r = hn::NegMulAdd(whole, hn::Set(d, 0.693359375F), x);   // ln 2 in two parts: this product is exact,
  r = hn::NegMulAdd(whole, hn::Set(d, -2.12194440e-4F), r);  // and this one mends it
  V q = hn::Set(d, 1.3926213e-3F);
  q = hn::MulAdd(q, r, hn::Set(d, 8.3632030e-3F));
  q = hn::MulAdd(q, r, hn::Set(d, 4.1666554e-2F));
  q = hn::MulAdd(q, r, hn::Set(d, 1.6666577e-1F));
  q = hn::MulAdd(q, r, hn::Set(d, 0.5F));
  return {PowerOfTwo(n), hn::MulAdd(hn::Mul(r, r), q, r)};
}

// hn::Min and hn::Max leave open what becomes of NaN; here it stays NaN.
HWY_INLINE V AtMost(float limit, V x) {
  const V most = hn::Set(Floats(), limit);
  return hn::IfThenElse(hn::Gt(x, most), most, x);
}

// eˣ for x clamped to [-87, 88].
HWY_INLINE V Exp(V x) {
  const Reduced e = ReduceExp(hn::Neg(AtMost(87.0F, hn::Neg(AtMost(88.0F, x)))));
  return hn::MulAdd(e.scale, e.expm1, e.scale);
}

struct Linear {
  HWY_INLINE V operator()(V x) const { return x; }
};

struct Relu {
  HWY_INLINE V operator()(V x) const { return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(Floats())), x); }
};

// tanh x = e / (e + 2), e = expm1(2|x|); from |x| = 9.1 on it rounds to 1.
struct Tanh {
  HWY_INLINE V operator()(V x) const {
    const Floats d;
    const V twice = AtMost(18.2F, hn::Abs(hn::Add(x, x)));
    const Reduced r = ReduceExp(twice);
    const V e = hn::MulAdd(r.scale, r.expm1, hn::Sub(r.scale, hn::Set(d, 1.0F)));
    return hn::CopySignToAbs(hn::Div(e, hn::Add(e, hn::Set(d, 2.0F))), x);
  }
};

// gelu x = x·Φ(x); Φ(−z√2) = ½·t·(a₁ + a₂t + … + a₅t⁴)·exp(−z²), t = 1/(1 + pz): Abramowitz & Stegun 7.1.26, 1.5e-7.
struct Gelu {
  HWY_INLINE V operator()(V x) const {
    const Floats d;
    const V one = hn::Set(d, 1.0F);
    const V z = hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678F));
    const V t = hn::Div(one, hn::MulAdd(z, hn::Set(d, 0.3275911F), one));
    V p = hn::Set(d, 0.5F * 1.061405429F);
    p = hn::MulAdd(p, t, hn::Set(d, 0.5F * -1.453152027F));
    p = hn::MulAdd(p, t, hn::Set(d, 0.5F * 1.421413741F));
    p = hn::MulAdd(p, t, hn::Set(d, 0.5F * -0.284496736F));
    p = hn::MulAdd(p, t, hn::Set(d, 0.5F * 0.254829592F));
    const V tail = hn::Mul(hn::Mul(p, t), Exp(hn::Neg(hn::Mul(z, z))));
    return hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail)));
  }
};

struct Silu {
  HWY_INLINE V operator()(V x) const { return hn::Div(x, hn::Add(hn::Set(Floats(), 1.0F), Exp(hn::Neg(x)))); }
};

// exp((x − shift)·scale), and 0 where that is below e⁻⁸⁷.
struct Weigh {
  float shift, scale;
  HWY_INLINE V operator()(V x) const {
    const Floats d;
    const V scaled = hn::Mul(hn::Sub(x, hn::Set(d, shift)), hn::Set(d, scale));
    return hn::IfThenZeroElse(hn::Lt(scaled, hn::Set(d, -87.0F)), Exp(scaled));
  }
};

// `to` may be `from`.
template <class Function>
HWY_INLINE void Map(const Function& f, const float* from, std::size_t n, float* to) {
  const Floats d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(f(hn::LoadU(d, from + i)), d, to + i);
  if (i == n) return;
  HWY_ALIGN float rest[kLanes] = {};
  std::memcpy(rest, from + i, (n - i) * sizeof(float));
  hn::Store(f(hn::Load(d, rest)), d, rest);
  std::memcpy(to + i, rest, (n - i) * sizeof(float));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#endif  // include guard
