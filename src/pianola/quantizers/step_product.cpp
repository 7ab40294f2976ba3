#include "pianola/quantizers/step_product.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/step_product.cpp"
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

/// y = matrix · x: `rows` rows (rounded up to four), the first `terms` of the `columns` columns of the matrix.
void Multiply(const double* matrix, std::size_t rows, std::size_t columns, std::size_t terms, const double* x,
              std::size_t stride, double* y) {
  for (std::size_t r = 0; r < rows; r += 4, matrix += 4 * columns) {
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
namespace pianola::step_product {
namespace {

HWY_EXPORT(Multiply);

}  // namespace

void multiply(const double* packed, std::size_t rows, std::size_t columns, std::size_t terms, const double* x,
              std::size_t dim, double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(Multiply)(packed, rows, columns, terms, x, stride(dim), y);
}

}  // namespace pianola::step_product
#endif  // HWY_ONCE
