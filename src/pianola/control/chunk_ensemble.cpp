#include "pianola/control/chunk_ensemble.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {

ChunkEnsemble::ChunkEnsemble(std::size_t lanes, std::size_t chunk, std::size_t action_dim, double decay)
    : chunk_(chunk), action_dim_(action_dim), chunks_(chunk, std::vector<double>(lanes * chunk * action_dim)) {
  for (std::size_t i = 0; i < chunk; ++i) weights_.push_back(std::exp(-decay * static_cast<double>(i)));
}

void ChunkEnsemble::play(std::span<const double> decided, std::span<double> actions) {
  std::ranges::copy(decided, chunks_[decisions_ % chunk_].begin());
  ++decisions_;
  const std::size_t count = std::min(decisions_, chunk_);
  std::ranges::fill(actions, 0.0);
  double total = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t steps_ago = count - 1 - i;  // the oldest first
    const double* from = chunks_[(decisions_ - 1 - steps_ago) % chunk_].data() + steps_ago * action_dim_;
    total += weights_[i];
    for (std::size_t at = 0; at < actions.size(); at += action_dim_, from += chunk_ * action_dim_) {
      for (std::size_t d = 0; d < action_dim_; ++d) actions[at + d] += weights_[i] * from[d];
    }
  }
  for (double& action : actions) action /= total;
}

}  // namespace pianola
