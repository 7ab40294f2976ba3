#include "pianola/base/short_attention.hpp"

#include <algorithm>
#include <cmath>

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in the other kernels.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/short_attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());

HWY_INLINE float Dot(const float* a, const float* b, std::size_t n) {
  auto sum = hn::Zero(Floats());
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) sum = hn::MulAdd(hn::LoadU(Floats(), a + i), hn::LoadU(Floats(), b + i), sum);
  float total = hn::GetLane(hn::SumOfLanes(Floats(), sum));
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

/// y += scale · x.
HWY_INLINE void Accumulate(float scale, const float* x, std::size_t n, float* y) {
  const auto s = hn::Set(Floats(), scale);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    hn::StoreU(hn::MulAdd(s, hn::LoadU(Floats(), x + i), hn::LoadU(Floats(), y + i)), Floats(), y + i);
  }
  for (; i < n; ++i) y[i] += scale * x[i];
}

/// Where a head of a sequence lies.
struct Head {
  const float *q, *k, *v;  // of place 0
  std::size_t step;        // to the next place
};

HWY_INLINE Head HeadOf(const AttentionShape& s, const float* qkv, std::size_t row, std::size_t head) {
  const std::size_t all = s.heads * s.width;
  const float* q = qkv + row * s.places * 3 * all + head * s.width;
  return {q, q + all, q + 2 * all, 3 * all};
}

/// softmax of the first `seen` scores, in place.
HWY_INLINE void Softmax(float* scores, std::size_t seen) {
  const float largest = *std::max_element(scores, scores + seen);
  float total = 0.0F;
  for (std::size_t j = 0; j < seen; ++j) total += scores[j] = std::exp(scores[j] - largest);
  for (std::size_t j = 0; j < seen; ++j) scores[j] /= total;
}

void Attend(const AttentionShape& s, const float* qkv, std::size_t first, std::size_t end, float* out, float* p) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(s.width));
  const std::size_t all = s.heads * s.width;
  for (std::size_t row = first; row < end; ++row) {
    for (std::size_t h = 0; h < s.heads; ++h) {
      const Head head = HeadOf(s, qkv, row, h);
      float* const weights = p + (row * s.heads + h) * s.places * s.places;
      for (std::size_t i = 0; i < s.places; ++i) {
        float* const w = weights + i * s.places;
        float* const o = out + (row * s.places + i) * all + h * s.width;
        const std::size_t seen = s.causal ? i + 1 : s.places;
        for (std::size_t j = 0; j < seen; ++j)
          w[j] = scale * Dot(head.q + i * head.step, head.k + j * head.step, s.width);
        Softmax(w, seen);
        std::fill(w + seen, w + s.places, 0.0F);
        std::fill(o, o + s.width, 0.0F);
        for (std::size_t j = 0; j < seen; ++j) Accumulate(w[j], head.v + j * head.step, s.width, o);
      }
    }
  }
}

/// One head of one sequence. g: gradient of its output at place 0, `all` floats to the next; dq: of its q at place 0.
HWY_INLINE void HeadBackward(const AttentionShape& s, const Head& head, const float* p, const float* g, float* dq) {
  const std::size_t all = s.heads * s.width;
  const float scale = 1.0F / std::sqrt(static_cast<float>(s.width));
  float* const dk = dq + all;
  float* const dv = dk + all;
  for (std::size_t i = 0; i < s.places; ++i) {
    for (float* const d : {dq, dk, dv}) std::fill(d + i * head.step, d + i * head.step + s.width, 0.0F);
  }
  for (std::size_t i = 0; i < s.places; ++i) {
    const float* const w = p + i * s.places;
    const float* const gi = g + i * all;
    const std::size_t seen = s.causal ? i + 1 : s.places;
    float mean = 0.0F;
    for (std::size_t j = 0; j < seen; ++j) {
      mean += w[j] * Dot(gi, head.v + j * head.step, s.width);
      Accumulate(w[j], gi, s.width, dv + j * head.step);
    }
    for (std::size_t j = 0; j < seen; ++j) {
      const float ds = scale * w[j] * (Dot(gi, head.v + j * head.step, s.width) - mean);
      Accumulate(ds, head.k + j * head.step, s.width, dq + i * head.step);
      Accumulate(ds, head.q + i * head.step, s.width, dk + j * head.step);
    }
  }
}

void AttendBackward(const AttentionShape& s, const float* qkv, const float* p, const float* gradient, std::size_t first,
                    std::size_t end, float* qkv_gradient) {
  const std::size_t all = s.heads * s.width;
  for (std::size_t row = first; row < end; ++row) {
    for (std::size_t h = 0; h < s.heads; ++h) {
      const std::size_t start = row * s.places * 3 * all + h * s.width;
      HeadBackward(s, HeadOf(s, qkv, row, h), p + (row * s.heads + h) * s.places * s.places,
                   gradient + row * s.places * all + h * s.width, qkv_gradient + start);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {

HWY_EXPORT(Attend);
HWY_EXPORT(AttendBackward);

void attend(const AttentionShape& shape, const float* qkv, std::size_t first, std::size_t end, float* out, float* p) {
  HWY_DYNAMIC_DISPATCH(Attend)(shape, qkv, first, end, out, p);
}

void attend_backward(const AttentionShape& shape, const float* qkv, const float* p, const float* gradient,
                     std::size_t first, std::size_t end, float* qkv_gradient) {
  HWY_DYNAMIC_DISPATCH(AttendBackward)(shape, qkv, p, gradient, first, end, qkv_gradient);
}

}  // namespace pianola
#endif
