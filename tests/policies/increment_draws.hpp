// Draws from laws of increments, and how far numbers are from uniform.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "pianola/policies/increment_law.hpp"

namespace pianola::toys {

/// n increments of the law given this input, [n × dim].
inline std::vector<double> draws(const IncrementLaw& law, const std::vector<double>& input, std::size_t n,
                                 std::uint64_t first_id = 0) {
  std::vector<double> inputs, out(n * law.dim());
  for (std::size_t i = 0; i < n; ++i) inputs.insert(inputs.end(), input.begin(), input.end());
  std::vector<std::uint64_t> ids(n);
  std::iota(ids.begin(), ids.end(), first_id);
  const std::vector<std::uint32_t> h(n, 3);
  const auto session = law.session(n);
  session->begin(inputs);
  session->draw(NoiseKey(17), ids, h, out);
  return out;
}

/// log density of one increment given one input.
inline double log_density(const IncrementLaw& law, const std::vector<double>& input,
                          const std::vector<double>& increment) {
  const auto session = law.session(1);
  session->begin(input);
  double out = 0.0;
  session->log_density(increment, std::span(&out, 1));
  return out;
}

/// Transforms of increments [n × dim] given one input, by dimension.
inline std::vector<std::vector<double>> transforms(const IncrementLaw& law, const std::vector<double>& input,
                                                   const std::vector<double>& increments) {
  const std::size_t n = increments.size() / law.dim();
  std::vector<double> inputs, all(increments.size());
  for (std::size_t i = 0; i < n; ++i) inputs.insert(inputs.end(), input.begin(), input.end());
  const auto session = law.session(n);
  session->begin(inputs);
  session->integral_transform(increments, all);
  std::vector<std::vector<double>> out(law.dim());
  for (std::size_t i = 0; i < all.size(); ++i) out[i % law.dim()].push_back(all[i]);
  return out;
}

/// Kolmogorov–Smirnov distance from the uniform law; above 2/√n once in some thousand cases.
inline double distance_from_uniform(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  double most = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    most = std::max({most, values[i] - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - values[i]});
  }
  return most;
}

}  // namespace pianola::toys
