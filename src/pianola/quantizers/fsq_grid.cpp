#include "pianola/quantizers/fsq_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr double kLargestScale = 1e36;  // in levels per action unit: float32 holds it and its products

}  // namespace

bool is_point(double low, double high, std::uint32_t cells) {
  return static_cast<float>(low) == static_cast<float>(high) || (high - low) / cells < 1.0 / kLargestScale;
}

std::uint32_t FsqGrid::Axis::digit(double u) const {
  const double t = (u - origin) * scale;
  return t > 0.0 ? static_cast<std::uint32_t>(std::min(t, static_cast<double>(last))) : 0;
}

FsqGrid::FsqGrid(const LatentRange& range, std::span<const FsqCode> codes, const std::string& who) {
  const std::size_t dim = range.low.size();
  assert(range.high.size() == dim && !codes.empty() && codes.size() % dim == 0);
  std::vector<std::uint32_t> counts;
  counts.reserve(codes.size());
  for (const FsqCode& code : codes) counts.push_back(code.levels());
  const std::uint32_t most = *std::max_element(counts.begin(), counts.end());
  if (codes.size() > UniformGrid::kMaxLevels / most) {
    throw UsageError(fmt::format("{}: {} coordinates of {} levels are too many; {} levels are the most", who,
                                 codes.size(), most, UniformGrid::kMaxLevels));
  }
  std::vector<float> origin, scale, levels;
  for (std::size_t p = 0; p < codes.size(); ++p) {
    const double low = range.low[p % dim], high = range.high[p % dim], half = 0.5 * (high - low);
    const double step = half * codes[p].spacing(), first = std::midpoint(low, high) + half * codes[p].position(0);
    axes_.push_back({low, high, first - 0.5 * step, counts[p] == 1 ? 0.0 : 1.0 / step, first, step, counts[p] - 1});
    origin.push_back(static_cast<float>(axes_.back().origin));
    scale.push_back(static_cast<float>(axes_.back().scale));
    for (std::uint32_t k = 0; k < most; ++k) {
      levels.push_back(static_cast<float>(axes_.back().level(std::min(k, axes_.back().last))));
    }
  }
  kernel_ = std::make_unique<UniformGrid>(origin, scale, counts, std::move(levels));
}

void FsqGrid::quantize(std::span<const double> actions, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % axes_.size() == 0);
  for (std::size_t row = 0; row < actions.size(); row += axes_.size()) {
    for (std::size_t p = 0; p < axes_.size(); ++p) out[row + p] = axes_[p].level(axes_[p].digit(actions[row + p]));
  }
}

std::span<const float> FsqGrid::levels(std::size_t p) const {
  return kernel_->levels().subspan(p * kernel_->bins(), axes_[p].last + 1);
}

std::vector<double> FsqGrid::cell_widths(std::size_t p) const {
  const Axis& axis = axes_[p];
  if (axis.last == 0) return {};
  std::vector<double> widths(axis.last + 1, axis.step);
  widths.front() = widths.back() = 0.5 * axis.step + (axis.first - axis.low);
  return widths;
}

double FsqGrid::largest_error(std::size_t dim) const {
  double worst = 0.0;
  for (std::size_t step = 0; step < axes_.size(); step += dim) {
    double square = 0.0;
    for (std::size_t p = step; p < step + dim; ++p) {
      const Axis& axis = axes_[p];
      const double error = std::max({0.5 * axis.step, axis.first - axis.low, axis.high - axis.level(axis.last)});
      square = std::fma(error, error, square);
    }
    worst = std::max(worst, square);
  }
  return std::sqrt(worst);
}

bool FsqGrid::is_projection() const {
  for (std::size_t p = 0; p < axes_.size(); ++p) {
    for (std::uint32_t k = 0; k <= axes_[p].last; ++k) {
      if (axes_[p].digit(axes_[p].level(k)) != k) return false;
      const float t = (levels(p)[k] - kernel_->origin()[p]) * kernel_->scale()[p];
      const float digit = t > 0.0F ? std::min(t, static_cast<float>(axes_[p].last)) : 0.0F;
      if (static_cast<std::uint32_t>(digit) != k) return false;
    }
  }
  return true;
}

}  // namespace pianola
