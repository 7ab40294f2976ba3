#include "pianola/quantizers/compatible_modes.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

// A product that is rounded by itself: no compiler may fuse it with the sum that follows.
[[gnu::noinline]] double times(double a, double b) { return a * b; }
[[gnu::noinline]] float times(float a, float b) { return a * b; }

std::vector<double> numpy_linspace(double low, double high, std::uint32_t n) {
  const double step = (high - low) / (n - 1);
  std::vector<double> out(n);
  for (std::uint32_t i = 0; i < n; ++i) out[i] = times(static_cast<double>(i), step) + low;
  out.back() = high;
  return out;
}

/// From −1 to 1, the upper half counted from above.
std::vector<double> torch_linspace(std::uint32_t n) {
  const float step = 2.0F / static_cast<float>(n - 1);
  std::vector<double> out(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    out[i] =
        i < n / 2 ? std::fma(step, static_cast<float>(i), -1.0F) : std::fma(-step, static_cast<float>(n - 1 - i), 1.0F);
  }
  return out;
}

std::vector<double> jax_linspace(float low, float high, std::uint32_t n) {
  std::vector<double> out(n);
  for (std::uint32_t i = 0; i + 1 < n; ++i) {
    const float share = static_cast<float>(i) / static_cast<float>(n - 1);
    out[i] = std::fma(high, share, times(low, 1.0F - share));
  }
  out.back() = high;
  return out;
}

/// trunc(x) for x ≥ 0, at most `last`; 0 for NaN.
std::uint32_t whole(float x, std::uint32_t last) {
  return x > 0.0F ? static_cast<std::uint32_t>(std::min(x, static_cast<float>(last))) : 0;
}

}  // namespace

const std::vector<std::string>& compatible_mode_names() {
  static const std::vector<std::string> names{"openvla", "torchrl_tail", "torchrl", "rt1", "octo", "openpi"};
  return names;
}

CompatibleMode compatible_mode(const std::string& name) {
  const std::vector<std::string>& names = compatible_mode_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown_name("quantizer 'uniform': mode", name, names);
  return static_cast<CompatibleMode>(found - names.begin());
}

CompatibleAxis::CompatibleAxis(CompatibleMode mode, std::uint32_t bins, const Facts& facts)
    : mode_(mode), bins_(bins), facts_(facts) {
  switch (mode) {
    case CompatibleMode::openvla:
    case CompatibleMode::torchrl_tail:
      edges_ = numpy_linspace(-1.0, 1.0, bins);
      for (std::uint32_t i = 0; i + 1 < bins; ++i) centres_.push_back((edges_[i] + edges_[i + 1]) / 2.0);
      if (mode == CompatibleMode::torchrl_tail) edges_ = torch_linspace(bins);  // it decodes with NumPy's
      break;
    case CompatibleMode::octo:
      edges_ = jax_linspace(static_cast<float>(facts.low), static_cast<float>(facts.high), bins + 1);
      break;
    case CompatibleMode::openpi:
      edges_ = numpy_linspace(-1.0, 1.0, bins + 1);
      edges_.pop_back();
      break;
    case CompatibleMode::torchrl:
    case CompatibleMode::rt1:
      break;
  }
}

float CompatibleAxis::normalised(float u) const {
  if (!facts_.normalised) return std::clamp(u, -1.0F, 1.0F);
  const auto low = static_cast<float>(facts_.low), high = static_cast<float>(facts_.high);
  const float divisor =
      mode_ == CompatibleMode::openvla ? static_cast<float>(facts_.high - facts_.low + 1e-8) : (high - low) + 1e-8F;
  return std::clamp(times(2.0F, u - low) / divisor - 1.0F, -1.0F, 1.0F);
}

std::uint32_t CompatibleAxis::reached_edges(double x) const {
  return static_cast<std::uint32_t>(std::upper_bound(edges_.begin(), edges_.end(), x) - edges_.begin());
}

std::uint32_t CompatibleAxis::token(float u) const {
  const auto low = static_cast<float>(facts_.low), high = static_cast<float>(facts_.high);
  const std::uint32_t last = bins_ - 1;
  switch (mode_) {
    case CompatibleMode::openvla:
      return reached_edges(facts_.constant ? 0.0F : normalised(u)) - 1;
    case CompatibleMode::torchrl_tail:
      return reached_edges(normalised(u)) - 1;
    case CompatibleMode::torchrl:
      return high > low ? whole((u - low) / (high - low) * static_cast<float>(bins_), last) : 0;
    case CompatibleMode::rt1:
      return whole((std::clamp(u, low, high) - low) / (high - low) * static_cast<float>(last), last);
    case CompatibleMode::octo: {
      const auto inner_low = static_cast<float>(facts_.low + 1e-6), inner_high = static_cast<float>(facts_.high - 1e-6);
      const float flushed = std::fpclassify(u) == FP_SUBNORMAL ? 0.0F : u;
      const std::uint32_t reached = reached_edges(std::min(std::max(flushed, inner_low), inner_high));
      return high > low ? std::min(std::max(reached, 1U) - 1, last) : 0;
    }
    case CompatibleMode::openpi: {
      const double x = times((u - facts_.low) / (facts_.high - facts_.low + 1e-6), 2.0) - 1.0;
      return std::max(reached_edges(x), 1U) - 1;
    }
  }
  return 0;
}

double CompatibleAxis::representative(std::uint32_t k) const {
  const double length = facts_.high - facts_.low;
  const auto low = static_cast<float>(facts_.low), high = static_cast<float>(facts_.high);
  switch (mode_) {
    case CompatibleMode::openvla:
    case CompatibleMode::torchrl_tail: {
      const bool tail = mode_ == CompatibleMode::torchrl_tail;
      const double centre = centres_[std::min(k, bins_ - 2)];
      if (!facts_.normalised) return tail ? static_cast<float>(centre) : centre;
      const double action = times(0.5 * (centre + 1.0), tail ? length + 1e-8 : length) + facts_.low;
      return tail ? static_cast<float>(action) : action;
    }
    case CompatibleMode::torchrl:
      return times((static_cast<float>(k) + 0.5F) / static_cast<float>(bins_), high - low) + low;
    case CompatibleMode::rt1:
      return times(static_cast<float>(k) / static_cast<float>(bins_ - 1), high - low) + low;
    case CompatibleMode::octo:
      return (static_cast<float>(edges_[k + 1]) + static_cast<float>(edges_[k])) / 2.0F;
    case CompatibleMode::openpi: {
      const double action = times(static_cast<double>(k) / bins_, 2.0) - 1.0;
      return times((action + 1.0) / 2.0, length + 1e-6) + facts_.low;
    }
  }
  return 0.0;
}

}  // namespace pianola
