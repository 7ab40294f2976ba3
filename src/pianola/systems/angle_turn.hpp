// The turn of an angle that is known modulo 2π: which of x, x ± 2π, … its data write.
//
//   wrap(x) = m + remainder(x − m, 2π),   in [m − π, m + π]
//
// m, the turn's middle, follows from the range [low, high] of the data: [−π, π], moved by whole turns, where that holds
// the range; else [0, 2π], so moved; else the turn about the range's own middle. Data that are shifted by whole turns
// shift m by as many.
#pragma once

#include <cmath>
#include <numbers>

namespace pianola {

/// By how much data may lie over a turn's ends and still be of it, radians: π in single precision lies above π.
inline constexpr double kTurnRounding = 1e-5;

/// m of the data's range, radians, finite, low ≤ high.
inline double turn_middle(double low, double high) noexcept {
  constexpr double half = std::numbers::pi;
  const double middle = low + 0.5 * (high - low);
  for (const double first : {0.0, half}) {
    const double turn = first + 2.0 * half * std::round((middle - first) / (2.0 * half));
    if (low >= turn - half - kTurnRounding && high <= turn + half + kTurnRounding) return turn;
  }
  return middle;
}

/// Whether data of this range are of one turn.
inline bool within_a_turn(double low, double high) noexcept {
  return high - low <= 2.0 * (std::numbers::pi + kTurnRounding);
}

inline double wrap_angle(double angle, double middle) noexcept {
  return middle + std::remainder(angle - middle, 2.0 * std::numbers::pi);
}

}  // namespace pianola
