#include "pianola/policies/recorded_history.hpp"

#include <algorithm>

namespace pianola {

void recorded_history(std::span<const double> observations, std::size_t step, const PolicyInfo& policy,
                      std::span<float> out) {
  const std::size_t dim = policy.observation_dim;
  for (std::size_t k = 0; k < policy.history; ++k) {
    const auto place = out.subspan(k * dim, dim);
    const std::size_t back = policy.history - 1 - k;
    if (policy.sees_tokens && back > step) {
      std::ranges::fill(place, -1.0F);
      continue;
    }
    const auto seen = observations.subspan((step - std::min(back, step)) * dim, dim);
    std::ranges::transform(seen, place.begin(), [](double x) { return static_cast<float>(x); });
  }
}

}  // namespace pianola
