#include "pianola/quantizers/edge_search.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

#ifndef PIANOLA_QUANTIZERS_EDGE_SEARCH_ONCE
#define PIANOLA_QUANTIZERS_EDGE_SEARCH_ONCE
namespace pianola {
namespace {

std::uint32_t search_one(const float* row, unsigned bits, float x) {
  std::uint32_t at = 0;
  for (std::uint32_t half = (1U << bits) / 2; half != 0; half /= 2) at += row[at + half - 1] <= x ? half : 0;
  return at;
}

}  // namespace
}  // namespace pianola
#endif

// Sizeless vectors (SVE, RVV) cannot stand in an array; such processors run the NEON code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/edge_search.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Ints = hn::Rebind<std::int32_t, Floats>;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kUnroll = 4;  // searches under way at once: a gather waits for the one before
constexpr std::size_t kBlock = kUnroll * kLanes;
static_assert(kBlock <= EdgeTable::kBlock);

HWY_INLINE void SearchBlock(const float* edges, unsigned bits, const std::int32_t* base, const float* x,
                            std::uint32_t* tokens) {
  hn::Vec<Floats> value[kUnroll];
  hn::Vec<Ints> at[kUnroll];  // of the row's first edge + tokens counted so far − 1
  for (std::size_t j = 0; j < kUnroll; ++j) {
    value[j] = hn::LoadU(Floats(), x + j * kLanes);
    at[j] = hn::Sub(hn::LoadU(Ints(), base + j * kLanes), hn::Set(Ints(), 1));
  }
  for (std::int32_t half = static_cast<std::int32_t>((1U << bits) / 2); half != 0; half /= 2) {
    const auto step = hn::Set(Ints(), half);
    for (std::size_t j = 0; j < kUnroll; ++j) {
      const auto next = hn::Add(at[j], step);
      const auto reached = hn::Le(hn::GatherIndex(Floats(), edges, next), value[j]);
      at[j] = hn::IfThenElse(hn::RebindMask(Ints(), reached), next, at[j]);
    }
  }
  for (std::size_t j = 0; j < kUnroll; ++j) {
    const auto first = hn::Sub(hn::LoadU(Ints(), base + j * kLanes), hn::Set(Ints(), 1));
    hn::StoreU(hn::BitCast(hn::Rebind<std::uint32_t, Ints>(), hn::Sub(at[j], first)), hn::Rebind<std::uint32_t, Ints>(),
               tokens + j * kLanes);
  }
}

void Search(const EdgeTable& table, const float* x, std::size_t n, std::uint32_t* tokens) {
  const float* const edges = table.edges();
  const std::int32_t* const base = table.base_rows();
  const unsigned bits = table.bits();
  const std::size_t dim = table.dim(), advance = kBlock % dim;
  std::size_t i = 0, phase = 0;
  for (; i + kBlock <= n; i += kBlock) {
    SearchBlock(edges, bits, base + phase, x + i, tokens + i);
    phase += advance;
    if (phase >= dim) phase -= dim;
  }
  for (std::size_t j = 0; i + j < n; ++j) tokens[i + j] = search_one(edges + base[phase + j], bits, x[i + j]);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
HWY_EXPORT(Search);

std::size_t EdgeTable::size_of(std::size_t dim, std::size_t most_edges) { return dim * std::bit_ceil(most_edges + 1); }

EdgeTable::EdgeTable(std::span<const std::vector<float>> edges) : dim_(edges.size()) {
  std::size_t most = 0;
  for (const std::vector<float>& row : edges) most = std::max(most, row.size());
  const std::size_t width = std::bit_ceil(most + 1);
  assert(dim_ > 0 && size_of(dim_, most) <= kMaxSize);
  bits_ = static_cast<unsigned>(std::countr_zero(width));
  edges_.assign(dim_ * width, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t d = 0; d < dim_; ++d) {
    std::copy(edges[d].begin(), edges[d].end(), edges_.begin() + static_cast<std::ptrdiff_t>(d * width));
  }
  for (std::size_t i = 0; i < dim_ + kBlock; ++i) base_rows_.push_back(static_cast<std::int32_t>(i % dim_ * width));
}

void encode_edges(const EdgeTable& table, std::span<const float> values, std::span<std::uint32_t> tokens) noexcept {
  assert(values.size() == tokens.size());
  HWY_DYNAMIC_DISPATCH(Search)(table, values.data(), values.size(), tokens.data());
}

void encode_edges_reference(const EdgeTable& table, std::span<const float> values,
                            std::span<std::uint32_t> tokens) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::span<const float> row = table.row(i % table.dim());
    tokens[i] = static_cast<std::uint32_t>(
        std::count_if(row.begin(), row.end(), [&](float edge) { return edge <= values[i]; }));
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
