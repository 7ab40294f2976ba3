// Velocity limits: what is played moves by at most r_i a step in dimension i,
//
//   u_h,i = u_{h−1},i + clamp(û_h,i − u_{h−1},i, −r_i, r_i)
//
// with the difference of an angle wrapped into ±period/2. The first action after a reset has none before it and is
// played as it is. A non-finite action passes: the lane diverges. What a decider conditions on are its own decisions,
// before this. All lanes are in step. A regular value.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class RateLimit {
 public:
  /// No limit.
  RateLimit() = default;
  /// limits: [action_dim], action units a step, > 0, ∞ for none; or one number for all; empty: no limit. Angles and
  /// their periods are those of the quantizer's action representation. `who` begins errors.
  /// @throws UsageError for another count, a limit that is not positive, or a finite one of a rotation or of a discrete
  /// dimension.
  RateLimit(const std::string& who, const std::vector<double>& limits, const Quantizer& quantizer);

  void reset() { fresh_ = true; }
  /// actions: [lanes × action_dim], in place.
  void apply(std::span<double> actions);

 private:
  std::vector<double> limits_, periods_;  // [action_dim]; period 0: no angle
  bool fresh_ = true;
  std::vector<double> last_;
};

}  // namespace pianola
