#include "pianola/experts/deterministic.hpp"

#include <cassert>

namespace pianola {

void DeterministicExpert::act(const NoiseKey&, const Situation& situation, std::span<double> actions) const {
  assert(actions.size() == situation.lanes() * info().action_dim);
  assert(situation.observations.size() == situation.lanes() * info().observation_dim);
  act(situation, actions);
}

bool DeterministicExpert::law(const Situation& situation, std::span<ActionLaw> laws) const {
  assert(laws.size() == situation.lanes());
  const std::size_t dim = info().action_dim;
  std::vector<double> actions(situation.lanes() * dim);
  act(situation, actions);
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const auto first = actions.begin() + static_cast<std::ptrdiff_t>(lane * dim);
    laws[lane] = {dim, {1.0}, {first, first + static_cast<std::ptrdiff_t>(dim)}, {}};
  }
  return true;
}

}  // namespace pianola
