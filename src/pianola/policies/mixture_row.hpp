// One row of a mixture network's outputs (mixture_weights.hpp), read as a law of normalised numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "pianola/policies/mixture_weights.hpp"

namespace pianola {

/// Keeps references to both.
class MixtureRow {
 public:
  MixtureRow(const MixtureWeights& weights, std::span<const float> outputs) : weights_(weights), outputs_(outputs) {}

  [[nodiscard]] std::size_t components() const { return weights_.shape.components; }
  [[nodiscard]] bool finite() const {
    return std::ranges::all_of(outputs_, [](float x) { return std::isfinite(x); });
  }
  [[nodiscard]] double log_weight(std::size_t j) const {
    return components() > 1 ? static_cast<double>(outputs_[j]) : 0.0;
  }
  [[nodiscard]] double mean(std::size_t j, std::size_t d) const {
    const auto m = static_cast<double>(outputs_[first() + j * width() + d]);
    return weights_.codes.empty() ? m : m + static_cast<double>(weights_.codes[j * width() + d]);
  }
  [[nodiscard]] double deviation(std::size_t j, std::size_t d) const {
    if (!weights_.shape.density()) return 0.0;
    const auto s = static_cast<double>(outputs_[first() + (components() + j) * width() + d]);
    return static_cast<double>(kSmallestDeviation) + std::max(s, 0.0) + std::log1p(std::exp(-std::abs(s)));
  }

 private:
  [[nodiscard]] std::size_t width() const { return weights_.shape.width(); }
  [[nodiscard]] std::size_t first() const { return weights_.shape.weights(); }
  const MixtureWeights& weights_;
  std::span<const float> outputs_;
};

}  // namespace pianola
