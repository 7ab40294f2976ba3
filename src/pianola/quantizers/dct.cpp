#include "pianola/quantizers/dct.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/dct.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Doubles = hn::CappedTag<double, 8>;
using Vector = hn::Vec<Doubles>;
constexpr std::size_t kLanes = hn::MaxLanes(Doubles());

/// Four rows of the product for kVectors vectors of columns: y[r] = Σ_n matrix[n][r] · x[n].
template <std::size_t kVectors>
HWY_INLINE void MultiplyBlock(const double* HWY_RESTRICT matrix, std::size_t terms, const double* HWY_RESTRICT x,
                              std::size_t stride, double* HWY_RESTRICT y) {
  const Doubles d;
  Vector sum[4][kVectors];
  for (auto& row : sum) {
    for (auto& v : row) v = hn::Zero(d);
  }
  for (std::size_t n = 0; n < terms; ++n, matrix += 4, x += stride) {
    Vector value[kVectors];
    for (std::size_t j = 0; j < kVectors; ++j) value[j] = hn::LoadU(d, x + j * kLanes);
    for (std::size_t r = 0; r < 4; ++r) {
      const Vector entry = hn::Set(d, matrix[r]);
      for (std::size_t j = 0; j < kVectors; ++j) sum[r][j] = hn::MulAdd(entry, value[j], sum[r][j]);
    }
  }
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t j = 0; j < kVectors; ++j) hn::StoreU(sum[r][j], d, y + r * stride + j * kLanes);
  }
}

/// y = matrix · x: `length` rows (rounded up to four), the first `terms` of the `length` columns of the matrix.
void Multiply(const double* matrix, std::size_t length, std::size_t terms, const double* x, std::size_t stride,
              double* y) {
  for (std::size_t r = 0; r < length; r += 4, matrix += 4 * length) {
    std::size_t j = 0;
    for (; j + 4 * kLanes <= stride; j += 4 * kLanes)
      MultiplyBlock<4>(matrix, terms, x + j, stride, y + r * stride + j);
    for (; j + 2 * kLanes <= stride; j += 2 * kLanes)
      MultiplyBlock<2>(matrix, terms, x + j, stride, y + r * stride + j);
    for (; j < stride; j += kLanes) MultiplyBlock<1>(matrix, terms, x + j, stride, y + r * stride + j);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(Multiply);

long double exact_entry(std::size_t k, std::size_t n, std::size_t length) {
  const std::size_t turns = k * (2 * n + 1) % (4 * length);  // in quarters of a turn over `length`
  const long double angle =
      std::numbers::pi_v<long double> * static_cast<long double>(turns) / static_cast<long double>(2 * length);
  return std::sqrt((k == 0 ? 1.0L : 2.0L) / static_cast<long double>(length)) * std::cos(angle);
}

}  // namespace

Dct::Dct(std::size_t length, std::size_t dim)
    : length_(length), dim_(dim), stride_((dim + kVector - 1) / kVector * kVector) {
  assert(length >= 1 && length <= kMaxLength && dim >= 1);
  for (std::size_t k = 0; k < length; ++k) {
    for (std::size_t n = 0; n < length; ++n) entries_.push_back(static_cast<double>(exact_entry(k, n, length)));
  }
  forward_ = packed(false);
  inverse_ = packed(true);
}

std::vector<double> Dct::packed(bool transposed) const {
  std::vector<double> out((length_ + kRows - 1) / kRows * kRows * length_);
  for (std::size_t row = 0; row < length_; ++row) {
    for (std::size_t column = 0; column < length_; ++column) {
      out[(row / kRows * length_ + column) * kRows + row % kRows] =
          transposed ? entry(column, row) : entry(row, column);
    }
  }
  return out;
}

void Dct::forward(const double* x, double* y) const noexcept {
  HWY_DYNAMIC_DISPATCH(Multiply)(forward_.data(), length_, length_, x, stride_, y);
}

void Dct::inverse(const double* y, std::size_t rows, double* x) const noexcept {
  assert(rows <= length_);
  HWY_DYNAMIC_DISPATCH(Multiply)(inverse_.data(), length_, rows, y, stride_, x);
}

void dct_reference(std::span<const double> x, std::size_t length, std::span<double> y) {
  const std::size_t dim = x.size() / length;
  for (std::size_t i = 0; i < y.size(); ++i) {
    long double sum = 0.0L;
    for (std::size_t n = 0; n < length; ++n) sum += exact_entry(i / dim, n, length) * x[n * dim + i % dim];
    y[i] = static_cast<double>(sum);
  }
}

void inverse_dct_reference(std::span<const double> y, std::size_t length, std::span<double> x) {
  const std::size_t dim = y.size() / length;
  for (std::size_t i = 0; i < x.size(); ++i) {
    long double sum = 0.0L;
    for (std::size_t k = 0; k < length; ++k) sum += exact_entry(k, i / dim, length) * y[k * dim + i % dim];
    x[i] = static_cast<double>(sum);
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
