// Packed layout: see dense_tiles_internal.hpp. A panel is its 16 biases, then for each input its 16 weights:
//
//   panel p:  b[16p … 16p+15],  W[16p … 16p+15, 0],  W[16p … 16p+15, 1],  …
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

#include "pianola/base/dense_tiles_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

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

void Dense(const float* packed, std::size_t in, std::size_t out, Activation activation, const float* x, std::size_t n,
           float* y) {
  Product<Full>(reinterpret_cast<const std::byte*>(packed), {in, out}, x, n, y);
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
