#include "pianola/base/random_subset.hpp"

#include <algorithm>

namespace pianola {

std::vector<std::size_t> random_subset(std::size_t size, std::size_t count, const NoiseKey& key) {
  std::vector<std::size_t> chosen;
  chosen.reserve(std::min(size, count));
  for (std::size_t i = 0; i < size && chosen.size() < count; ++i) {
    const auto wanted = static_cast<double>(count - chosen.size()), left = static_cast<double>(size - i);
    if (left * uniform(key, i, 0) < wanted) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace pianola
