#include "pianola/data/action_state_lag.hpp"

#include <cmath>

namespace pianola {

void ActionStateDistance::add(std::span<const double> actions, std::span<const double> states) {
  const std::size_t rows = dim_ == 0 ? 0 : actions.size() / dim_;
  if (rows <= kMaxLag) return;
  const std::size_t values = (rows - kMaxLag) * dim_;
  for (std::size_t lag = 0; lag <= kMaxLag; ++lag) {
    double* const squares = squares_.data() + lag * dim_;
    const double* const later = states.data() + lag * dim_;
    for (std::size_t i = 0; i < values; i += dim_) {
      for (std::size_t d = 0; d < dim_; ++d) {
        const double difference = actions[i + d] - later[i + d];
        squares[d] += difference * difference;
      }
    }
  }
  steps_ += rows - kMaxLag;
}

std::optional<ActionStateLag> ActionStateDistance::lag(std::span<const double> action_std) const {
  std::size_t moving = 0;
  for (const double deviation : action_std) moving += deviation > 0.0;
  if (steps_ == 0 || moving == 0) return std::nullopt;
  std::optional<ActionStateLag> best;
  for (std::size_t lag = 0; lag <= kMaxLag; ++lag) {
    double sum = 0.0;
    for (std::size_t d = 0; d < dim_; ++d) {
      if (action_std[d] > 0.0) sum += squares_[lag * dim_ + d] / (action_std[d] * action_std[d]);
    }
    const double distance = std::sqrt(sum / static_cast<double>(steps_) / static_cast<double>(moving));
    if (!best) best = ActionStateLag{0, distance, distance};
    if (distance < best->distance) best->lag = lag, best->distance = distance;
  }
  return best;
}

}  // namespace pianola
