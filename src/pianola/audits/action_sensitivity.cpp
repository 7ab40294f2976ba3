#include "pianola/audits/action_sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/audits/perturbed_pairs.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLeastTrajectories = 20;

PerturbedPairPlan pushes(const AuditPlan& plan, double size) {
  PerturbedPairPlan pairs;
  pairs.system = plan.deployment.system;
  pairs.expert = plan.deployment.expert;
  pairs.key = plan.key.child("sensitivity");
  pairs.branches = plan.deployment.system->info().action_dim;
  pairs.trajectories = std::max(kLeastTrajectories, plan.perturbations / pairs.branches);
  pairs.horizon = plan.horizon;
  pairs.closed_loop = true;
  pairs.progress = plan.progress;
  pairs.activity = "audit: sensitivity of the loop";
  pairs.perturbation = [key = pairs.key, size](std::uint64_t, std::size_t branch) {
    return Perturbation{Perturbation::Kind::random, size, 0, key.child("direction", branch), branch};
  };
  return pairs;
}

}  // namespace

std::vector<Estimate> measure_action_sensitivity(const AuditPlan& plan, double size) {
  const PerturbedPairPlan pairs = pushes(plan, size);
  std::vector<RunningMean> means(pairs.branches);
  std::vector<bool> diverged(pairs.branches, false);
  perturbed_pairs(pairs, [&](const PerturbedPair& pair) {
    double square = 0.0;
    for (const double distance : pair.distances) square += distance * distance;
    const double price = square / (size * size * static_cast<double>(pair.distances.size()));
    diverged[pair.branch] = diverged[pair.branch] || !std::isfinite(price);
    if (std::isfinite(price)) means[pair.branch].add(price);
  });
  std::vector<Estimate> out;
  for (std::size_t d = 0; d < means.size(); ++d) {
    out.push_back(means[d].estimate());
    if (diverged[d]) out.back().value = out.back().high = std::numeric_limits<double>::infinity();
  }
  return out;
}

}  // namespace pianola
