// Points against codes, a point a lane: what the kernels that look for nearest codes are made of. Included once for
// each instruction set, by sources of Highway's foreach_target.
//
// A block of kPoints points is transposed, so that lanes are points, and meets the codes in groups. Codes are counted
// off in blocks of 64: the last six bits of a float32 sum are replaced by the number of the code in its block, so that
// minima and maxima keep the best two with their numbers.
//
// Two forms of the sum, u = 2⁻²⁴, everything centred at o (x' = x − o, c' = c − o):
//
//   products   ½‖x'‖² + ½‖c'‖² − x'·c'   without its first term, which all codes of a point share: one multiply-add
//              for a dimension; error ≤ (8D + 16)·u·(½‖x'‖² + ½ max‖c'‖²)
//
//   squares    Σ (x_d − c_d)²            a difference more; error ≤ (D + 8)·2u times the sum itself
#if defined(PIANOLA_QUANTIZERS_NEAREST_LANES_INTERNAL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PIANOLA_QUANTIZERS_NEAREST_LANES_INTERNAL_HPP
#undef PIANOLA_QUANTIZERS_NEAREST_LANES_INTERNAL_HPP
#else
#define PIANOLA_QUANTIZERS_NEAREST_LANES_INTERNAL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "pianola/quantizers/codebook.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Ints = hn::Rebind<std::int32_t, Floats>;
using Words = hn::Rebind<std::uint32_t, Floats>;
using V = hn::Vec<Floats>;
using I = hn::Vec<Ints>;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kVectors = 2;                 // of points in a block
constexpr std::size_t kPoints = kVectors * kLanes;  // of a block
constexpr std::size_t kPanel = Codebook::kPanel;
constexpr std::size_t kBlockCodes = 64;  // six bits
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
constexpr std::size_t kGroup = 4;  // codes whose sums stay in sixteen registers
#else
constexpr std::size_t kGroup = 8;
#endif

// ---------------------------------------------------------------- points in lanes

#if HWY_TARGET != HWY_SCALAR
// Lane 4b + i: four values of row 4b + i, from `at` on.
template <class D, class Row>
HWY_INLINE hn::Vec<D> LoadFours(D d, const Row& row, std::size_t first, std::size_t at) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return hn::LoadU(d, row(first) + at);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, LoadFours(half, row, first + hn::MaxLanes(D()) / 2, at), LoadFours(half, row, first, at));
  }
}

// Values at … at + 3 of the rows first … first + kLanes − 1, transposed.
template <class Row>
HWY_INLINE void TransposeFour(const Row& row, std::size_t first, std::size_t at, float* out) {
  const Floats d;
  const hn::Repartition<std::uint64_t, Floats> pairs;
  V v[4];
  for (std::size_t i = 0; i < 4; ++i) v[i] = LoadFours(d, row, first + i, at);
  const auto a = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1]));
  const auto b = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3]));
  const auto e = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1]));
  const auto f = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, a, b)), d, out);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, a, b)), d, out + kPoints);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, e, f)), d, out + 2 * kPoints);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, e, f)), d, out + 3 * kPoints);
}
#endif

/// out: [dims × kPoints], the first `dims` values of row(0) … row(kPoints − 1), pointers.
template <class Row>
HWY_INLINE void Transpose(const Row& row, std::size_t dims, float* out) {
#if HWY_TARGET != HWY_SCALAR
  if (dims >= 4) {
    for (std::size_t v = 0; v < kPoints; v += kLanes) {
      for (std::size_t k = 0; k + 4 <= dims; k += 4) TransposeFour(row, v, k, out + k * kPoints + v);
      if (dims % 4 != 0) TransposeFour(row, v, dims - 4, out + (dims - 4) * kPoints + v);
    }
    return;
  }
#endif
  for (std::size_t i = 0; i < kPoints; ++i) {
    for (std::size_t k = 0; k < dims; ++k) out[k * kPoints + i] = row(i)[k];
  }
}

/// The same of points whose rows stand `stride` apart. Missing points repeat the last one.
HWY_INLINE void TransposePoints(const float* x, std::size_t stride, std::size_t points, std::size_t dims, float* out) {
  if (points == kPoints) {
    Transpose([=](std::size_t i) { return x + i * stride; }, dims, out);
  } else {
    Transpose([=](std::size_t i) { return x + std::min(i, points - 1) * stride; }, dims, out);
  }
}

/// to = from − origin, [dims × kPoints], may be the same place; half[v] = ½ of the sums of squares.
HWY_INLINE void Centre(const float* from, const float* origin, std::size_t dims, float* to, V (&half)[kVectors]) {
  const Floats d;
  for (V& sum : half) sum = hn::Zero(d);
  for (std::size_t k = 0; k < dims; ++k) {
    const V o = hn::Set(d, origin[k]);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::size_t at = k * kPoints + v * kLanes;
      const V x = hn::Sub(hn::Load(d, from + at), o);
      hn::Store(x, d, to + at);
      half[v] = hn::MulAdd(x, x, half[v]);
    }
  }
  for (V& sum : half) sum = hn::Mul(sum, hn::Set(d, 0.5F));
}

// ---------------------------------------------------------------- sums

struct Sums {
  V of[kGroup][kVectors];
};

struct Products {
  static constexpr bool kCentred = true;
  static HWY_INLINE V Add(V x, V code, V sum) { return hn::MulAdd(x, code, sum); }  // the codes stand there negative
};
struct Squares {
  static constexpr bool kCentred = false;
  static HWY_INLINE V Add(V x, V code, V sum) {
    const V t = hn::Sub(x, code);
    return hn::MulAdd(t, t, sum);
  }
};

// A loaded vector that stays in its register. Compilers else read it again from memory for each code of the group, and
// the two loads that such a processor does in a tick, not its multiply-adds, become the limit.
HWY_INLINE V InRegister(V v) {
#if HWY_TARGET == HWY_AVX2 && (HWY_COMPILER_GCC || HWY_COMPILER_CLANG)
  asm("" : "+x"(v.raw));
#endif
  return v;
}

/// x: [dims × kPoints]; codes: [dims × kPanel], at the first code of the group.
template <class Form>
HWY_INLINE void AddDimensions(const float* HWY_RESTRICT x, const float* HWY_RESTRICT codes, std::size_t dims, Sums& s) {
  const Floats d;
  for (std::size_t k = 0; k < dims; ++k, x += kPoints, codes += kPanel) {
    V value[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) value[v] = InRegister(hn::Load(d, x + v * kLanes));
    for (std::size_t j = 0; j < kGroup; ++j) {
      const V code = hn::Set(d, codes[j]);
      for (std::size_t v = 0; v < kVectors; ++v) s.of[j][v] = Form::Add(value[v], code, s.of[j][v]);
    }
  }
}

// ---------------------------------------------------------------- the best two

/// Per lane: the smallest two keys of a block of codes, or of all codes so far with the block of the first.
struct Best {
  V first, second;
  I base;
};

HWY_INLINE Best Worst() {
  const V most = hn::Set(Floats(), 3e38F);
  return {most, most, hn::Zero(Ints())};
}

HWY_INLINE void Keep(const Sums& s, I& number, Best (&best)[kVectors]) {
  const I mask = hn::Set(Ints(), ~static_cast<std::int32_t>(kBlockCodes - 1)), one = hn::Set(Ints(), 1);
  for (std::size_t j = 0; j < kGroup; ++j) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const I bits = hn::BitCast(Ints(), s.of[j][v]);
      const V key = hn::BitCast(Floats(), hn::Or(hn::And(bits, mask), number));
      best[v].second = hn::Min(best[v].second, hn::Max(best[v].first, key));
      best[v].first = hn::Min(best[v].first, key);
    }
    number = hn::Add(number, one);
  }
}

HWY_INLINE void Merge(const Best& block, std::size_t base, Best& all) {
  const auto better = hn::Lt(block.first, all.first);
  all.base = hn::IfThenElse(hn::RebindMask(Ints(), better), hn::Set(Ints(), static_cast<std::int32_t>(base)), all.base);
  all.second = hn::Min(hn::Min(all.second, block.second), hn::Max(all.first, block.first));
  all.first = hn::Min(all.first, block.first);
}

/// `codes` codes, a block at most, against points whose dimensions are all at x: [dims × kPoints]. panel: of the first.
template <class Form>
HWY_INLINE void NarrowBlock(const float* panel, std::size_t codes, std::size_t dims, const float* x,
                            Best (&best)[kVectors]) {
  I number = hn::Zero(Ints());
  for (std::size_t base = 0; base < codes; base += kPanel, panel += (dims + 1) * kPanel) {
    for (std::size_t j = 0; j < kPanel; j += kGroup) {
      Sums s;
      for (std::size_t i = 0; i < kGroup; ++i) {
        for (std::size_t v = 0; v < kVectors; ++v) s.of[i][v] = hn::Set(Floats(), panel[j + i]);
      }
      AddDimensions<Form>(x, panel + kPanel + j, dims, s);
      Keep(s, number, best);
    }
  }
}

/// All codes. panels: of the form.
template <class Form>
HWY_INLINE void NarrowSearch(const float* panels, std::size_t count, std::size_t dims, const float* x,
                             Best (&all)[kVectors]) {
  for (Best& b : all) b = Worst();
  if (count <= kBlockCodes) return NarrowBlock<Form>(panels, count, dims, x, all);
  for (std::size_t base = 0; base < count; base += kBlockCodes, panels += kBlockCodes * (dims + 1)) {
    Best best[kVectors];
    for (Best& b : best) b = Worst();
    NarrowBlock<Form>(panels, std::min(count - base, kBlockCodes), dims, x, best);
    for (std::size_t v = 0; v < kVectors; ++v) Merge(best[v], base, all[v]);
  }
}

// ---------------------------------------------------------------- what is sure

constexpr float kTiny = 1e-30F;  // far above what underflows
constexpr float kHuge = 1e36F;   // far below what stands for a missing code

/// Twice the error of a sum, beside its relative one. largest: ½ max‖c'‖².
template <class Form>
HWY_INLINE V Margin(V half, float largest, std::size_t dims) {
  const Floats d;
  const V tiny = hn::Set(d, kTiny);
  if (!Form::kCentred) return tiny;
  const float rounding = static_cast<float>(dims + 2) * 0x1p-21F;  // (8D + 16)·u
  const V scale = hn::Add(half, hn::Set(d, largest));
  const V margin = hn::MulAdd(scale, hn::Set(d, 2.0F * rounding), tiny);
  const V none = hn::Set(d, std::numeric_limits<float>::infinity());  // products might overflow on the way
  return hn::IfThenElse(hn::Lt(scale, hn::Set(d, kHuge)), margin, none);
}

/// Lanes of one vector: the nearest code, bounds of the best two sums, and whether it is sure.
struct Decision {
  I nearest;
  V most, least;  // of the nearest code's sum, of all others'
  hn::Mask<Floats> sure;
};

template <class Form>
HWY_INLINE Decision Decide(const Best& best, V margin, std::size_t dims) {
  const Floats d;
  const I low = hn::Set(Ints(), static_cast<std::int32_t>(kBlockCodes - 1));
  const float rounding = Form::kCentred ? 0x1p-22F : static_cast<float>(dims + 8) * 0x1p-22F;
  const V relative = hn::Set(d, 0x1p-17F + rounding);
  const I one = hn::BitCast(Ints(), best.first), two = hn::BitCast(Ints(), best.second);
  const V first = hn::BitCast(d, hn::AndNot(low, one)), second = hn::BitCast(d, hn::AndNot(low, two));
  Decision out;
  out.nearest = hn::Add(best.base, hn::And(one, low));
  out.most = hn::MulAdd(hn::Abs(first), relative, first);
  out.least = hn::Sub(hn::NegMulAdd(hn::Abs(second), relative, second), margin);
  out.sure = hn::And(hn::Gt(out.least, out.most), hn::Lt(out.most, hn::Set(d, kHuge)));
  return out;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#endif
