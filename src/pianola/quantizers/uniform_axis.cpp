#include "pianola/quantizers/uniform_axis.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace pianola {
namespace {

constexpr double kLargestScale = 1e36;  // in tokens per action unit: float32 holds it and its products

/// (i·high + (n − i)·low)/n, the same bits on every processor: both products take part in a fused sum, so that no
/// compiler has anything left to fuse. Exact at both ends, and 0 in the middle of a range that is symmetric about 0.
double between(double low, double high, std::uint32_t i, std::uint32_t n) {
  if (i == 0) return low;
  if (i == n) return high;
  const double up = i, down = n - i;
  return 0.5 * (std::fma(up, high, down * low) + std::fma(down, low, up * high)) / n;
}

}  // namespace

double UniformAxis::atom_tolerance(double low, double high) {
  return std::ldexp(std::max(std::abs(low), std::abs(high)), -20);
}

UniformAxis::UniformAxis(double range_low, double range_high, std::uint32_t count, Kind kind, BoundAtoms wanted)
    : low(range_low), high(range_high), bins(count), kind_(kind), cells_(count), start_(range_low), stop_(range_high) {
  assert(low <= high && bins >= 1 && (kind != Kind::ends || (!wanted.low && !wanted.high)));
  const std::uint32_t steps = kind == Kind::ends ? std::max(bins, 2U) - 1 : bins;
  constant = static_cast<float>(low) == static_cast<float>(high) || (high - low) / steps < 1.0 / kLargestScale;
  if (constant) bins = 1;
  if (bins == 1) {
    origin = low;
    return;
  }
  const double tolerance = atom_tolerance(low, high);
  const std::uint32_t spared = std::uint32_t{wanted.low} + std::uint32_t{wanted.high};
  if (spared > 0 && bins > spared && (high - low) / (bins - spared) > 4.0 * tolerance) {
    atoms = wanted;
    cells_ = bins - spared;
    if (atoms.low) start_ += tolerance;
    if (atoms.high) stop_ -= tolerance;
  }
  if (kind == Kind::ends) cells_ = bins - 1;
  const double width = (stop_ - start_) / cells_;
  origin = kind == Kind::ends ? low - 0.5 * width : atoms.low ? start_ - width : low;
  scale = cells_ / (stop_ - start_);
}

std::uint32_t UniformAxis::token(double u) const {
  const double t = (u - origin) * scale;
  return t > 0.0 ? static_cast<std::uint32_t>(std::min(t, static_cast<double>(bins - 1))) : 0;
}

double UniformAxis::edge(std::uint32_t k) const {
  if (k == 0) return low;
  if (k >= bins) return high;
  if (kind_ == Kind::ends) return between(low, high, 2 * k - 1, 2 * cells_);
  return between(start_, stop_, k - (atoms.low ? 1 : 0), cells_);
}

double UniformAxis::even_representative(std::uint32_t k) const {
  if (bins == 1) return std::midpoint(low, high);
  if (kind_ == Kind::ends) return between(low, high, k, cells_);
  if (atoms.low && k == 0) return low;
  if (atoms.high && k == bins - 1) return high;
  return between(start_, stop_, 2 * (k - (atoms.low ? 1 : 0)) + 1, 2 * cells_);
}

double UniformAxis::largest_error(std::span<const double> representatives) const {
  const double half = 0.5 * (bins == 1 ? high - low : (stop_ - start_) / cells_);
  if (kind_ != Kind::mean) return half;
  assert(representatives.size() == bins);
  double error = 0.0;
  for (std::uint32_t k = 0; k < bins; ++k) {
    error = std::max({error, representatives[k] - edge(k), edge(k + 1) - representatives[k]});
  }
  return error;
}

std::vector<double> UniformAxis::cell_widths() const {
  if (constant || atoms.low || atoms.high) return {};
  if (bins == 1) return {high - low};
  std::vector<double> widths(bins, (high - low) / cells_);
  if (kind_ == Kind::ends) widths.front() = widths.back() = 0.5 * widths.front();
  return widths;
}

}  // namespace pianola
