// Only the uniforms run in the widest registers that the processor has: their arithmetic is exact. The quantile
// function keeps to what every build of random.cpp has, because a fused multiply-add, which wider registers bring
// along, would round otherwise than normal() does.
#include "pianola/base/normal_lanes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "pianola/base/normal_quantile_internal.hpp"

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in base/dense.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/normal_lanes.cpp"
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
  const hn::Rebind<double, Wide> real;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const V id = hn::LoadU(d, ids + i);
    const V step = hn::PromoteTo(d, hn::LoadU(narrow, h + i));
    const Counter bits = Philox({id, hn::ShiftRight<32>(id), step, hn::Zero(d)}, static_cast<std::uint32_t>(key),
                                static_cast<std::uint32_t>(key >> 32));
    hn::StoreU(Uniform(bits.a, bits.b), real, out + i);
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

constexpr std::size_t kBlock = 64;  // lanes that are worked on together, in the first cache

/// out[i] = normal_quantile(p[i]): the middle for all, then the tails, a seventh of them, anew.
void quantile_block(const double* p, std::size_t n, double* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = normal_quantile_internal::central_quantile(p[i] - 0.5);
  std::array<std::uint32_t, kBlock> tails;
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    tails[found] = static_cast<std::uint32_t>(i);
    found += std::abs(p[i] - 0.5) > normal_quantile_internal::kCentre ? 1 : 0;
  }
  for (std::size_t t = 0; t < found; ++t) out[tails[t]] = normal_quantile(p[tails[t]]);
}

}  // namespace

void normal_lanes(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) {
  assert(ids.size() == out.size() && h.size() == out.size());
  const auto uniforms = HWY_DYNAMIC_DISPATCH(UniformBlock);
  std::array<double, kBlock> p;
  std::size_t first = 0;
  for (; first + kBlock <= out.size(); first += kBlock) {
    uniforms(key.value(), &ids[first], &h[first], kBlock, p.data());
    quantile_block(p.data(), kBlock, &out[first]);
  }
  const std::size_t rest = out.size() - first;
  if (rest == 0) return;
  std::array<std::uint64_t, kBlock> last_ids{};
  std::array<std::uint32_t, kBlock> last_h{};
  std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(first), rest, last_ids.begin());
  std::copy_n(h.begin() + static_cast<std::ptrdiff_t>(first), rest, last_h.begin());
  uniforms(key.value(), last_ids.data(), last_h.data(), (rest + 7) / 8 * 8, p.data());
  quantile_block(p.data(), rest, &out[first]);
}

}  // namespace pianola
#endif
