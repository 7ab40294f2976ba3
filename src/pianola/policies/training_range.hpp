// The training range of a transition model: the box of the observations that it was fitted to.
//
// A dimension that never moved in training (a goal, a flag) is held where it is: no law of it was learned, and any step
// would leave a box of no width.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace pianola {

/// Whether a dimension of this range never moved, but for rounding.
template <class T>
bool never_moved(T low, T high) noexcept {
  return high - low <= T(1e-12) * std::max(T(1), std::abs(low));
}

/// How far outside the box a state lies at most, in widths of the box; 0: inside; ∞: a number is not finite. A
/// dimension that never moved counts 1 where it differs by a millionth. All [dim].
template <class T>
T widths_outside(std::span<const T> low, std::span<const T> high, std::span<const T> state) noexcept {
  T farthest = 0;
  for (std::size_t d = 0; d < state.size(); ++d) {
    if (!std::isfinite(state[d])) return std::numeric_limits<T>::infinity();
    const T beyond = std::max(low[d] - state[d], state[d] - high[d]),
            least = T(1e-6) * std::max(T(1), std::abs(low[d]));
    if (never_moved(low[d], high[d])) {
      if (beyond > least) farthest = std::max(farthest, T(1));
    } else if (beyond > T(0)) {
      farthest = std::max(farthest, beyond / std::max(high[d] - low[d], least));
    }
  }
  return farthest;
}

}  // namespace pianola
