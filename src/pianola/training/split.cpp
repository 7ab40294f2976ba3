#include "pianola/training/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/data/relabelled.hpp"

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

TrajectorySplit split_dataset(const Dataset& dataset, double fraction, const NoiseKey& key) {
  const std::vector<std::size_t> origins = demonstrations_of(dataset.info(), dataset.size());
  std::size_t demonstrations = 0;
  while (demonstrations < origins.size() && origins[demonstrations] == demonstrations) ++demonstrations;
  TrajectorySplit split = split_trajectories(demonstrations, fraction, key);
  const std::vector<std::size_t> trained = split.train;
  for (std::size_t i = demonstrations; i < origins.size(); ++i) {
    if (std::ranges::binary_search(trained, origins[i])) split.train.push_back(i);
  }
  return split;
}

}  // namespace pianola
