#include "pianola/training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pianola {

double learning_rate_at(const TrainConfig& config, std::uint64_t step) {
  const auto s = static_cast<double>(step);
  const double warm = std::round(config.warmup * config.steps);
  if (s < warm) return config.learning_rate * (s + 1.0) / warm;
  const double last = std::max(1.0, config.steps - 1.0 - warm);
  const double share = std::min(1.0, (s - warm) / last);
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  return config.learning_rate * (config.final_rate + (1.0 - config.final_rate) * cosine);
}

double ema_decay_at(const TrainConfig& config, std::uint64_t step) {
  const auto s = static_cast<double>(step);
  return std::min(config.ema, (1.0 + s) / (10.0 + s));
}

bool evenly_spaced(std::uint64_t done, std::uint64_t steps, std::uint64_t n) {
  if (done == 0 || done > steps) return false;
  const std::uint64_t count = std::clamp<std::uint64_t>(n, 1, steps);
  const std::uint64_t i = (2 * done * count + steps) / (2 * steps);  // the nearest event
  return i > 0 && (2 * steps * i + count) / (2 * count) == done;
}

}  // namespace pianola
