#include "pianola/quantizers/fast_transform.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace pianola {
namespace {

/// Rounds half to even, |v| < 2³¹: the sum's low bits are the integer.
std::int32_t rounded(double v) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(v + 0x1.8p52)));
}

}  // namespace

FastTransform::FastTransform(const ActionRange& range, std::size_t chunk, double scale)
    : dct_(dct_matrix(chunk)), inverse_dct_(inverse_dct_matrix(chunk)), scale_(scale) {
  for (std::size_t d = 0; d < range.low.size(); ++d) {
    const double low = range.low[d], high = range.high[d], radius = 0.5 * (high - low);
    const bool constant = static_cast<float>(low) == static_cast<float>(high) || radius < 1e-36;
    middle_.push_back(std::midpoint(low, high));
    radius_.push_back(constant ? 0.0 : radius);
    inverse_.push_back(constant ? 0.0 : 1.0 / radius);
    bound_.push_back(std::max(std::abs(low), std::abs(high)));
  }
}

FastTransform::Workspace::Workspace(const FastTransform& transform)
    : steps(transform.dct_.result_size(transform.dim())), coefficients(steps.size()) {}

void FastTransform::forward(std::span<const float> chunk, Workspace& workspace,
                            std::span<std::int32_t> q) const noexcept {
  assert(chunk.size() == width() && q.size() == width());
  const std::size_t dims = dim(), stride = StepMatrix::stride(dims);
  for (std::size_t h = 0; h < this->chunk(); ++h) {
    const float* const u = chunk.data() + h * dims;
    double* const x = workspace.steps.data() + h * stride;
    for (std::size_t d = 0; d < dims; ++d) {
      const double value = (static_cast<double>(u[d]) - middle_[d]) * inverse_[d];
      x[d] = std::max(-1.0, std::min(1.0, value));
    }
  }
  dct_.multiply(workspace.steps.data(), this->chunk(), dims, workspace.coefficients.data());
  for (std::size_t k = 0; k < this->chunk(); ++k) {
    const double* const c = workspace.coefficients.data() + k * stride;
    for (std::size_t d = 0; d < dims; ++d) q[k * dims + d] = rounded(scale_ * c[d]);
  }
}

void FastTransform::inverse(std::span<const std::int32_t> q, Workspace& workspace,
                            std::span<float> chunk) const noexcept {
  assert(chunk.size() == width() && q.size() == width());
  const std::size_t dims = dim(), stride = StepMatrix::stride(dims);
  std::size_t used = width();
  while (used > 0 && q[used - 1] == 0) --used;
  const std::size_t rows = (used + dims - 1) / dims;
  for (std::size_t k = 0; k < rows; ++k) {
    double* const c = workspace.coefficients.data() + k * stride;
    for (std::size_t d = 0; d < dims; ++d) c[d] = q[k * dims + d];
    std::fill(c + dims, c + stride, 0.0);
  }
  inverse_dct_.multiply(workspace.coefficients.data(), rows, dims, workspace.steps.data());
  constexpr double kMost = std::numeric_limits<float>::max();
  for (std::size_t h = 0; h < this->chunk(); ++h) {
    const double* const x = workspace.steps.data() + h * stride;
    float* const u = chunk.data() + h * dims;
    for (std::size_t d = 0; d < dims; ++d) {
      const double value = middle_[d] + radius_[d] * (x[d] / scale_);
      u[d] = static_cast<float>(std::max(-kMost, std::min(kMost, value)));
    }
  }
}

std::int64_t FastTransform::largest(std::size_t k) const {
  double sum = 0.0;
  for (std::size_t n = 0; n < chunk(); ++n) sum += std::abs(dct_.at(k, n));
  return static_cast<std::int64_t>(std::floor(scale_ * sum * (1.0 + 1e-12) + 0.5));
}

double FastTransform::step_error(std::span<const double> errors, std::size_t d) const {
  assert(errors.size() == chunk());
  double worst = 0.0, square = 0.0;
  for (const double error : errors) square += error * error;
  for (std::size_t n = 0; n < chunk(); ++n) {
    double sum = 0.0;
    for (std::size_t k = 0; k < chunk(); ++k) sum += errors[k] * std::abs(dct_.at(k, n));
    worst = std::max(worst, std::min(sum, std::sqrt(square)));  // the transform keeps Euclidean lengths
  }
  // Along a constant dimension every value in the range comes back as its middle.
  const double exact =
      radius_[d] > 0.0 ? radius_[d] * worst / scale_ * (1.0 + 1e-12) : bound_[d] - std::abs(middle_[d]);
  return exact + 0x1p-23 * (bound_[d] + exact);
}

}  // namespace pianola
