// One row of a mixture network's outputs (mixture_weights.hpp), read as a law of normalised numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "pianola/policies/mixture_weights.hpp"

namespace pianola {

/// The component at quantile u in (0, 1) of weights w that sum to 1, in the order of components.
inline std::size_t component_at(std::span<const double> w, double u) {
  std::size_t j = 0;
  for (double sum = w[0]; sum <= u && j + 1 < w.size();) sum += w[++j];
  return j;
}

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
    return weights_.shape.density() ? mixture_deviation(outputs_[first() + (components() + j) * width() + d]) : 0.0;
  }

  /// w ∝ exp(log_weight / temperature), [components]. Of a finite row.
  void weigh(double temperature, std::span<double> w) const {
    double largest = log_weight(0), total = 0.0;
    for (std::size_t j = 1; j < w.size(); ++j) largest = std::max(largest, log_weight(j));
    for (std::size_t j = 0; j < w.size(); ++j) total += w[j] = std::exp((log_weight(j) - largest) / temperature);
    for (double& weight : w) weight /= total;
  }

  /// The component of weights w that has most density at its own mean; of atoms the first likeliest.
  [[nodiscard]] std::size_t densest(std::span<const double> w) const {
    std::size_t best = 0;
    double most = -HUGE_VAL;
    for (std::size_t j = 0; j < w.size(); ++j) {
      double density = std::log(w[j]);
      for (std::size_t d = 0; weights_.shape.density() && d < width(); ++d) density -= std::log(deviation(j, d));
      if (density > most) best = j, most = density;
    }
    return best;
  }

 private:
  [[nodiscard]] std::size_t width() const { return weights_.shape.width(); }
  [[nodiscard]] std::size_t first() const { return weights_.shape.weights(); }
  const MixtureWeights& weights_;
  std::span<const float> outputs_;
};

}  // namespace pianola
