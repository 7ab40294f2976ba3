// Their arithmetic is exact, so that every processor gives the same bits in the widest registers that it has.
#include "pianola/base/uniform_lanes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in base/dense.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/uniform_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Wide = hn::CappedTag<std::uint64_t, 8>;
using V = hn::Vec<Wide>;

// A word of the counter in the low half of each number; what the high halves hold is never read.
struct Counter {
  V a, b, c, d;
};

// Product of the low halves.
HWY_INLINE V Multiply(V x, std::uint32_t factor) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(Wide(), (hn::GetLane(x) & 0xffffffffu) * factor);
#else
  const hn::Repartition<std::uint32_t, Wide> halves;
  return hn::MulEven(hn::BitCast(halves, x), hn::Set(halves, factor));
#endif
}

// philox() of base/random.
HWY_INLINE Counter Philox(Counter x, std::uint32_t key0, std::uint32_t key1) {
  const Wide d;
  for (int round = 0; round < 10; ++round) {
    const V p0 = Multiply(x.a, 0xD2511F53u), p1 = Multiply(x.c, 0xCD9E8D57u);
    x = {hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), x.b), hn::Set(d, key0)), p1,
         hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), x.d), hn::Set(d, key1)), p0};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return x;
}

HWY_INLINE Counter Bits(std::uint64_t key, V id, V step, V draw) {
  return Philox({id, hn::ShiftRight<32>(id), step, draw}, static_cast<std::uint32_t>(key),
                static_cast<std::uint32_t>(key >> 32));
}

// uniform_from_bits() of base/random without a conversion of integers: k < 2⁵² is the mantissa of 2⁵² + k.
HWY_INLINE hn::Vec<hn::Rebind<double, Wide>> Uniform(V a, V b) {
  const Wide d;
  const hn::Rebind<double, Wide> real;
  const V k = hn::ShiftRight<12>(hn::Or(hn::ShiftLeft<32>(a), hn::And(b, hn::Set(d, 0xffffffffu))));
  const auto shifted = hn::BitCast(real, hn::Or(k, hn::Set(d, 0x4330000000000000u)));
  return hn::Mul(hn::Add(hn::Sub(shifted, hn::Set(real, 0x1.0p52)), hn::Set(real, 0.5)), hn::Set(real, 0x1.0p-52));
}

// out[i] = uniform(key, ids[i], h[i]) for i < n, a multiple of 8.
void UniformBlock(std::uint64_t key, const std::uint64_t* ids, const std::uint32_t* h, std::size_t n, double* out) {
  const Wide d;
  const hn::Rebind<std::uint32_t, Wide> narrow;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const Counter bits = Bits(key, hn::LoadU(d, ids + i), hn::PromoteTo(d, hn::LoadU(narrow, h + i)), hn::Zero(d));
    hn::StoreU(Uniform(bits.a, bits.b), hn::Rebind<double, Wide>(), out + i);
  }
}

// Both uniforms of block(ids[i], h[i], draws[i]) in out[2i], out[2i + 1] for i < n, a multiple of 8.
void PairBlock(std::uint64_t key, const std::uint64_t* ids, const std::uint32_t* h, const std::uint32_t* draws,
               std::size_t n, double* out) {
  const Wide d;
  const hn::Rebind<std::uint32_t, Wide> narrow;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const Counter bits = Bits(key, hn::LoadU(d, ids + i), hn::PromoteTo(d, hn::LoadU(narrow, h + i)),
                              hn::PromoteTo(d, hn::LoadU(narrow, draws + i)));
    hn::StoreInterleaved2(Uniform(bits.a, bits.b), Uniform(bits.c, bits.d), hn::Rebind<double, Wide>(), out + 2 * i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(UniformBlock);
HWY_EXPORT(PairBlock);

constexpr std::size_t kGroup = 8;  // the widest registers' numbers

/// The last counters, fewer than a group, in arrays of a whole one.
struct Tail {
  Tail(Ids from, std::span<const std::uint32_t> steps, std::span<const std::uint32_t> numbers) {
    std::copy(from.begin(), from.end(), ids.begin());
    std::copy(steps.begin(), steps.end(), h.begin());
    std::copy(numbers.begin(), numbers.end(), draws.begin());
  }
  std::array<std::uint64_t, kGroup> ids{};
  std::array<std::uint32_t, kGroup> h{}, draws{};
  std::array<double, 2 * kGroup> out;
};

}  // namespace

void uniform_lanes(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) {
  assert(ids.size() == out.size() && h.size() == out.size());
  const auto uniforms = HWY_DYNAMIC_DISPATCH(UniformBlock);
  const std::size_t whole = out.size() / kGroup * kGroup;
  if (whole > 0) uniforms(key.value(), ids.data(), h.data(), whole, out.data());
  if (whole == out.size()) return;
  Tail tail(ids.subspan(whole), h.subspan(whole), {});
  uniforms(key.value(), tail.ids.data(), tail.h.data(), kGroup, tail.out.data());
  std::copy_n(tail.out.begin(), out.size() - whole, &out[whole]);
}

void uniform_pairs(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<const std::uint32_t> draws,
                   std::span<double> out) {
  const std::size_t n = ids.size(), whole = n / kGroup * kGroup;
  assert(h.size() == n && draws.size() == n && out.size() == 2 * n);
  const auto pairs = HWY_DYNAMIC_DISPATCH(PairBlock);
  if (whole > 0) pairs(key.value(), ids.data(), h.data(), draws.data(), whole, out.data());
  if (whole == n) return;
  Tail tail(ids.subspan(whole), h.subspan(whole), draws.subspan(whole));
  pairs(key.value(), tail.ids.data(), tail.h.data(), tail.draws.data(), kGroup, tail.out.data());
  std::copy_n(tail.out.begin(), 2 * (n - whole), &out[2 * whole]);
}

}  // namespace pianola
#endif
