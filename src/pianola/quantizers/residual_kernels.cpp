#include "pianola/quantizers/residual_kernels.hpp"

#include <algorithm>
#include <cmath>

// Sizeless vectors (SVE, RVV) are left to the NEON code, as in the other kernels.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/residual_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());

HWY_INLINE float SumOf(hn::Vec<Floats> v) { return hn::GetLane(hn::SumOfLanes(Floats(), v)); }

using V = hn::Vec<Floats>;

/// The sum of squares of four vectors in turns: sums that need not wait for each other.
struct Squares {
  V a, b, c, d;
};
HWY_INLINE Squares NoSquares() {
  const V zero = hn::Zero(Floats());
  return {zero, zero, zero, zero};
}
/// Only the last `rest` lanes of v: the others have been counted.
HWY_INLINE void AddLast(Squares& sum, V v, std::size_t rest) {
  const V own = hn::IfThenZeroElse(hn::FirstN(Floats(), kLanes - rest), v);
  sum.a = hn::MulAdd(own, own, sum.a);
}
HWY_INLINE float Sum(const Squares& sum) { return SumOf(hn::Add(hn::Add(sum.a, sum.b), hn::Add(sum.c, sum.d))); }

float NarrowSquares(const float* row, std::size_t dim) {
  float sum = 0.0F;
  for (std::size_t j = 0; j < dim; ++j) sum += row[j] * row[j];
  return sum;
}

HWY_INLINE void AddSquare(const float* row, V& sum) {
  const V v = hn::LoadU(Floats(), row);
  sum = hn::MulAdd(v, v, sum);
}

void RowSquares(const float* rows, std::size_t n, std::size_t dim, float* squares) {
  for (std::size_t i = 0; i < n; ++i, rows += dim) {
    if (dim < kLanes) {
      squares[i] = NarrowSquares(rows, dim);
      continue;
    }
    Squares sum = NoSquares();
    std::size_t j = 0;
    for (; j + 4 * kLanes <= dim; j += 4 * kLanes) {
      AddSquare(rows + j, sum.a);
      AddSquare(rows + j + kLanes, sum.b);
      AddSquare(rows + j + 2 * kLanes, sum.c);
      AddSquare(rows + j + 3 * kLanes, sum.d);
    }
    for (; j + kLanes <= dim; j += kLanes) AddSquare(rows + j, sum.b);
    if (j < dim) AddLast(sum, hn::LoadU(Floats(), rows + dim - kLanes), dim - j);
    squares[i] = Sum(sum);
  }
}

HWY_INLINE void Subtract(const float* row, const float* code, float* out, V& sum) {
  const V r = hn::Sub(hn::LoadU(Floats(), row), hn::LoadU(Floats(), code));
  hn::StoreU(r, Floats(), out);
  sum = hn::MulAdd(r, r, sum);
}

/// The last vector overlaps the one before it: it is read first, since the row may be written where it stands.
float SubtractRow(const float* row, const float* code, std::size_t dim, float* out) {
  const Floats d;
  Squares sum = NoSquares();
  const V last = hn::Sub(hn::LoadU(d, row + dim - kLanes), hn::LoadU(d, code + dim - kLanes));
  std::size_t j = 0;
  for (; j + 4 * kLanes <= dim; j += 4 * kLanes) {
    Subtract(row + j, code + j, out + j, sum.a);
    Subtract(row + j + kLanes, code + j + kLanes, out + j + kLanes, sum.b);
    Subtract(row + j + 2 * kLanes, code + j + 2 * kLanes, out + j + 2 * kLanes, sum.c);
    Subtract(row + j + 3 * kLanes, code + j + 3 * kLanes, out + j + 3 * kLanes, sum.d);
  }
  for (; j + kLanes <= dim; j += kLanes) Subtract(row + j, code + j, out + j, sum.b);
  if (j < dim) {
    hn::StoreU(last, d, out + dim - kLanes);
    AddLast(sum, last, dim - j);
  }
  return Sum(sum);
}

void SubtractRows(const float* rows, const float* codes, std::size_t stride, const std::uint32_t* nearest,
                  std::size_t n, std::size_t dim, float* out, float* squares) {
  for (std::size_t i = 0; i < n; ++i, rows += dim, out += dim) {
    const float* const code = codes + nearest[i] * stride;
    if (dim >= kLanes) {
      squares[i] = SubtractRow(rows, code, dim, out);
      continue;
    }
    for (std::size_t j = 0; j < dim; ++j) out[j] = rows[j] - code[j];
    squares[i] = NarrowSquares(out, dim);
  }
}

void RowSlack(const float* squares, std::size_t n, float add, float factor, float constant, float* out) {
  const Floats d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const auto root = hn::Sqrt(hn::Add(hn::LoadU(d, squares + i), hn::Set(d, add)));
    hn::StoreU(hn::MulAdd(root, hn::Set(d, factor), hn::Set(d, constant)), d, out + i);
  }
  for (; i < n; ++i) out[i] = factor * std::sqrt(squares[i] + add) + constant;
}

/// Shifted or not, one vector of a row's scores.
template <bool kShifted>
HWY_INLINE V ScoresAt(const float* scores, const float* shift, std::size_t k) {
  const V v = hn::LoadU(Floats(), scores + k);
  if constexpr (kShifted) return hn::Sub(v, hn::LoadU(Floats(), shift + k));
  return v;
}

template <bool kShifted>
HWY_INLINE std::uint32_t Pick(const float* scores, const float* shift, std::size_t count, float slack) {
  const Floats d;
  V most = ScoresAt<kShifted>(scores, shift, 0);
  for (std::size_t k = kLanes; k < count; k += kLanes) most = hn::Max(most, ScoresAt<kShifted>(scores, shift, k));
  const float least = hn::GetLane(hn::MaxOfLanes(d, most)) - slack;
  std::size_t many = 0, last = 0;  // how many are at least that, and where
  for (std::size_t k = 0; k < count; k += kLanes) {
    const auto mask = hn::Ge(ScoresAt<kShifted>(scores, shift, k), hn::Set(d, least));
    const std::size_t here = hn::CountTrue(d, mask);
    if (here == 0) continue;
    many += here;
    last = k + static_cast<std::size_t>(hn::FindFirstTrue(d, mask));
  }
  const bool sure = many == 1 && least > -HUGE_VALF && slack < HUGE_VALF;
  return sure ? static_cast<std::uint32_t>(last) : kUndecided;
}

std::size_t PickLargest(const Scores& scores, std::size_t n, const float* slack, std::uint32_t* best) {
  std::size_t undecided = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const float* const row = scores.values + i * scores.stride;
    if (scores.shift == nullptr) {
      best[i] = Pick<false>(row, nullptr, scores.count, slack[i]);
    } else {
      best[i] = Pick<true>(row, scores.shift + scores.shift_row[i] * scores.count, scores.count, slack[i]);
    }
    undecided += best[i] == kUndecided ? 1 : 0;
  }
  return undecided;
}

/// Whole vectors, the last of them over the row's end: the rows behind are written afterwards, and the last ones of all
/// one number at a time.
void SumRows(const float* codes, std::size_t layers, std::size_t count, std::size_t stride, const std::uint32_t* tokens,
             std::size_t n, std::size_t dim, float* out) {
  const Floats d;
  const std::size_t padded = (dim + kLanes - 1) / kLanes * kLanes;
  for (std::size_t i = 0; i < n; ++i, tokens += layers, out += dim) {
    const float* const first = codes + tokens[0] * stride;
    if ((n - i) * dim >= padded) {
      for (std::size_t j = 0; j < dim; j += kLanes) {
        auto sum = hn::LoadU(d, first + j);
        for (std::size_t l = 1; l < layers; ++l) {
          sum = hn::Add(sum, hn::LoadU(d, codes + (l * count + tokens[l]) * stride + j));
        }
        hn::StoreU(sum, d, out + j);
      }
      continue;
    }
    for (std::size_t j = 0; j < dim; ++j) {
      float sum = first[j];
      for (std::size_t l = 1; l < layers; ++l) sum += codes[(l * count + tokens[l]) * stride + j];
      out[j] = sum;
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

HWY_EXPORT(RowSquares);
HWY_EXPORT(SubtractRows);
HWY_EXPORT(RowSlack);
HWY_EXPORT(PickLargest);
HWY_EXPORT(SumRows);

}  // namespace

void row_squares(const float* rows, std::size_t n, std::size_t dim, float* squares) noexcept {
  HWY_DYNAMIC_DISPATCH(RowSquares)(rows, n, dim, squares);
}

void subtract_rows(const float* rows, const float* codes, std::size_t stride, const std::uint32_t* nearest,
                   std::size_t n, std::size_t dim, float* out, float* squares) noexcept {
  HWY_DYNAMIC_DISPATCH(SubtractRows)(rows, codes, stride, nearest, n, dim, out, squares);
}

void row_slack(const float* squares, std::size_t n, float add, float factor, float constant, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(RowSlack)(squares, n, add, factor, constant, out);
}

std::size_t pick_largest(const Scores& scores, std::size_t n, const float* slack, std::uint32_t* best) noexcept {
  return HWY_DYNAMIC_DISPATCH(PickLargest)(scores, n, slack, best);
}

void sum_rows(const float* codes, std::size_t layers, std::size_t count, std::size_t stride,
              const std::uint32_t* tokens, std::size_t n, std::size_t dim, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(SumRows)(codes, layers, count, stride, tokens, n, dim, out);
}

}  // namespace pianola
#endif
