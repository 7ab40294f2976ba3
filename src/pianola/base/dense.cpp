// Packed layout, the same on every machine, since images of policies travel: outputs in panels of 16, the last one
// padded with zeros; a panel is its 16 biases, then for each input its 16 weights.
//
//   panel p:  b[16p … 16p+15],  W[16p … 16p+15, 0],  W[16p … 16p+15, 1],  …
//
// A tile of rows × panels keeps its sums in registers. Every sum starts at the bias and takes the inputs in order, one
// multiply-add each, and lanes run over outputs; so tile shapes, hence batch sizes, change no bit. Processors without
// fused multiply-add (SSE4) round twice and differ from others in the last place.
#include "pianola/base/dense.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

// Sizeless vectors (SVE, RVV) cannot stand in an array of sums; such processors run the NEON code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/dense.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Ints = hn::Rebind<std::int32_t, Floats>;
using V = hn::Vec<Floats>;
constexpr std::size_t kPanel = 16;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kVectors = kPanel / kLanes;  // of a panel

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

// ---------------------------------------------------------------- functions of a vector

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

void Weights(const float* values, std::size_t n, float shift, float scale, float* weights) {
  Map(Weigh{shift, scale}, values, n, weights);
}

void Activate(Activation activation, float* values, std::size_t n) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      return Map(Relu(), values, n, values);
    case Activation::tanh:
      return Map(Tanh(), values, n, values);
    case Activation::gelu:
      return Map(Gelu(), values, n, values);
    case Activation::silu:
      return Map(Silu(), values, n, values);
  }
}

// ---------------------------------------------------------------- products

struct Layer {
  std::size_t in, out;
  std::size_t stride() const { return kPanel * (in + 1); }  // floats of a panel
};

// Sums of kRows rows and kPanels panels. width: outputs of these panels that exist.
template <std::size_t kRows, std::size_t kPanels>
HWY_INLINE void Tile(const float* HWY_RESTRICT panel, Layer layer, const float* HWY_RESTRICT x, float* HWY_RESTRICT y,
                     std::size_t width) {
  const Floats d;
  V sums[kRows][kPanels * kVectors];
  const float* HWY_RESTRICT weights[kPanels];
  HWY_UNROLL(8)
  for (std::size_t p = 0; p < kPanels; ++p) {
    weights[p] = panel + p * layer.stride();
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) {
      const V bias = hn::LoadU(d, weights[p] + v * kLanes);
      HWY_UNROLL(8)
      for (std::size_t r = 0; r < kRows; ++r) sums[r][p * kVectors + v] = bias;
    }
  }
  for (std::size_t k = 0; k < layer.in; ++k) {
    V row[kPanels * kVectors];
    HWY_UNROLL(8)
    for (std::size_t p = 0; p < kPanels; ++p) {
      HWY_UNROLL(4)
      for (std::size_t v = 0; v < kVectors; ++v) {
        row[p * kVectors + v] = hn::LoadU(d, weights[p] + (k + 1) * kPanel + v * kLanes);
      }
    }
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < kRows; ++r) {
      const V input = hn::Set(d, x[r * layer.in + k]);
      HWY_UNROLL(16)
      for (std::size_t v = 0; v < kPanels * kVectors; ++v) sums[r][v] = hn::MulAdd(input, row[v], sums[r][v]);
    }
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRows; ++r) {
    float whole[kPanels * kPanel];
    float* const to = width == kPanels * kPanel ? y + r * layer.out : whole;
    HWY_UNROLL(16)
    for (std::size_t v = 0; v < kPanels * kVectors; ++v) hn::StoreU(sums[r][v], d, to + v * kLanes);
    if (to == whole) std::memcpy(y + r * layer.out, whole, width * sizeof(float));
  }
}

// All n rows for kPanels panels: the weights of the panels stay in the first cache.
template <std::size_t kPanels, std::size_t kRows = RowsOf(kPanels)>
void Columns(const float* panel, Layer layer, const float* x, std::size_t n, float* y, std::size_t width) {
  for (; n >= kRows; n -= kRows, x += kRows * layer.in, y += kRows * layer.out) {
    Tile<kRows, kPanels>(panel, layer, x, y, width);
  }
  if constexpr (kRows > 1) {
    if (n > 0) Columns<kPanels, kRows - 1>(panel, layer, x, n, y, width);
  }
}

// Walks the panels, kPanels at a time as long as there are so many, then fewer.
template <std::size_t kPanels>
void Sweep(const float* packed, Layer layer, std::size_t first, const float* x, std::size_t n, float* y) {
  for (; first + (kPanels - 1) * kPanel < layer.out; first += kPanels * kPanel) {
    Columns<kPanels>(packed + first / kPanel * layer.stride(), layer, x, n, y + first,
                     std::min(kPanels * kPanel, layer.out - first));
  }
  if constexpr (kPanels > 1) {
    if (first < layer.out) Sweep<kPanels / 2>(packed, layer, first, x, n, y);
  }
}

// Wide tiles for few rows, so that enough sums are under way to hide the latency of an addition.
template <std::size_t kPanels>
void Product(const float* packed, Layer layer, const float* x, std::size_t n, float* y) {
  if constexpr (kPanels > 1 && RowsOf(kPanels) < RowsOf(1)) {
    if (n > RowsOf(kPanels)) return Product<kPanels / 2>(packed, layer, x, n, y);
  }
  Sweep<kPanels>(packed, layer, 0, x, n, y);
}

void Dense(const float* packed, std::size_t in, std::size_t out, Activation activation, const float* x, std::size_t n,
           float* y) {
  Product<kMostPanels>(packed, {in, out}, x, n, y);
  Activate(activation, y, n * out);
}

// ---------------------------------------------------------------- reductions

float Largest(const float* values, std::size_t n) {
  const Floats d;
  float largest = -std::numeric_limits<float>::infinity();
  std::size_t i = 0;
  if (n >= kLanes) {
    V most = hn::LoadU(d, values);
    for (i = kLanes; i + kLanes <= n; i += kLanes) most = hn::Max(most, hn::LoadU(d, values + i));
    largest = hn::GetLane(hn::MaxOfLanes(d, most));
  }
  for (; i < n; ++i) largest = std::max(largest, values[i]);
  return largest;
}

double SumExp(const float* values, std::size_t n, float shift) {
  const Floats d;
  const V offset = hn::Set(d, shift);
  double sums[kPanel] = {};  // by place in a block of 16, so that the order of summing is the same on every machine
  for (std::size_t i = 0; i < n; i += kPanel) {
    const std::size_t count = std::min(kPanel, n - i);
    HWY_ALIGN float block[kPanel] = {};
    std::memcpy(block, values + i, count * sizeof(float));
    for (std::size_t v = 0; v < kPanel; v += kLanes)
      hn::Store(Exp(hn::Sub(hn::Load(d, block + v), offset)), d, block + v);
    for (std::size_t k = 0; k < count; ++k) sums[k] += static_cast<double>(block[k]);
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(Dense);
HWY_EXPORT(Activate);
HWY_EXPORT(Weights);
HWY_EXPORT(Largest);
HWY_EXPORT(SumExp);

constexpr std::size_t kPanelOutputs = 16;

double activate_double(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0.0 ? 0.0 : x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::gelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::silu:
      return x / (1.0 + std::exp(-x));
  }
  return x;
}

}  // namespace

std::size_t packed_dense_size(std::size_t in, std::size_t out) noexcept {
  return (out + kPanelOutputs - 1) / kPanelOutputs * kPanelOutputs * (in + 1);
}

void pack_dense(std::span<const float> weights, std::span<const float> bias, std::size_t in, std::size_t out,
                std::span<float> packed) noexcept {
  std::size_t at = 0;
  for (std::size_t first = 0; first < out; first += kPanelOutputs) {
    for (std::size_t row = 0; row < in + 1; ++row) {
      for (std::size_t o = first; o < first + kPanelOutputs; ++o, ++at) {
        if (o >= out) {
          packed[at] = 0.0F;
        } else if (row == 0) {
          packed[at] = bias.empty() ? 0.0F : bias[o];
        } else {
          packed[at] = weights[o * in + row - 1];
        }
      }
    }
  }
}

void dense(const float* packed, std::size_t in, std::size_t out, Activation activation, const float* x, std::size_t n,
           float* y) noexcept {
  if (n == 0 || out == 0) return;
  HWY_DYNAMIC_DISPATCH(Dense)(packed, in, out, activation, x, n, y);
}

void dense_reference(std::span<const float> weights, std::span<const float> bias, std::size_t in, std::size_t out,
                     Activation activation, const float* x, std::size_t n, float* y) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t o = 0; o < out; ++o) {
      double sum = bias.empty() ? 0.0 : static_cast<double>(bias[o]);
      for (std::size_t k = 0; k < in; ++k) {
        sum += static_cast<double>(weights[o * in + k]) * static_cast<double>(x[i * in + k]);
      }
      y[i * out + o] = static_cast<float>(activate_double(activation, sum));
    }
  }
}

void activate(Activation activation, std::span<float> values) noexcept {
  HWY_DYNAMIC_DISPATCH(Activate)(activation, values.data(), values.size());
}

void softmax_weights(std::span<const float> values, float largest, double temperature, float* weights) noexcept {
  // A scale of 0 or ∞ would make NaN of the values −∞ and `largest`.
  constexpr double kLeast = std::numeric_limits<float>::min(), kMost = std::numeric_limits<float>::max();
  const auto scale = static_cast<float>(std::clamp(1.0 / temperature, kLeast, kMost));
  HWY_DYNAMIC_DISPATCH(Weights)(values.data(), values.size(), largest, scale, weights);
}

double log_sum_exp(std::span<const float> values) noexcept {
  if (values.empty()) return -std::numeric_limits<double>::infinity();
  const float largest = HWY_DYNAMIC_DISPATCH(Largest)(values.data(), values.size());
  if (std::isinf(largest)) {
    const bool nan = std::any_of(values.begin(), values.end(), [](float value) { return std::isnan(value); });
    return nan ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(largest);
  }
  return static_cast<double>(largest) + std::log(HWY_DYNAMIC_DISPATCH(SumExp)(values.data(), values.size(), largest));
}

std::size_t argmax(std::span<const float> values) noexcept {
  const float largest = HWY_DYNAMIC_DISPATCH(Largest)(values.data(), values.size());
  const auto found = std::find(values.begin(), values.end(), largest);
  return found == values.end() ? 0 : static_cast<std::size_t>(found - values.begin());
}

}  // namespace pianola
#endif  // HWY_ONCE
