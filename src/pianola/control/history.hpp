// The last k observations of every lane, as policies see them: float, the oldest first. Those before the first are
// taken to equal it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

class ObservationHistory {
 public:
  ObservationHistory(std::size_t lanes, std::size_t history, std::size_t observation_dim);
  /// Nothing has been observed.
  void reset() { fresh_ = true; }
  /// observations: [lanes × observation_dim].
  void observe(std::span<const double> observations);
  /// [lanes × history × observation_dim].
  [[nodiscard]] std::span<const float> values() const { return values_; }

 private:
  std::size_t lanes_, history_, dim_;
  bool fresh_ = true;
  std::vector<float> values_;
};

}  // namespace pianola
