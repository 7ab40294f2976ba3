// The kernels of nearest_lanes_internal.hpp on blocks of points; wide vectors are taken in slabs of dimensions, with
// partial sums on the stack. Products come first. Where they leave too many points open (fine codebooks), squares take
// over.
#include "pianola/quantizers/nearest_code.hpp"

#include <algorithm>
#include <cassert>

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

#include "pianola/quantizers/nearest_lanes_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

constexpr std::size_t kSlab = 256;  // dimensions

struct Scratch {
  HWY_ALIGN float x[kSlab * kPoints];
  HWY_ALIGN float partial[kBlockCodes * kPoints];
};

// What a block of points brings along.
struct Points {
  const float* x;
  std::size_t count;
  V half[kVectors];  // ½‖x'‖²; of squares: 0
};

// ---------------------------------------------------------------- search

// The points' dimensions first … first + dims − 1, and half of their squares.
template <class Form>
HWY_INLINE void LoadSlab(const Codes& codes, std::size_t first, std::size_t dims, const Points& points,
                         Scratch& scratch, V (&half)[kVectors]) {
  TransposePoints(points.x + first, codes.width, points.count, dims, scratch.x);
  for (V& h : half) h = hn::Zero(Floats());
  if (Form::kCentred) Centre(scratch.x, codes.origin + first, dims, scratch.x, half);
}

// One slab of the dimensions; the sums of the slabs before it are in scratch.partial.
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
HWY_INLINE void WideSearch(const Codes& codes, const float* panel, Points& points, Scratch& scratch,
                           Best (&all)[kVectors]) {
  for (Best& b : all) b = Worst();
  for (std::size_t base = 0; base < codes.count; base += kBlockCodes) {
    const std::size_t count = std::min(codes.count - base, kBlockCodes);
    for (V& h : points.half) h = hn::Zero(Floats());
    for (std::size_t first = 0; first < codes.width; first += kSlab) {
      const std::size_t dims = std::min(kSlab, codes.width - first);
      V half[kVectors];
      LoadSlab<Form>(codes, first, dims, points, scratch, half);
      WideBlock<Form>(panel, count, codes.width, first, dims, scratch);
      for (std::size_t v = 0; v < kVectors; ++v) points.half[v] = hn::Add(points.half[v], half[v]);
    }
    Best best[kVectors];
    for (Best& b : best) b = Worst();
    KeepPartial(scratch, (count + kPanel - 1) / kPanel * kPanel, best);
    for (std::size_t v = 0; v < kVectors; ++v) Merge(best[v], base, all[v]);
    panel += kBlockCodes * (codes.width + 1);
  }
}

template <class Form>
HWY_INLINE void Search(const Codes& codes, Points& points, Scratch& scratch, Best (&all)[kVectors]) {
  const float* const panels = Form::kCentred ? codes.products : codes.squares;
  if (codes.width > kSlab) return WideSearch<Form>(codes, panels, points, scratch, all);
  LoadSlab<Form>(codes, 0, codes.width, points, scratch, points.half);
  NarrowSearch<Form>(panels, codes.count, codes.width, scratch.x, all);
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
  const V scale = hn::Set(d, Form::kCentred ? 2.0F : 1.0F);
  HWY_ALIGN std::uint32_t nearest[kPoints];
  HWY_ALIGN float upper[kPoints], lower[kPoints];
  std::size_t open = 0;
  for (std::size_t v = 0; v < kVectors; ++v) {
    const V margin = Margin<Form>(points.half[v], codes.largest, codes.width);
    const Decision found = Decide<Form>(best[v], margin, codes.width);
    open += kLanes - hn::CountTrue(d, found.sure);
    hn::Store(hn::BitCast(Words(), found.nearest), Words(), nearest + v * kLanes);
    const V above = hn::Add(hn::Add(found.most, points.half[v]), margin);
    const V below = hn::Max(hn::Sub(hn::Add(found.least, points.half[v]), margin), hn::Zero(d));
    hn::Store(hn::Mul(above, scale), d, upper + v * kLanes);
    hn::Store(hn::IfThenElseZero(found.sure, hn::Mul(below, scale)), d, lower + v * kLanes);
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
  for (V& half : points.half) half = hn::Zero(Floats());
  points.x = x + i * codes.width;
  points.count = std::min(kPoints, n - i);
  Best best[kVectors];
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
