#include "pianola/theory/branch_loop.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {

double branch_state(const BranchLoop& loop, std::uint64_t h) {
  return loop.b * (1.0 - std::pow(loop.a, static_cast<double>(h - 1))) / (1.0 - loop.a);
}

BranchLaw branch_law(const BranchLoop& loop, std::uint64_t h, double x, double first) {
  if (h == 1) return {1.0 - first, 0.0, first};
  const double rest = std::clamp((branch_state(loop, h) - std::abs(x)) / loop.b, 0.0, 1.0);
  return x < 0.0 ? BranchLaw{1.0 - rest, rest, 0.0} : BranchLaw{0.0, rest, 1.0 - rest};
}

BranchPayoff branch_payoff(const BranchLoop& loop, std::uint64_t horizon, double epsilon) {
  // Once it rests it falls short by b or more at every later step, so that it rests for ever.
  BranchPayoff payoff;
  double x = 0.0, going = 1.0;
  for (std::uint64_t h = 1; h <= horizon; ++h) {
    going *= branch_law(loop, h, x, 1.0).plus;
    payoff.sparse = going * (1.0 - epsilon);
    payoff.dense += payoff.sparse;
    x = loop.a * x + loop.b * (1.0 - epsilon);
  }
  return payoff;
}

BranchPayoff branch_rollout(const BranchLoop& loop, std::uint64_t horizon, double epsilon, double first,
                            const NoiseKey& key, std::uint64_t id) {
  BranchPayoff payoff;
  double x = 0.0;
  for (std::uint64_t h = 1; h <= horizon; ++h) {
    const BranchLaw law = branch_law(loop, h, x, first);
    const double draw = uniform(key, id, static_cast<std::uint32_t>(h));
    const double token = draw < law.minus ? -1.0 : draw < law.minus + law.rest ? 0.0 : 1.0;
    const double u = token * (1.0 - epsilon);
    payoff.sparse = std::max(0.0, u);
    payoff.dense += payoff.sparse;
    x = loop.a * x + loop.b * u;
  }
  return payoff;
}

}  // namespace pianola
