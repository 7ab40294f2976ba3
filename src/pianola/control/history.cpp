#include "pianola/control/history.hpp"

#include <algorithm>

namespace pianola {

ObservationHistory::ObservationHistory(std::size_t lanes, std::size_t history, std::size_t observation_dim)
    : lanes_(lanes), history_(history), dim_(observation_dim), values_(lanes * history * observation_dim) {}

ObservationHistory::ObservationHistory(std::size_t lanes, const PolicyInfo& policy)
    : ObservationHistory(lanes, policy.history, policy.observation_dim) {
  context_ = policy.sees_tokens;
}

void ObservationHistory::observe(std::span<const double> observations) {
  const std::size_t span = history_ * dim_;
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    float* const row = values_.data() + lane * span;
    const double* const newest = observations.data() + lane * dim_;
    if (fresh_) {
      for (std::size_t i = 0; i < span; ++i) row[i] = context_ ? -1.0F : static_cast<float>(newest[i % dim_]);
    } else {
      std::copy(row + dim_, row + span, row);
    }
    std::transform(newest, newest + dim_, row + span - dim_, [](double x) { return static_cast<float>(x); });
  }
  fresh_ = false;
}

}  // namespace pianola
