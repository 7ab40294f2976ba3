// Products W x + b in register tiles, whatever the weights are stored as. Included once for each instruction set, by
// sources of Highway's foreach_target.
//
// Layout, the same on every machine, since images of policies travel: outputs in panels of 16, the last one padded with
// zeros; a panel is a head of Format::kHead bytes that begins with its 16 biases, then its weights, input by input.
//
// A tile of rows × panels keeps its sums in registers. Every sum takes the inputs in order, one multiply-add each, and
// lanes run over outputs; so tile shapes, hence batch sizes, change no bit. Processors without fused multiply-add
// (SSE4) round twice and differ from others in the last place.
//
// A Format has
//   kHead, stride(in)            bytes before the weights, and of a whole panel
//   kStep                        inputs that are stored together
//   Load(weights, k, v)          what is stored of inputs k … k + kStep − 1 (k a multiple of kStep) for outputs v, v +
//   1, … Take<s>(stored)              the weights of input k + s out of that kScaled                      whether the
//   head holds 16 factors behind the biases: y = b + factor · Σ
#if defined(PIANOLA_BASE_DENSE_TILES_INTERNAL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PIANOLA_BASE_DENSE_TILES_INTERNAL_HPP
#undef PIANOLA_BASE_DENSE_TILES_INTERNAL_HPP
#else
#define PIANOLA_BASE_DENSE_TILES_INTERNAL_HPP
#endif

#include <algorithm>
#include <bit>

#include "pianola/base/vector_functions_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

// Sums that fit into the registers beside the weights and one input, and the shapes of tiles that follow from them.
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t kSums = 24;
#elif HWY_TARGET == HWY_NEON
constexpr std::size_t kSums = 20;  // 24 would leave no room for the six inputs
#elif HWY_TARGET == HWY_AVX2
constexpr std::size_t kSums = 12;
#else
constexpr std::size_t kSums = std::max<std::size_t>(8, kVectors);
#endif
constexpr std::size_t RowsOf(std::size_t panels) { return std::clamp<std::size_t>(kSums / (panels * kVectors), 1, 6); }
constexpr std::size_t kMostPanels = std::bit_floor(std::min<std::size_t>(kSums / kVectors, 8));

// Weights as they are.
struct Full {
  static constexpr std::size_t kStep = 1, kHead = kPanel * sizeof(float);
  static constexpr bool kScaled = false;
  static constexpr std::size_t stride(std::size_t in) { return kPanel * (in + 1) * sizeof(float); }
  HWY_INLINE static V Load(const std::byte* HWY_RESTRICT weights, std::size_t k, std::size_t v) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(weights) + k * kPanel + v);
  }
  template <std::size_t s>
  HWY_INLINE static V Take(V stored) {
    return stored;
  }
};

// A layer's shape, and where its sums begin: at the bias, or at what y holds plus the bias.
struct Layer {
  std::size_t in, out;
  bool add = false;
};

// Input k + s for one tile of several rows: each vector of weights is used kRows times.
template <class Format, std::size_t kRows, std::size_t kPanels, std::size_t s>
HWY_INLINE void Input(const std::byte* HWY_RESTRICT (&weights)[kPanels], std::size_t k, std::size_t in,
                      const float* HWY_RESTRICT x, V (&sums)[kRows][kPanels * kVectors]) {
  V row[kPanels * kVectors];
  HWY_UNROLL(8)
  for (std::size_t p = 0; p < kPanels; ++p) {
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) {
      row[p * kVectors + v] = Format::template Take<s>(Format::Load(weights[p], k, v * kLanes));
    }
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRows; ++r) {
    const V input = hn::Set(Floats(), x[r * in + k + s]);
    HWY_UNROLL(16)
    for (std::size_t v = 0; v < kPanels * kVectors; ++v) sums[r][v] = hn::MulAdd(input, row[v], sums[r][v]);
  }
}

// Two inputs for a tile of one row: what is stored together is loaded once.
template <class Format, std::size_t kPanels>
HWY_INLINE void PairOfInputs(const std::byte* HWY_RESTRICT (&weights)[kPanels], std::size_t k,
                             const float* HWY_RESTRICT x, V (&sums)[1][kPanels * kVectors]) {
  const V first = hn::Set(Floats(), x[k]), second = hn::Set(Floats(), x[k + 1]);
  HWY_UNROLL(8)
  for (std::size_t p = 0; p < kPanels; ++p) {
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto stored = Format::Load(weights[p], k, v * kLanes);
      V& sum = sums[0][p * kVectors + v];
      sum = hn::MulAdd(first, Format::template Take<0>(stored), sum);
      sum = hn::MulAdd(second, Format::template Take<1>(stored), sum);
    }
  }
}

// What a sum begins with (scaled formats: ends with): the bias, and what y holds.
HWY_INLINE V Offset(const float* bias, const float* y, std::size_t at, std::size_t width, bool add) {
  const Floats d;
  const V offset = hn::LoadU(d, bias);
  if (!add || at >= width) return offset;
  if (at + kLanes <= width) return hn::Add(offset, hn::LoadU(d, y + at));
  HWY_ALIGN float rest[kLanes] = {};
  std::memcpy(rest, y + at, (width - at) * sizeof(float));
  return hn::Add(offset, hn::Load(d, rest));
}

// Sums of kRows rows and kPanels panels. width: outputs of these panels that exist.
template <class Format, std::size_t kRows, std::size_t kPanels>
HWY_INLINE void Tile(const std::byte* HWY_RESTRICT panel, Layer layer, const float* HWY_RESTRICT x,
                     float* HWY_RESTRICT y, std::size_t width) {
  const Floats d;
  constexpr std::size_t kAll = kPanels * kVectors;
  V sums[kRows][kAll];
  const std::byte* HWY_RESTRICT weights[kPanels];
  const float* HWY_RESTRICT head[kPanels];
  HWY_UNROLL(8)
  for (std::size_t p = 0; p < kPanels; ++p) {
    const std::byte* const at = panel + p * Format::stride(layer.in);
    weights[p] = at + Format::kHead;
    head[p] = reinterpret_cast<const float*>(at);
  }
  HWY_UNROLL(16)
  for (std::size_t v = 0; v < kAll; ++v) {
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < kRows; ++r) {
      if constexpr (Format::kScaled) {
        sums[r][v] = hn::Zero(d);
      } else {
        sums[r][v] =
            Offset(head[v / kVectors] + v % kVectors * kLanes, y + r * layer.out, v * kLanes, width, layer.add);
      }
    }
  }
  std::size_t k = 0;
  for (; k + Format::kStep <= layer.in; k += Format::kStep) {
    if constexpr (Format::kStep == 1) {
      Input<Format, kRows, kPanels, 0>(weights, k, layer.in, x, sums);
    } else if constexpr (kRows == 1) {
      PairOfInputs<Format>(weights, k, x, sums);
    } else {
      Input<Format, kRows, kPanels, 0>(weights, k, layer.in, x, sums);
      Input<Format, kRows, kPanels, 1>(weights, k, layer.in, x, sums);
    }
  }
  if constexpr (Format::kStep > 1) {
    if (k < layer.in) Input<Format, kRows, kPanels, 0>(weights, k, layer.in, x, sums);
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRows; ++r) {
    float whole[kPanels * kPanel];
    float* const to = width == kPanels * kPanel ? y + r * layer.out : whole;
    HWY_UNROLL(16)
    for (std::size_t v = 0; v < kAll; ++v) {
      if constexpr (Format::kScaled) {
        const float* const own = head[v / kVectors] + v % kVectors * kLanes;
        const V offset = Offset(own, y + r * layer.out, v * kLanes, width, layer.add);
        hn::StoreU(hn::MulAdd(hn::LoadU(d, own + kPanel), sums[r][v], offset), d, to + v * kLanes);
      } else {
        hn::StoreU(sums[r][v], d, to + v * kLanes);
      }
    }
    if (to == whole) std::memcpy(y + r * layer.out, whole, width * sizeof(float));
  }
}

// All n rows for kPanels panels: the weights of the panels stay in the first cache.
template <class Format, std::size_t kPanels, std::size_t kRows = RowsOf(kPanels)>
void Columns(const std::byte* panel, Layer layer, const float* x, std::size_t n, float* y, std::size_t width) {
  for (; n >= kRows; n -= kRows, x += kRows * layer.in, y += kRows * layer.out) {
    Tile<Format, kRows, kPanels>(panel, layer, x, y, width);
  }
  if constexpr (kRows > 1) {
    if (n > 0) Columns<Format, kPanels, kRows - 1>(panel, layer, x, n, y, width);
  }
}

// Walks the panels, kPanels at a time as long as there are so many, then fewer.
template <class Format, std::size_t kPanels>
void Sweep(const std::byte* packed, Layer layer, std::size_t first, const float* x, std::size_t n, float* y) {
  for (; first + (kPanels - 1) * kPanel < layer.out; first += kPanels * kPanel) {
    Columns<Format, kPanels>(packed + first / kPanel * Format::stride(layer.in), layer, x, n, y + first,
                             std::min(kPanels * kPanel, layer.out - first));
  }
  if constexpr (kPanels > 1) {
    if (first < layer.out) Sweep<Format, kPanels / 2>(packed, layer, first, x, n, y);
  }
}

// Wide tiles for few rows, so that enough sums are under way to hide the latency of an addition.
template <class Format, std::size_t kPanels = kMostPanels>
void Product(const std::byte* packed, Layer layer, const float* x, std::size_t n, float* y) {
  if constexpr (kPanels > 1 && RowsOf(kPanels) < RowsOf(1)) {
    if (n > RowsOf(kPanels)) return Product<Format, kPanels / 2>(packed, layer, x, n, y);
  }
  Sweep<Format, kPanels>(packed, layer, 0, x, n, y);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#endif  // include guard
