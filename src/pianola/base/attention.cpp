#include "pianola/base/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "pianola/base/vector_functions_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

constexpr std::size_t Blocks(std::size_t n) { return (n + kPanel - 1) / kPanel; }
constexpr std::size_t KeyStride(std::size_t places) { return (places + 7) / 8 * 8; }

// Σ f(x_i), sixteen sums by place in a block, then halved: the same order on every machine.
template <class Function>
HWY_INLINE float BlockSum(const float* x, std::size_t n, const Function& f) {
  const Floats d;
  V sums[kVectors];
  HWY_UNROLL(4)
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kPanel <= n; i += kPanel) {
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] = f(hn::LoadU(d, x + i + v * kLanes), sums[v]);
  }
  HWY_ALIGN float whole[kPanel];
  HWY_UNROLL(4)
  for (std::size_t v = 0; v < kVectors; ++v) hn::Store(sums[v], d, whole + v * kLanes);
  for (; i < n; ++i) whole[i % kPanel] = hn::GetLane(f(hn::Set(d, x[i]), hn::Set(d, whole[i % kPanel])));
  for (std::size_t half = kPanel / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) whole[k] += whole[k + half];
  }
  return whole[0];
}

void Normalise(const float* x, std::size_t n, std::size_t width, float* y) {
  const Floats d;
  const float share = 1.0F / static_cast<float>(width);
  for (std::size_t row = 0; row < n; ++row, x += width, y += width) {
    const float mean = share * BlockSum(x, width, [](V value, V sum) { return hn::Add(sum, value); });
    const V centre = hn::Set(d, mean);
    const float squares = BlockSum(x, width, [centre](V value, V sum) {
      const V apart = hn::Sub(value, centre);
      return hn::MulAdd(apart, apart, sum);
    });
    // A variance beyond float would turn the row into zeros, as if all were well.
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    const float inverse = std::isfinite(squares) ? 1.0F / std::sqrt(share * squares + 1e-5F) : kNaN;
    Map([centre, inverse](V value) { return hn::Mul(hn::Sub(value, centre), hn::Set(Floats(), inverse)); }, x, width,
        y);
  }
}

// A sequence's cache: for each head its keys [head_width × places, in eights], then its values [places × blocks]; then
// a block that vectors longer than eight may read behind the last row.
struct Cache {
  std::size_t head_width, key_stride, value_stride, places;
  float* base;
  float* keys(std::size_t head) const { return base + head * (head_width * key_stride + places * value_stride); }
  float* values(std::size_t head) const { return keys(head) + head_width * key_stride; }
};

HWY_INLINE void Remember(const Cache& cache, std::size_t heads, std::size_t place, const float* key,
                         const float* value) {
  for (std::size_t h = 0; h < heads; ++h, key += cache.head_width, value += cache.head_width) {
    float* const keys = cache.keys(h) + place;
    float* const values = cache.values(h) + place * cache.value_stride;
    for (std::size_t i = 0; i < cache.head_width; ++i) {
      keys[i * cache.key_stride] = key[i];
      values[i] = value[i];
    }
  }
}

// q·k_j for a vector of places j; places that are not there yet give whatever lies behind the row.
HWY_INLINE void Scores(const float* query, const float* keys, const Cache& cache, float* scores) {
  const Floats d;
  const auto term = [&](std::size_t i, V sum) {
    return hn::MulAdd(hn::Set(d, query[i]), hn::LoadU(d, keys + i * cache.key_stride), sum);
  };
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;  // four chains hide the latency of an addition
  std::size_t i = 0;
  for (; i + 4 <= cache.head_width; i += 4) {
    s0 = term(i, s0), s1 = term(i + 1, s1), s2 = term(i + 2, s2), s3 = term(i + 3, s3);
  }
  for (; i < cache.head_width; ++i) s0 = term(i, s0);
  const V sum = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
  hn::StoreU(sum, d, scores);
}

// exp(score − largest) in place for `seen` scores; returns the inverse of their sum.
HWY_INLINE float Soften(float* scores, std::size_t seen) {
  float largest = scores[0];
  for (std::size_t j = 1; j < seen; ++j) largest = std::max(largest, scores[j]);
  Map(Weigh{largest, 1.0F}, scores, (seen + kLanes - 1) / kLanes * kLanes, scores);
  float total = 0.0F;
  for (std::size_t j = 0; j < seen; ++j) total += scores[j];
  return 1.0F / total;
}

// Σ_j w_j v_j for a block of a head's numbers.
HWY_INLINE void Mix(const float* weights, std::size_t seen, const float* values, const Cache& cache, float inverse,
                    float* out, std::size_t width) {
  const Floats d;
  V sums[kVectors];
  HWY_UNROLL(4)
  for (std::size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (std::size_t j = 0; j < seen; ++j) {
    const V w = hn::Set(d, weights[j]);
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[v] = hn::MulAdd(w, hn::LoadU(d, values + j * cache.value_stride + v * kLanes), sums[v]);
    }
  }
  HWY_ALIGN float whole[kPanel];
  HWY_UNROLL(4)
  for (std::size_t v = 0; v < kVectors; ++v) hn::Store(hn::Mul(sums[v], hn::Set(d, inverse)), d, whole + v * kLanes);
  std::memcpy(out, whole, width * sizeof(float));
}

void Attend(const AttentionShape& shape, const AttentionRows& rows, const float* qkv, float* memory, float* scratch,
            float* out) {
  const std::size_t width = shape.width(), head = shape.head_width;
  const Cache cache{head, KeyStride(shape.places), Blocks(head) * kPanel, shape.places, memory};
  for (std::size_t r = 0; r < rows.count; ++r) {
    const float* const row = qkv + r * 3 * width;
    Remember(cache, shape.heads, rows.first + r, row + width, row + 2 * width);
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    const std::size_t seen = rows.first + (rows.causal ? r + 1 : rows.count);
    for (std::size_t h = 0; h < shape.heads; ++h) {
      const float* const query = qkv + r * 3 * width + h * head;
      for (std::size_t j = 0; j < seen; j += kLanes) Scores(query, cache.keys(h) + j, cache, scratch + j);
      const float inverse = Soften(scratch, seen);
      float* const to = out + r * width + h * head;
      for (std::size_t i = 0; i < head; i += kPanel) {
        Mix(scratch, seen, cache.values(h) + i, cache, inverse, to + i, std::min(kPanel, head - i));
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(Normalise);
HWY_EXPORT(Attend);

constexpr std::size_t in_blocks(std::size_t n) { return (n + 15) / 16 * 16; }

}  // namespace

void normalise_rows(const float* x, std::size_t n, std::size_t width, float* y) noexcept {
  HWY_DYNAMIC_DISPATCH(Normalise)(x, n, width, y);
}

std::size_t attention_cache_size(const AttentionShape& shape) noexcept {
  const std::size_t keys = shape.head_width * ((shape.places + 7) / 8 * 8);
  return in_blocks(shape.heads * (keys + shape.places * in_blocks(shape.head_width))) + 16;
}

std::size_t attention_scratch_size(const AttentionShape& shape) noexcept { return in_blocks(shape.places); }

void attend(const AttentionShape& shape, const AttentionRows& rows, const float* qkv, float* cache, float* scratch,
            float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Attend)(shape, rows, qkv, cache, scratch, out);
}

}  // namespace pianola
#endif  // HWY_ONCE
