// Only the uniforms run in the widest registers that the processor has (base/uniform_lanes): their arithmetic is exact.
// The quantile function keeps to what every build of random.cpp has, because a fused multiply-add, which wider
// registers bring along, would round otherwise than normal() does.
#include "pianola/base/normal_lanes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "pianola/base/normal_quantile_internal.hpp"
#include "pianola/base/uniform_lanes.hpp"

namespace pianola {
namespace {

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
  std::array<double, kBlock> p;
  for (std::size_t first = 0; first < out.size(); first += kBlock) {
    const std::size_t n = std::min(kBlock, out.size() - first);
    uniform_lanes(key, ids.subspan(first, n), h.subspan(first, n), std::span(p).first(n));
    quantile_block(p.data(), n, &out[first]);
  }
}

}  // namespace pianola
