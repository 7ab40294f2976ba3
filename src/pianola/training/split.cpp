#include "pianola/training/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pianola {

TrajectorySplit split_trajectories(std::size_t trajectories, double fraction, const NoiseKey& key) {
  std::vector<std::size_t> order(trajectories);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return uniform(key, a, 0) < uniform(key, b, 0); });
  std::size_t held = 0;
  if (fraction > 0.0 && trajectories > 1) {
    const double wanted = std::round(fraction * static_cast<double>(trajectories));
    held = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, trajectories - 1);
  }
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(held);
  std::sort(order.begin(), middle);
  std::sort(middle, order.end());
  return {{middle, order.end()}, {order.begin(), middle}};
}

}  // namespace pianola
