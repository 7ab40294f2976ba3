// The parameters of value i repeat with the period of the dimensions. A kernel goes through its values in blocks of a
// few vectors; rows of the grid hold a block's parameters for every phase, and the phase advances by the block's length
// modulo the period. Values before the first cache line and after the last block are done one by one.
#include "pianola/quantizers/uniform_kernels.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#ifndef PIANOLA_QUANTIZERS_UNIFORM_KERNELS_ONCE
#define PIANOLA_QUANTIZERS_UNIFORM_KERNELS_ONCE
namespace pianola {
namespace {

template <class T>
T encode_one(float x, float origin, float scale, float last) {
  const float t = (x - origin) * scale;
  return t > 0.0F ? static_cast<T>(std::min(t, last)) : T{0};
}

/// The ends of a buffer, value by value. Returns the phase after n values.
template <class T>
std::size_t encode_some(const UniformGrid& grid, const float* x, std::size_t n, std::size_t phase, T* tokens) {
  for (std::size_t i = 0; i < n; ++i) {
    tokens[i] = encode_one<T>(x[i], grid.origin()[phase], grid.scale()[phase], grid.last()[phase]);
    phase = phase + 1 < grid.period() ? phase + 1 : 0;
  }
  return phase;
}

std::size_t values_before_alignment(const float* x) {
  return (64 - reinterpret_cast<std::uintptr_t>(x) % 64) % 64 / sizeof(float);
}

}  // namespace
}  // namespace pianola
#endif

// Sizeless vectors (SVE, RVV) cannot stand in an array; such processors run the NEON code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/uniform_kernels.cpp"
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
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kUnroll = 4;
constexpr std::size_t kBlock = kUnroll * kLanes;

#if HWY_TARGET == HWY_AVX2
// One truncation without Highway's repair of overflow, and packs that saturate: negative numbers and NaN (which min
// keeps as its second operand and truncation turns into −2³¹) become 0 for nothing. Half again as fast as the code
// below.
HWY_INLINE __m256i Cell(const float* x, const float* origin, const float* scale, __m256 top) {
  const __m256 t = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(x), _mm256_loadu_ps(origin)), _mm256_loadu_ps(scale));
  return _mm256_cvttps_epi32(_mm256_min_ps(top, t));
}

HWY_INLINE void Store(__m256i v, void* to) { _mm256_storeu_si256(static_cast<__m256i*>(to), v); }

HWY_INLINE void StoreTokens(const __m256i (&cell)[4], std::uint8_t* to) {
  const __m256i low = _mm256_packus_epi32(cell[0], cell[1]), high = _mm256_packus_epi32(cell[2], cell[3]);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  Store(_mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order), to);
}

HWY_INLINE void StoreTokens(const __m256i (&cell)[4], std::uint16_t* to) {
  for (int j = 0; j < 4; j += 2) {
    Store(_mm256_permute4x64_epi64(_mm256_packus_epi32(cell[j], cell[j + 1]), 0xD8), to + 8 * j);
  }
}

HWY_INLINE void StoreTokens(const __m256i (&cell)[4], std::uint32_t* to) {
  for (int j = 0; j < 4; ++j) Store(_mm256_max_epi32(cell[j], _mm256_setzero_si256()), to + 8 * j);
}

template <bool kAlike, class T>
HWY_INLINE void EncodeBlock(const float* x, const float* origin, const float* scale, const float* last, float top,
                            T* tokens) {
  __m256i cell[4];
  for (int j = 0; j < 4; ++j) {
    cell[j] =
        Cell(x + 8 * j, origin + 8 * j, scale + 8 * j, kAlike ? _mm256_set1_ps(top) : _mm256_loadu_ps(last + 8 * j));
  }
  StoreTokens(cell, tokens);
}
#elif HWY_TARGET != HWY_SCALAR
// min(max(⌊(x − origin)·scale⌋, 0), top) + 2²³: the token stands in the low bits of the number, and 0x4B in its top
// byte. Max has the number first, so that NaN becomes 0 where a processor's maximum returns its second operand.
HWY_INLINE hn::Vec<Words> Cell(const float* x, const float* origin, const float* scale, hn::Vec<Floats> top) {
  const Floats d;
  const auto t = hn::Mul(hn::Sub(hn::LoadU(d, x), hn::LoadU(d, origin)), hn::LoadU(d, scale));
  const auto whole = hn::Floor(hn::Min(hn::Max(t, hn::Zero(d)), top));
  return hn::BitCast(Words(), hn::Add(whole, hn::Set(d, 0x1p23F)));
}

// Four cells a lane become four bytes: lane j holds those of values j, N + j, 2N + j, 3N + j; two shuffles sort them.
HWY_INLINE hn::Vec<Words> PackBytes(const hn::Vec<Words> (&cell)[4]) {
  const auto low = hn::Xor(cell[0], hn::ShiftLeft<8>(cell[1]));
  const auto high = hn::Xor(hn::ShiftLeft<16>(cell[2]), hn::ShiftLeft<24>(cell[3]));
  const auto bytes = hn::Xor(hn::Xor(low, high), hn::Set(Words(), 0x4B000000U));
  alignas(16) static constexpr std::uint8_t kTranspose[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  const auto order = hn::LoadDup128(hn::Repartition<std::uint8_t, Words>(), kTranspose);
  const auto blocks =
      hn::BitCast(Words(), hn::TableLookupBytes(hn::BitCast(hn::Repartition<std::uint8_t, Words>(), bytes), order));
  if constexpr (kLanes == 4) return blocks;
  alignas(64) std::uint32_t index[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i)
    index[i] = static_cast<std::uint32_t>(i % (kLanes / 4) * 4 + i / (kLanes / 4));
  return hn::TableLookupLanes(blocks, hn::SetTableIndices(Words(), index));
}

template <class T>
HWY_INLINE void StoreTokens(const hn::Vec<Words> (&cell)[4], T* to) {
  if constexpr (sizeof(T) == 1) {
    hn::StoreU(hn::BitCast(hn::Repartition<std::uint8_t, Words>(), PackBytes(cell)),
               hn::Repartition<std::uint8_t, Words>(), to);
  } else {
    for (std::size_t j = 0; j < 4; ++j) {
      const auto token = hn::And(cell[j], hn::Set(Words(), 0xFFFFU));
      if constexpr (sizeof(T) == 4) {
        hn::StoreU(token, Words(), to + j * kLanes);
      } else {
        hn::StoreU(hn::DemoteTo(hn::Rebind<T, Words>(), hn::BitCast(Ints(), token)), hn::Rebind<T, Words>(),
                   to + j * kLanes);
      }
    }
  }
}

template <bool kAlike, class T>
HWY_INLINE void EncodeBlock(const float* x, const float* origin, const float* scale, const float* last, float top,
                            T* tokens) {
  hn::Vec<Words> cell[kUnroll];
  for (std::size_t j = 0; j < kUnroll; ++j) {
    const std::size_t at = j * kLanes;
    cell[j] = Cell(x + at, origin + at, scale + at, kAlike ? hn::Set(Floats(), top) : hn::LoadU(Floats(), last + at));
  }
  StoreTokens(cell, tokens);
}
#else
template <bool kAlike, class T>
HWY_INLINE void EncodeBlock(const float* x, const float* origin, const float* scale, const float* last, float top,
                            T* tokens) {
  for (std::size_t j = 0; j < kBlock; ++j) tokens[j] = encode_one<T>(x[j], origin[j], scale[j], kAlike ? top : last[j]);
}
#endif

template <bool kAlike, class T>
void EncodeBlocks(const UniformGrid& grid, const float* x, std::size_t n, T* tokens) {
  // Locals, since bytes that are written might alias the grid's members.
  const std::size_t period = grid.period(), stride = grid.row_stride(), advance = kBlock % period;
  const float* const origin = grid.origin_rows();
  const float* const scale = grid.scale_rows();
  const float* const last = grid.last_rows();
  const float top = static_cast<float>(grid.bins() - 1);
  const std::size_t head = std::min(n, values_before_alignment(x));
  std::size_t phase = encode_some(grid, x, head, 0, tokens), i = head;
  for (; i + kBlock <= n; i += kBlock) {
    const std::size_t row = phase * stride;
    EncodeBlock<kAlike>(x + i, origin + row, scale + row, last + row, top, tokens + i);
    phase += advance;
    if (phase >= period) phase -= period;
  }
  encode_some(grid, x + i, n - i, phase, tokens + i);
}

template <class T>
void Encode(const UniformGrid& grid, const float* x, std::size_t n, T* tokens) {
  grid.alike() ? EncodeBlocks<true>(grid, x, n, tokens) : EncodeBlocks<false>(grid, x, n, tokens);
}

/// As many tokens as `ints` has lanes, those above `top` as `top`.
template <class I, class T>
HWY_INLINE hn::Vec<I> LoadTokens(I ints, const T* from, hn::Vec<I> top) {
  if constexpr (sizeof(T) == 4) {
    const hn::Rebind<std::uint32_t, I> words;
    return hn::BitCast(ints, hn::Min(hn::LoadU(words, from), hn::BitCast(words, top)));
  } else {
    return hn::Min(hn::PromoteTo(ints, hn::LoadU(hn::Rebind<T, I>(), from)), top);
  }
}

#if HWY_HAVE_FLOAT64
using Doubles = hn::CappedTag<double, 8>;
using Halves = hn::Rebind<std::int32_t, Doubles>;

// Levels computed: a gather loads number by number, this is ten operations for a vector. Ends before the last block.
template <class T>
std::size_t DecodeEven(const UniformGrid& grid, const T* tokens, std::size_t n, float* x) {
  constexpr std::size_t kNumbers = hn::MaxLanes(Doubles()), kEvenBlock = 4 * kNumbers;
  static_assert(kEvenBlock <= UniformGrid::kEvenRow);
  const std::size_t period = grid.even_period(), stride = grid.even_stride(), advance = kEvenBlock % period;
  const double *const middles = grid.middle_rows(), *const steps = grid.step_rows();
  const auto top = hn::Set(Halves(), static_cast<std::int32_t>(grid.bins() - 1));
  const auto half = hn::Set(Doubles(), 0.5 * (grid.bins() - 1));
  std::size_t i = 0, phase = 0;
  for (; i + kEvenBlock <= n; i += kEvenBlock) {
    const double *const middle = middles + phase * stride, *const step = steps + phase * stride;
    for (std::size_t j = 0; j < kEvenBlock; j += kNumbers) {
      const auto from_middle = hn::Sub(hn::PromoteTo(Doubles(), LoadTokens(Halves(), tokens + i + j, top)), half);
      const auto level = hn::MulAdd(from_middle, hn::LoadU(Doubles(), step + j), hn::LoadU(Doubles(), middle + j));
      hn::StoreU(hn::DemoteTo(hn::Rebind<float, Doubles>(), level), hn::Rebind<float, Doubles>(), x + i + j);
    }
    phase += advance;
    if (phase >= period) phase -= period;
  }
  return i;
}
#endif

template <class T>
void Decode(const UniformGrid& grid, const T* tokens, std::size_t n, float* x) {
  const std::size_t dim = grid.dim(), advance = kBlock % dim;
  const float* const levels = grid.levels().data();
  const std::int32_t* const base = grid.base_rows();
  const std::uint32_t last = grid.bins() - 1;
  const auto top = hn::Set(Ints(), static_cast<std::int32_t>(last));
  std::size_t i = 0;
#if HWY_HAVE_FLOAT64
  if (grid.even()) i = DecodeEven(grid, tokens, n, x);
#endif
  std::size_t phase = i % dim;
  for (; i + kBlock <= n; i += kBlock) {
    for (std::size_t j = 0; j < kBlock; j += kLanes) {
      const auto index = hn::Add(hn::LoadU(Ints(), base + phase + j), LoadTokens(Ints(), tokens + i + j, top));
      hn::StoreU(hn::GatherIndex(Floats(), levels, index), Floats(), x + i + j);
    }
    phase += advance;
    if (phase >= dim) phase -= dim;
  }
  for (std::size_t j = 0; i + j < n; ++j) {
    x[i + j] = levels[static_cast<std::uint32_t>(base[phase + j]) + std::min<std::uint32_t>(tokens[i + j], last)];
  }
}

void Encode8(const UniformGrid& g, const float* x, std::size_t n, std::uint8_t* t) { Encode(g, x, n, t); }
void Encode16(const UniformGrid& g, const float* x, std::size_t n, std::uint16_t* t) { Encode(g, x, n, t); }
void Encode32(const UniformGrid& g, const float* x, std::size_t n, std::uint32_t* t) { Encode(g, x, n, t); }
void Decode8(const UniformGrid& g, const std::uint8_t* t, std::size_t n, float* x) { Decode(g, t, n, x); }
void Decode16(const UniformGrid& g, const std::uint16_t* t, std::size_t n, float* x) { Decode(g, t, n, x); }
void Decode32(const UniformGrid& g, const std::uint32_t* t, std::size_t n, float* x) { Decode(g, t, n, x); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(Encode8);
HWY_EXPORT(Encode16);
HWY_EXPORT(Encode32);
HWY_EXPORT(Decode8);
HWY_EXPORT(Decode16);
HWY_EXPORT(Decode32);

/// Its argument, of which a compiler knows nothing: a product that goes through it is not fused with a sum.
[[gnu::noinline]] double rounded(double x) { return x; }

bool all_equal(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [&](float x) { return x == values[0]; });
}

}  // namespace

std::vector<UniformGrid::Line> UniformGrid::rows(std::span<const float> parameters) const {
  std::vector<Line> lines((period_ * stride_ + kRow + 15) / 16);
  for (std::size_t phase = 0; phase < period_; ++phase) {
    for (std::size_t j = 0; j < kRow; ++j) {
      const std::size_t at = phase * stride_ + j;
      lines[at / 16].values[at % 16] = parameters[(phase + j) % period_];
    }
  }
  return lines;
}

UniformGrid::UniformGrid(std::span<const float> origin, std::span<const float> scale, std::uint32_t bins,
                         std::vector<float> levels)
    : UniformGrid(origin, scale, std::vector<std::uint32_t>(origin.size(), bins), std::move(levels)) {}

UniformGrid::UniformGrid(std::span<const float> origin, std::span<const float> scale,
                         std::span<const std::uint32_t> bins, std::vector<float> levels, const EvenLevels& even)
    : dim_(origin.size()),
      bins_(*std::max_element(bins.begin(), bins.end())),
      alike_(std::all_of(bins.begin(), bins.end(), [&](std::uint32_t count) { return count == bins_; })),
      origin_(origin.begin(), origin.end()),
      scale_(scale.begin(), scale.end()),
      levels_(std::move(levels)) {
  assert(dim_ > 0 && scale.size() == dim_ && bins.size() == dim_ && bins_ <= 65536);
  assert(levels_.size() == dim_ * bins_ && levels_.size() <= kMaxLevels);
  for (const std::uint32_t count : bins) last_.push_back(static_cast<float>(count - 1));
  period_ = all_equal(origin) && all_equal(scale) && alike_ ? 1 : dim_;
  stride_ = period_ <= 32 ? kRow : 1;
  origin_rows_ = rows(origin);
  scale_rows_ = rows(scale);
  last_rows_ = rows(last_);
  for (std::size_t i = 0; i < dim_ + kRow; ++i) base_rows_.push_back(static_cast<std::int32_t>(i % dim_ * bins_));
  if (!even.step.empty() && alike_ && computable(even)) compute_levels(even);
}

bool UniformGrid::computable(const EvenLevels& even) const {
  assert(even.middle.size() == dim_ && even.step.size() == dim_);
  const double half = 0.5 * (bins_ - 1);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const double middle = even.middle[i / bins_], step = even.step[i / bins_];
    const double steps = static_cast<double>(i % bins_) - half, product = rounded(steps * step);
    if (static_cast<float>(product + middle) != levels_[i]) return false;
    if (static_cast<float>(std::fma(steps, step, middle)) != levels_[i]) return false;
  }
  return true;
}

void UniformGrid::compute_levels(const EvenLevels& even) {
  const auto same = [](const std::vector<double>& of) {
    return std::count(of.begin(), of.end(), of[0]) == std::ssize(of);
  };
  even_period_ = same(even.middle) && same(even.step) ? 1 : dim_;
  middle_rows_.resize((even_period_ * even_stride() + kEvenRow + 7) / 8);
  step_rows_.resize(middle_rows_.size());
  for (std::size_t phase = 0; phase < even_period_; ++phase) {
    for (std::size_t j = 0; j < kEvenRow; ++j) {
      const std::size_t at = phase * even_stride() + j, d = (phase + j) % even_period_;
      middle_rows_[at / 8].values[at % 8] = even.middle[d];
      step_rows_[at / 8].values[at % 8] = even.step[d];
    }
  }
}

void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint8_t> tokens) noexcept {
  assert(values.size() == tokens.size() && grid.bins() <= 256);
  HWY_DYNAMIC_DISPATCH(Encode8)(grid, values.data(), values.size(), tokens.data());
}
void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint16_t> tokens) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Encode16)(grid, values.data(), values.size(), tokens.data());
}
void encode_uniform(const UniformGrid& grid, std::span<const float> values, std::span<std::uint32_t> tokens) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Encode32)(grid, values.data(), values.size(), tokens.data());
}

void decode_uniform(const UniformGrid& grid, std::span<const std::uint8_t> tokens, std::span<float> values) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Decode8)(grid, tokens.data(), tokens.size(), values.data());
}
void decode_uniform(const UniformGrid& grid, std::span<const std::uint16_t> tokens, std::span<float> values) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Decode16)(grid, tokens.data(), tokens.size(), values.data());
}
void decode_uniform(const UniformGrid& grid, std::span<const std::uint32_t> tokens, std::span<float> values) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Decode32)(grid, tokens.data(), tokens.size(), values.data());
}

void encode_uniform_reference(const UniformGrid& grid, std::span<const float> values,
                              std::span<std::uint32_t> tokens) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t d = i % grid.dim();
    const float t = (values[i] - grid.origin()[d]) * grid.scale()[d], last = grid.last()[d];
    tokens[i] = static_cast<std::uint32_t>(t >= last ? last : t > 0.0F ? t : 0.0F);
  }
}

void decode_uniform_reference(const UniformGrid& grid, std::span<const std::uint32_t> tokens,
                              std::span<float> values) noexcept {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    values[i] = grid.levels()[i % grid.dim() * grid.bins() + std::min(tokens[i], grid.bins() - 1)];
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
