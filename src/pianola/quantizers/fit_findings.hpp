// What a fit found out about its own codebook and a report should say: an interface beside Quantizer, for schemes that
// know it, and for wrappers of such schemes.
#pragma once

#include <cstdint>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class FitFindings {
 public:
  virtual ~FitFindings() = default;
  /// Codes that no chunk of the fit has, by layer; empty if unknown.
  [[nodiscard]] virtual std::vector<std::uint32_t> dead_codes_per_layer() const = 0;
  /// Root mean square of u − code by action dimension, for a policy that predicts offsets; empty if not measured.
  [[nodiscard]] virtual std::vector<double> offset_rms_per_dimension() const { return {}; }
};

/// Of a scheme that says nothing of them: empty.
inline std::vector<std::uint32_t> dead_codes_of(const Quantizer& quantizer) {
  const auto* const findings = dynamic_cast<const FitFindings*>(&quantizer);
  return findings == nullptr ? std::vector<std::uint32_t>() : findings->dead_codes_per_layer();
}

/// Empty too.
inline std::vector<double> offset_rms_of(const Quantizer& quantizer) {
  const auto* const findings = dynamic_cast<const FitFindings*>(&quantizer);
  return findings == nullptr ? std::vector<double>() : findings->offset_rms_per_dimension();
}

}  // namespace pianola
