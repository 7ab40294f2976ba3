// A block of kPoints points is transposed, so that lanes are points, and meets the codes in groups. Codes are counted
// off in blocks of 64: the last six bits of a float32 sum are replaced by the number of the code in its block, and
// since bits of numbers ≥ 0 are ordered as the numbers, integer minima and maxima keep the best two with their numbers.
// Wide vectors are taken in slabs of dimensions, with partial sums on the stack.
//
// Two forms of the sum, u = 2⁻²⁴, everything centred at o (x' = x − o, c' = c − o):
//
//   products   ½‖x'‖² + ½‖c'‖² − x'·c'   one multiply-add a dimension; error ≤ (8D + 16)·u·(½‖x'‖² + ½ max‖c'‖²)
//   squares    Σ (x_d − c_d)²            a difference more; error ≤ (D + 8)·2u times the sum itself
//
// Products come first. Where they leave too many points open (fine codebooks), squares take over.
#include "pianola/quantizers/nearest_code.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#ifndef PIANOLA_QUANTIZERS_NEAREST_CODE_ONCE
#define PIANOLA_QUANTIZERS_NEAREST_CODE_ONCE
namespace pianola {
namespace {

struct Codes {
  const Codebook* book;
  const float *squares, *products, *origin;
  std::size_t count, width;
  float largest;  // ½ max‖c'‖²
};

struct Out {
  std::uint32_t* nearest;
  float *upper, *lower;  // null: not wanted
};

}  // namespace
}  // namespace pianola
#endif

// Sizeless vectors (SVE, RVV) cannot stand in an array of sums; such processors run the NEON code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/nearest_code.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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
constexpr std::size_t kSlab = 256;       // dimensions
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
constexpr std::size_t kGroup = 4;  // codes whose sums stay in sixteen registers
#else
constexpr std::size_t kGroup = 8;
#endif

// ---------------------------------------------------------------- points in lanes

#if HWY_TARGET != HWY_SCALAR
// Lane 4b + i of v[j], i = 0 … 3: value j of row 4b + i; each load takes four values of a row.
template <class D>
HWY_INLINE hn::Vec<D> LoadFours(D d, const float* x, std::size_t stride) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return hn::LoadU(d, x);
  } else {
    const hn::Half<D> half;
    constexpr std::size_t kHalf = hn::MaxLanes(D()) / 2;
    return hn::Combine(d, LoadFours(half, x + kHalf * stride, stride), LoadFours(half, x, stride));
  }
}

HWY_INLINE void TransposeFour(const float* x, std::size_t stride, float* out) {
  const Floats d;
  const hn::Repartition<std::uint64_t, Floats> pairs;
  V v[4];
  for (std::size_t i = 0; i < 4; ++i) v[i] = LoadFours(d, x + i * stride, stride);
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

// out: [dims × kPoints]. x: the slab's first value of the first point; rows of other points follow at `stride`.
HWY_INLINE void Transpose(const float* x, std::size_t stride, std::size_t points, std::size_t dims, float* out) {
#if HWY_TARGET != HWY_SCALAR
  if (points == kPoints && dims >= 4) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const float* const from = x + v * kLanes * stride;
      for (std::size_t k = 0; k + 4 <= dims; k += 4) TransposeFour(from + k, stride, out + k * kPoints + v * kLanes);
      if (dims % 4 != 0) TransposeFour(from + dims - 4, stride, out + (dims - 4) * kPoints + v * kLanes);
    }
    return;
  }
#endif
  for (std::size_t i = 0; i < kPoints; ++i) {
    const float* const row = x + std::min(i, points - 1) * stride;
    for (std::size_t k = 0; k < dims; ++k) out[k * kPoints + i] = row[k];
  }
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

// x: [dims × kPoints]; codes: [dims × kPanel], at the first code of the group.
template <class Form>
HWY_INLINE void AddDimensions(const float* HWY_RESTRICT x, const float* HWY_RESTRICT codes, std::size_t dims, Sums& s) {
  const Floats d;
  for (std::size_t k = 0; k < dims; ++k, x += kPoints, codes += kPanel) {
    V value[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) value[v] = hn::Load(d, x + v * kLanes);
    for (std::size_t j = 0; j < kGroup; ++j) {
      const V code = hn::Set(d, codes[j]);
      for (std::size_t v = 0; v < kVectors; ++v) s.of[j][v] = Form::Add(value[v], code, s.of[j][v]);
    }
  }
}

// Per lane: the smallest two keys of a block of codes, or of all codes so far with the block of the first.
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

struct Scratch {
  HWY_ALIGN float x[kSlab * kPoints];
  HWY_ALIGN float partial[kBlockCodes * kPoints];
};

// What a block of points brings along.
struct Points {
  const float* x;
  std::size_t count;
  V half[kVectors];    // ½‖x'‖², which all sums of products lack
  V margin[kVectors];  // twice the error of a sum, beside its relative one
};

// ---------------------------------------------------------------- search

template <class Form>
HWY_INLINE void LoadSlab(const Codes& codes, std::size_t first, std::size_t dims, Points& points, Scratch& scratch) {
  Transpose(points.x + first, codes.width, points.count, dims, scratch.x);
  if (!Form::kCentred) return;
  const Floats d;
  V twice[kVectors];
  for (V& sum : twice) sum = hn::Zero(d);
  for (std::size_t k = 0; k < dims; ++k) {
    const V origin = hn::Set(d, codes.origin[first + k]);
    for (std::size_t v = 0; v < kVectors; ++v) {
      float* const at = scratch.x + k * kPoints + v * kLanes;
      const V x = hn::Sub(hn::Load(d, at), origin);
      hn::Store(x, d, at);
      twice[v] = hn::MulAdd(x, x, twice[v]);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    const V half = hn::Mul(twice[v], hn::Set(d, 0.5F));
    points.half[v] = first == 0 ? half : hn::Add(points.half[v], half);
  }
}

constexpr float kTiny = 1e-30F;  // far above what underflows
constexpr float kHuge = 1e36F;   // far below what stands for a missing code

template <class Form>
HWY_INLINE void SetMargins(const Codes& codes, Points& points) {
  const Floats d;
  const float rounding = static_cast<float>(codes.width + 2) * 0x1p-21F;  // (8D + 16)·u
  for (std::size_t v = 0; v < kVectors; ++v) {
    points.margin[v] = hn::Set(d, kTiny);
    if (!Form::kCentred) continue;
    const V scale = hn::Add(points.half[v], hn::Set(d, codes.largest));
    const V margin = hn::MulAdd(scale, hn::Set(d, 2.0F * rounding), points.margin[v]);
    const V none = hn::Set(d, std::numeric_limits<float>::infinity());  // products might overflow on the way
    points.margin[v] = hn::IfThenElse(hn::Lt(scale, hn::Set(d, kHuge)), margin, none);
  }
}

// The codes [base, end) against points whose dimensions are all in `scratch`. panel: of the first code.
template <class Form>
HWY_INLINE void NarrowBlock(const float* panel, std::size_t codes, std::size_t dims, const Scratch& scratch,
                            Best (&best)[kVectors]) {
  I number = hn::Zero(Ints());
  for (std::size_t base = 0; base < codes; base += kPanel, panel += (dims + 1) * kPanel) {
    for (std::size_t j = 0; j < kPanel; j += kGroup) {
      Sums s;
      for (std::size_t i = 0; i < kGroup; ++i) {
        for (std::size_t v = 0; v < kVectors; ++v) s.of[i][v] = hn::Set(Floats(), panel[j + i]);
      }
      AddDimensions<Form>(scratch.x, panel + kPanel + j, dims, s);
      Keep(s, number, best);
    }
  }
}

// The same for one slab of the dimensions; the sums of the slabs before it are in scratch.partial.
template <class Form>
HWY_INLINE void WideBlock(const float* panel, std::size_t codes, std::size_t width, std::size_t first, std::size_t dims,
                          Scratch& scratch) {
  const Floats d;
  for (std::size_t base = 0; base < codes; base += kPanel, panel += (width + 1) * kPanel) {
    for (std::size_t j = 0; j < kPanel; j += kGroup) {
      float* const partial = scratch.partial + (base + j) * kPoints;
      Sums s;
      for (std::size_t i = 0; i < kGroup; ++i) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          s.of[i][v] = first == 0 ? hn::Set(d, panel[j + i]) : hn::Load(d, partial + i * kPoints + v * kLanes);
        }
      }
      AddDimensions<Form>(scratch.x, panel + (first + 1) * kPanel + j, dims, s);
      for (std::size_t i = 0; i < kGroup; ++i) {
        for (std::size_t v = 0; v < kVectors; ++v) hn::Store(s.of[i][v], d, partial + i * kPoints + v * kLanes);
      }
    }
  }
}

HWY_INLINE void KeepPartial(const Scratch& scratch, std::size_t codes, Best (&best)[kVectors]) {
  I number = hn::Zero(Ints());
  for (std::size_t base = 0; base < codes; base += kGroup) {
    Sums s;
    for (std::size_t i = 0; i < kGroup; ++i) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        s.of[i][v] = hn::Load(Floats(), scratch.partial + (base + i) * kPoints + v * kLanes);
      }
    }
    Keep(s, number, best);
  }
}

template <class Form>
HWY_INLINE void Search(const Codes& codes, Points& points, Scratch& scratch, Best (&all)[kVectors]) {
  const float* panel = Form::kCentred ? codes.products : codes.squares;
  const bool narrow = codes.width <= kSlab;
  if (narrow) {
    LoadSlab<Form>(codes, 0, codes.width, points, scratch);
    SetMargins<Form>(codes, points);
  }
  for (std::size_t base = 0; base < codes.count; base += kBlockCodes) {
    Best best[kVectors];
    for (Best& b : best) b = Worst();
    const std::size_t count = std::min(codes.count - base, kBlockCodes);
    if (narrow) {
      NarrowBlock<Form>(panel, count, codes.width, scratch, best);
    } else {
      for (std::size_t first = 0; first < codes.width; first += kSlab) {
        const std::size_t dims = std::min(kSlab, codes.width - first);
        LoadSlab<Form>(codes, first, dims, points, scratch);
        WideBlock<Form>(panel, count, codes.width, first, dims, scratch);
      }
      SetMargins<Form>(codes, points);
      KeepPartial(scratch, (count + kPanel - 1) / kPanel * kPanel, best);
    }
    for (std::size_t v = 0; v < kVectors; ++v) Merge(best[v], base, all[v]);
    panel += kBlockCodes * (codes.width + 1);
  }
}

// ---------------------------------------------------------------- results

void Definition(const Codes& codes, const float* x, std::size_t i, const Out& out) {
  const ExactNearest exact = nearest_by_definition(*codes.book, x + i * codes.width);
  out.nearest[i] = exact.nearest;
  if (out.upper == nullptr) return;
  out.upper[i] = static_cast<float>(exact.smallest) * (1.0F + 0x1p-22F) + kTiny;
  const float second = static_cast<float>(std::min(exact.second, 3e38)) * (1.0F - 0x1p-22F);
  out.lower[i] = second < kTiny ? 0.0F : second;
}

// Copies [kPoints] to where the block's points stand.
template <class T>
HWY_INLINE void Deliver(const T* from, std::size_t count, T* to) {
  if (count == kPoints) {
    std::copy(from, from + kPoints, to);
  } else {
    std::copy(from, from + count, to);
  }
}

// Points i … i + points.count − 1. Returns how many had to be done again.
template <class Form>
HWY_INLINE std::size_t Finish(const Codes& codes, const float* x, std::size_t i, const Points& points,
                              const Best (&best)[kVectors], const Out& out) {
  const Floats d;
  const I low = hn::Set(Ints(), static_cast<std::int32_t>(kBlockCodes - 1));
  const float rounding = Form::kCentred ? 0x1p-22F : static_cast<float>(codes.width + 8) * 0x1p-22F;
  const V relative = hn::Set(d, 0x1p-17F + rounding), scale = hn::Set(d, Form::kCentred ? 2.0F : 1.0F);
  HWY_ALIGN std::uint32_t nearest[kPoints];
  HWY_ALIGN float upper[kPoints], lower[kPoints];
  std::size_t open = 0;
  for (std::size_t v = 0; v < kVectors; ++v) {
    const I one = hn::BitCast(Ints(), best[v].first), two = hn::BitCast(Ints(), best[v].second);
    const V first = hn::BitCast(d, hn::AndNot(low, one)), second = hn::BitCast(d, hn::AndNot(low, two));
    const V most = hn::MulAdd(hn::Abs(first), relative, first);
    const V least = hn::Sub(hn::NegMulAdd(hn::Abs(second), relative, second), points.margin[v]);
    const auto apart = hn::And(hn::Gt(least, most), hn::Lt(most, hn::Set(d, kHuge)));
    open += kLanes - hn::CountTrue(d, apart);
    hn::Store(hn::BitCast(Words(), hn::Add(best[v].base, hn::And(one, low))), Words(), nearest + v * kLanes);
    const V above = hn::Add(hn::Add(most, points.half[v]), points.margin[v]);
    const V below = hn::Max(hn::Sub(hn::Add(least, points.half[v]), points.margin[v]), hn::Zero(d));
    hn::Store(hn::Mul(above, scale), d, upper + v * kLanes);
    hn::Store(hn::IfThenElseZero(apart, hn::Mul(below, scale)), d, lower + v * kLanes);
  }
  Deliver(nearest, points.count, out.nearest + i);
  if (out.upper != nullptr) {
    Deliver(upper, points.count, out.upper + i);
    Deliver(lower, points.count, out.lower + i);
  }
  for (std::size_t j = 0; open != 0 && j < points.count; ++j) {
    if (lower[j] == 0.0F) Definition(codes, x, i + j, out);
  }
  return open;
}

template <class Form>
HWY_INLINE std::size_t OneBlock(const Codes& codes, const float* x, std::size_t i, std::size_t n, const Out& out,
                                Scratch& scratch) {
  Points points;
  for (std::size_t v = 0; v < kVectors; ++v) points.half[v] = points.margin[v] = hn::Zero(Floats());
  points.x = x + i * codes.width;
  points.count = std::min(kPoints, n - i);
  Best best[kVectors];
  for (Best& b : best) b = Worst();
  Search<Form>(codes, points, scratch, best);
  return Finish<Form>(codes, x, i, points, best, out);
}

void Nearest(const Codes& codes, const float* x, std::size_t n, const Out& out) {
  const bool bounded = codes.width < (std::size_t{1} << 16);  // else the bound of the error is no use
  Scratch scratch;
  std::size_t i = 0, again = 0;
  for (; bounded && i < n && n - i > kPoints / 4 && again <= kPoints + i / 16; i += std::min(kPoints, n - i)) {
    again += OneBlock<Products>(codes, x, i, n, out, scratch);
  }
  for (; bounded && i < n && n - i > kPoints / 4; i += std::min(kPoints, n - i)) {
    OneBlock<Squares>(codes, x, i, n, out, scratch);
  }
  for (; i < n; ++i) Definition(codes, x, i, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(Nearest);

Codes layout(const Codebook& book) {
  return {&book, book.squares(), book.products(), book.origin(), book.size(), book.width(), book.largest()};
}

}  // namespace

void nearest_codes(const Codebook& book, std::span<const float> vectors, std::span<std::uint32_t> nearest) noexcept {
  assert(vectors.size() == nearest.size() * book.width());
  HWY_DYNAMIC_DISPATCH(Nearest)(layout(book), vectors.data(), nearest.size(), {nearest.data(), nullptr, nullptr});
}

void nearest_codes(const Codebook& book, std::span<const float> vectors, NearestBounds out) noexcept {
  assert(vectors.size() == out.nearest.size() * book.width());
  assert(out.upper.size() == out.nearest.size() && out.lower.size() == out.nearest.size());
  HWY_DYNAMIC_DISPATCH(Nearest)
  (layout(book), vectors.data(), out.nearest.size(), {out.nearest.data(), out.upper.data(), out.lower.data()});
}

void nearest_codes(const Codebook& book, std::span<const double> vectors, std::span<std::uint32_t> nearest) noexcept {
  assert(vectors.size() == nearest.size() * book.width());
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    nearest[i] = nearest_by_definition(book, vectors.data() + i * book.width()).nearest;
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
