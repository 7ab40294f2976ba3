// The last k observations of every lane, as policies see them: float, the oldest first. Those before the first are
// taken to equal it; of a context of tokens there are none before it, which −1 says.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/policies/policy.hpp"

namespace pianola {

class ObservationHistory {
 public:
  ObservationHistory(std::size_t lanes, std::size_t history, std::size_t observation_dim);
  ObservationHistory(std::size_t lanes, const PolicyInfo& policy);
  /// Nothing has been observed.
  void reset() { fresh_ = true; }
  /// observations: [lanes × observation_dim].
  void observe(std::span<const double> observations);
  /// [lanes × history × observation_dim].
  [[nodiscard]] std::span<const float> values() const { return values_; }

 private:
  std::size_t lanes_, history_, dim_;
  bool context_ = false, fresh_ = true;
  std::vector<float> values_;
};

}  // namespace pianola
